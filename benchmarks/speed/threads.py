"""Where two threads pay: an epoch of one training in a process of one thread and of two."""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median
from typing import Any

from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import data_home
from benchmarks.speed import digits_one_architecture, mnist_a3

THREADS = 2
RUNS = 3
PAYS = 1.65
"""Times as many trials as two lanes train, in place of one lane of two threads."""


def works(quick: bool) -> dict[str, dict[str, Any]]:
    """Studies of one trial each, by their names."""
    digits, a3 = digits_one_architecture.document(1), mnist_a3.document(1, 1, 1)
    fixed = {"dropout": 0.1, "batch_size": 32}
    found = {"digits, 64-64, batch 32": {**digits, "space": {**digits["space"], **fixed}}}
    if quick:
        return found
    mnist = {"dataset": a3["dataset"], "strategy": {"id": "random"}, "budget": {"trials": 1}}
    narrow = {"units_2": 32, "units_3": 32, "units_4": 32, "activation": "relu", "dropout": 0.05}
    blocks = {"blocks": 2, "filters": 16, "batch_size": 32}
    return {
        **found,
        "MNIST, 256-32-32-32, batch 32": {**a3, "space": {**a3["space"], "units_1": 256, **narrow}},
        "MNIST, 512, batch 128": {**mnist, "space": {"layers": 1, "units": 512, "batch_size": 128}},
        "MNIST, 512-512, batch 512": {
            **mnist,
            "space": {"layers": 2, "units": 512, "batch_size": 512},
        },
        "MNIST, convolutions, 2 blocks of 16 filters, batch 32": {
            **mnist,
            "model": {"family": "cnn"},
            "space": blocks,
        },
    }


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    found: dict[str, list[list[float]]] = {}
    for _ in range(1 if quick else RUNS):
        both = [in_process(threads, quick) for threads in (1, THREADS)]
        for what in both[0]:
            found.setdefault(what, []).append([seconds[what] for seconds in both])
        print(found, file=sys.stderr, flush=True)
    return [row(what, pairs) for what, pairs in found.items()]


def row(what: str, pairs: list[list[float]]) -> Row:
    """Milliseconds of an epoch with one thread and with two, and how much two gain."""
    one, two = ([1000 * seconds for seconds in column] for column in zip(*pairs, strict=True))
    gain = median(one) / median(two)
    wanted = f"{THREADS} lanes give {PAYS:g}x"
    return Row(f"{what}: 1 and {THREADS} threads, ms", spread(one), spread(two), gain, wanted)


def spread(ms: list[float]) -> str:
    """Median and extremes of a few runs."""
    return f"{median(ms):.1f} ({min(ms):.1f} to {max(ms):.1f})"


def in_process(threads: int, quick: bool) -> dict[str, float]:
    """Seconds of an epoch of each work, in a process of so many threads."""
    code = f"from benchmarks.speed import threads as t; t.print_seconds({threads}, {quick})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def print_seconds(threads: int, quick: bool) -> None:
    """Train in this process with so many threads; print the fastest epoch of each work."""
    from tuning_core.datasets import prepare
    from tuning_core.spec.study import parse_spec
    from tuning_core.training import Control, EpochReport, Trainer, TrialTask
    from tuning_core.worker import device

    device.INTRA_OP_THREADS = threads
    device.set_up_device()
    seconds = {}
    for what, document in works(quick).items():
        spec = parse_spec(document)
        config = next(spec.search_space.configurations(2))
        task = TrialTask(config, seed=1, epochs=4, objective=spec.objective_info)
        reports: list[EpochReport] = []
        Trainer(prepare(spec.dataset, data_home())).run_trial(
            task, reports.append, lambda: Control.CONTINUE, lambda *_: None
        )
        seconds[what] = min(report.seconds for report in reports[1:])
    print(json.dumps(seconds))


if __name__ == "__main__":
    run("Threads of one training", __doc__, measure)
