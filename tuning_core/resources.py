"""What this process may use of its machine; inside a container or a service, what that leaves."""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

_CGROUPS = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


def cores() -> int:
    """Cores that this process may use, at least one."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [text.split() for text in _limits("cpu.max")]
    shares = [round(int(q) / int(p)) for q, p in quotas if q.isdecimal() and int(p)]
    return max(1, min([here, *shares]))


def spare_cores() -> int:
    """Cores that trials may train on side by side while one is left for the pages; 8 at most."""
    return max(1, min(8, cores() - 1))


def memory_bytes() -> int:
    """Memory that this process may take in all."""
    limits = [int(text) for text in _limits("memory.max") if text.isdecimal()]
    return min([int(psutil.virtual_memory().total), *limits])


def free_memory_bytes() -> int:
    """Memory that this process may still take."""
    free = [int(psutil.virtual_memory().available)]
    for folder in _groups():
        limit, used = _read(folder / "memory.max"), _read(folder / "memory.current")
        if limit.isdecimal() and used.isdecimal():
            free.append(max(0, int(limit) - int(used)))
    return min(free)


def missing_packages(label: str, packages: Iterable[str]) -> str:
    """The sentence on optional packages of ``label`` that are not installed, "" where all are."""
    absent = [name for name in packages if importlib.util.find_spec(name) is None]
    if not absent:
        return ""
    return (
        f"{label} needs {', '.join(absent)}, which is not installed here: "
        "python -m pip install -r requirements-export.txt"
    )


RAY_VARIABLE = "TUNESCAPE_RAY"
LOCAL_RAY = "local"
_RAY_SECONDS = 4.0
_SETTINGS = bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))


def ray_address() -> str:
    """The Ray cluster on which studies are to train; ``local`` is one that begins here, "" none."""
    return os.environ.get(RAY_VARIABLE, "").strip()


def ray_trouble(address: str) -> str:
    """Why a Ray cluster cannot be used, in a sentence that says what to do; "" when it seems so."""
    if importlib.util.find_spec("ray") is None:
        return (
            "Ray is not installed here. Install it with: "
            "python -m pip install -r requirements-cluster.txt"
        )
    if address == LOCAL_RAY:
        return ""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port[:6]) < 65_536 or "/" in host:
        return (
            f"{RAY_VARIABLE} or --ray: expected HOST:PORT of a Ray cluster's head, such as "
            f"192.168.1.10:6379, or {LOCAL_RAY}; received {address[:80]!r}."
        )
    try:
        _greet((host, int(port)))
    except OSError as error:
        return (
            f"Nobody answers at the Ray cluster's address {address[:80]} "
            f"({error.strerror or error}). Start its head there with: ray start --head "
            f"--port={port}; then try again."
        )
    return ""


def _greet(place: tuple[str, int]) -> None:
    """Raises OSError unless whoever listens there answers as a Ray head: with frames of HTTP/2.

    Ray itself would wait minutes for another's answer.
    """
    with socket.create_connection(place, _RAY_SECONDS) as connection:
        if os.environ.get("RAY_USE_TLS") == "1":
            return
        connection.settimeout(_RAY_SECONDS)
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _SETTINGS)
        if connection.recv(9)[3:4] != _SETTINGS[3:4]:
            raise OSError("something else than Ray listens there")


def _limits(name: str) -> list[str]:
    return [text for folder in _groups() if (text := _read(folder / name))]


def _groups() -> Iterator[Path]:
    """The folders of the control groups that this process is in, the innermost first."""
    own = next((p for p in _read(_OWN).split("\n") if p.startswith("0::/")), "0::/")
    folder = _CGROUPS / own.removeprefix("0::/")
    while folder.is_relative_to(_CGROUPS):
        yield folder
        folder = folder.parent


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
