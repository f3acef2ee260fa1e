"""Memory of lanes that train MNIST side by side: what eight of them take, each."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import data_home
from benchmarks.speed import digits_one_architecture, mnist_a3
from tuning_core.datasets import prepare
from tuning_core.spec.study import parse_spec
from tuning_core.training import EpochReport, TrialTask
from tuning_core.training.rows import HostData
from tuning_core.worker.lanes.lane import Train
from tuning_core.worker.lanes.local import LocalLanes
from tuning_core.worker.lanes.shared_rows import SharedRows

LANES, QUICK_LANES = 8, 2
MOST_MB = 350.0
EPOCHS = 2
"""Epochs that each lane trains beside the others before its memory counts."""
PATIENCE_SECONDS = 300.0


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    name, study = (
        ("digits", digits_one_architecture.document(1))
        if quick
        else ("MNIST", mnist_a3.document(1, 1, 1))
    )
    spec = parse_spec(study)
    data = prepare(spec.dataset, data_home())
    # The widest network of its ranges.
    widest = {**next(spec.search_space.configurations(2)), "units_1": 512, "dropout": 0.05}
    tasks = [
        TrialTask(widest, seed, epochs=10_000, objective=spec.objective_info)
        for seed in range(QUICK_LANES if quick else LANES)
    ]
    with tempfile.TemporaryDirectory(prefix="tunescape-bench-") as folder:
        rows = SharedRows.written(HostData.of_folds(data), Path(folder))
        megabytes = trained(tasks, rows, Path(folder) / "output")
    each = (megabytes[-1] - megabytes[0]) / (len(megabytes) - 1)
    found = ", ".join(f"{mb:.0f}" for mb in megabytes)
    return [
        Row(f"{name}: MB of 1 to {len(tasks)} lanes with what they are forked from", "", found),
        Row(
            f"{name}: MB of a lane beyond the first",
            "",
            f"{each:.0f}",
            None,
            f"at most {MOST_MB:.0f}",
            each <= MOST_MB,
        ),
    ]


def trained(tasks: list[TrialTask], rows: SharedRows, log: Path) -> list[float]:
    """Start a lane for each task; the most memory that all have taken after each start."""
    before = {process.pid for process in psutil.Process().children()}
    lanes = LocalLanes(len(tasks))
    lanes.use(rows, log)
    try:
        megabytes = []
        for lane, task in enumerate(tasks):
            lanes.start(lane)
            lanes.send(lane, Train(lane + 1, task, earlier=0.0, judged=False))
            megabytes.append(most_while_training(lanes, lane + 1, before))
        return megabytes
    finally:
        lanes.release()


def most_while_training(lanes: LocalLanes, count: int, before: set[int]) -> float:
    """The most memory of the lanes until each of them has trained some more epochs."""
    most = 0.0
    missing = dict.fromkeys(range(count), EPOCHS)
    limit = time.monotonic() + PATIENCE_SECONDS
    while any(left > 0 for left in missing.values()):
        if time.monotonic() > limit:
            raise TimeoutError(f"Lanes have not trained: {missing}.")
        for lane, report in lanes.reports(0.2):
            if isinstance(report, EpochReport):
                missing[lane] -= 1
        most = max(most, proportional_mb(before))
    return most


def proportional_mb(before: set[int]) -> float:
    """Memory of this process's younger descendants; a page that n share counts as a n-th."""
    children = (p for p in psutil.Process().children() if p.pid not in before)
    lanes = [process for child in children for process in (child, *child.children(recursive=True))]
    return float(sum(process.memory_full_info().pss for process in lanes)) / 1e6


if __name__ == "__main__":
    run("Memory of lanes", __doc__, measure)
