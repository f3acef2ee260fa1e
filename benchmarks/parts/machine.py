"""What the figures were measured on."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = ("tensorflow", "keras", "keras-tuner", "optuna", "scikeras", "scikit-learn", "numpy")


def facts() -> str:
    """One paragraph: date, processor, cores, memory, load and versions."""
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {_version(name)}" for name in ("python", *PACKAGES))
    load = os.getloadavg()[0]
    return (
        f"{datetime.date.today()}, {_processor()}, {len(os.sched_getaffinity(0))} cores, "
        f"{memory:.0f} GB, load {load:.1f} at the start; {versions}."
    )


def _version(package: str) -> str:
    if package == "python":
        return platform.python_version()
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
