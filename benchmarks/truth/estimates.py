"""Estimated against actual: the time, disk and memory of whole studies.

The peer's column is the estimate that New study would show, with its range; the ratio is estimate
/ actual. Every study runs right after its measurement on the same warm worker, as for a user who
launches from the form. Downloads MNIST (11.5 MB) into the usual home when it is not there yet.
"""

from __future__ import annotations

import time
from typing import Any

import psutil

from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import scratch_home, warm_manager
from tuning_core.catalog import PRESETS, StudyStatus
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec

WITHIN = 1.5
"""The bar: neither above nor below by more than this factor."""


def document(
    dataset: str, preset: str, trials: int | None, epochs: int, strategy: str = "random"
) -> dict[str, Any]:
    """The spec of a study over a preset of the MLP."""
    budget: dict[str, Any] = {"epochs": epochs}
    if trials is not None:
        budget["trials"] = trials
    return {
        "dataset": {"id": dataset},
        "space": PRESETS[preset].space("mlp", "classification"),
        "strategy": {"id": strategy},
        "budget": budget,
    }


def studies(quick: bool) -> dict[str, dict[str, Any]]:
    """What is estimated and run, by name."""
    if quick:
        return {"digits, 3 x 3": document("digits", "recommended", 3, 3)}
    return {
        "digits, random, 20 x 10": document("digits", "recommended", 20, 10),
        "digits, everything, 20 x 5": document("digits", "everything", 20, 5),
        "digits, Hyperband, 9 epochs": document("digits", "recommended", None, 9, "hyperband"),
        "MNIST, random, 3 x 2": document("mnist", "recommended", 3, 2),
    }


def measure(quick: bool) -> list[Row]:
    """Rows of the table: three for each study."""
    rows = []
    for name, study in studies(quick).items():
        with scratch_home() as home, warm_manager(home) as manager:
            rows += compared(manager, name, study)
    return rows


def compared(manager: Manager, name: str, study: dict[str, Any]) -> list[Row]:
    """One study, estimated and run."""
    spec = parse_spec(study)
    begun = time.perf_counter()
    manager.costs.measure(spec)
    took = time.perf_counter() - begun
    expected = manager.costs.estimate(spec)
    assert expected is not None
    study_id = manager.launch(spec)
    peak = 0
    while (row := manager.wait(study_id, 0.2)).status.active:
        workers = psutil.Process().children()
        peak = max([peak, *(worker.memory_info().rss for worker in workers)])
    if row.status is not StudyStatus.FINISHED:
        raise RuntimeError(f"The study ended as {row.status}: {row.message}")
    folder = manager.home.study(study_id).folder
    disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    ratio = expected.seconds / row.seconds
    span = f"{expected.seconds:.1f} s ({expected.low:.1f} to {expected.high:.1f})"
    return [
        Row(
            f"{name}: time, measured in {took:.1f} s",
            span,
            f"{row.seconds:.1f} s",
            ratio,
            f"within {WITHIN}x",
            1 / WITHIN <= ratio <= WITHIN,
        ),
        _sized(f"{name}: memory at most", expected.memory, peak),
        _sized(f"{name}: disk at most", expected.disk, disk),
    ]


def _sized(what: str, expected: int, actual: int) -> Row:
    return Row(what, f"{expected / 1e6:,.1f} MB", f"{actual / 1e6:,.1f} MB", expected / actual)


if __name__ == "__main__":
    run("Estimates against what happened", __doc__, measure)
