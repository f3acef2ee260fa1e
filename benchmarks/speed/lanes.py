"""Whole studies with two trials at once against one by one, and against stock Keras Tuner.

Digits with 20 trials of one architecture, and MNIST as in ``mnist_a3``. Each run starts a worker
and lets it, or its lanes, do their imports with a small study first. Of digits it is also given how
long the first study of a worker takes, in which lanes do their imports.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import Study, data_home, finished, scratch_home, warm_manager
from benchmarks.rivals.case import ask
from benchmarks.speed import digits_one_architecture, mnist_a3

LANES = 2
BAR = 1.5
"""Two lanes on two cores against one."""
RUNS = 3
IDLE_SECONDS = 5.0
"""What a spare worker has before its first study, to trace what is likely."""
SMALL: dict[str, Any] = {
    "dataset": {"id": "iris"},
    "space": {"layers": 1, "activation": "sigmoid", "learning_rate": {"low": 1e-3, "high": 1e-2}},
    "strategy": {"id": "random"},
    "budget": {"trials": LANES, "epochs": 1},
}


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    if quick:
        return rows("digits, 4 trials", digits_one_architecture.document(4), 1, 1)
    digits = digits_one_architecture.document(20)
    return [
        row("digits, first study of a worker", *first_studies(digits, RUNS)),
        *rows("digits, one architecture", digits, RUNS, RUNS, 25.0),
        *rows("MNIST, A3", mnist_a3.document(5, 5, 3), RUNS, 1, 8.0),
    ]


def first_studies(document: dict[str, Any], runs: int) -> tuple[list[float], list[float]]:
    """Seconds one by one and at once, without a study before."""
    pairs = [[_study(document, n, warm=False).seconds for n in (1, LANES)] for _ in range(runs)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def rows(
    what: str, document: dict[str, Any], runs: int, peer_runs: int, bar: float | None = None
) -> list[Row]:
    """A study at once, one by one and at the peer, in turn."""
    alone: list[float] = []
    beside: list[float] = []
    peer: list[float] = []
    for number in range(runs):
        study = _study(document, 1)
        alone.append(study.seconds)
        beside.append(_study(document, LANES).seconds)
        if number < peer_runs:
            answer = ask("keras_tuner_random", document, study.configs, data_home())
            peer.append(answer.seconds)
        print(f"{what}: {alone}, {beside}, {peer}", file=sys.stderr, flush=True)
    return [
        row(f"{what}: {LANES} lanes against one", alone, beside, BAR if bar else None),
        row(f"{what}: one lane against stock Keras Tuner", peer, alone),
        row(f"{what}: {LANES} lanes against stock Keras Tuner", peer, beside, bar),
    ]


def _study(document: dict[str, Any], parallel: int, *, warm: bool = True) -> Study:
    with scratch_home() as home, warm_manager(home) as manager:
        time.sleep(IDLE_SECONDS)
        if warm:
            finished(manager, {**SMALL, "parallel": parallel})
        return finished(manager, {**document, "parallel": parallel})


def row(what: str, slow: Sequence[float], fast: Sequence[float], bar: float | None = None) -> Row:
    """One comparison by the medians."""
    ratio = median(slow) / median(fast)
    wanted = "" if bar is None else f"at least {bar:g}x"
    reached = None if bar is None else ratio >= bar
    return Row(what, spread(slow), spread(fast), ratio, wanted, reached)


def spread(seconds: Sequence[float]) -> str:
    """Median and extremes of a few runs."""
    return f"{median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"


if __name__ == "__main__":
    run("Trials at once", __doc__, measure)
