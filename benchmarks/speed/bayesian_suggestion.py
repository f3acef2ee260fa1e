"""Bayesian optimisation: time of a suggestion at 200 trials, and the optimum that is found.

Six hyperparameters. Peer: Keras Tuner's own Bayesian oracle on the same functions, seeds and
numbers of trials. Our other strategies are shown beside it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median
from typing import Any

from benchmarks.parts.table import Row, run
from benchmarks.truth.landscape import LANDSCAPES

MAX_SUGGESTION_MS = 60.0
OTHERS = ("tpe", "evolution", "quasi_random", "random")


def asked(side: str, landscape: str, trials: int, seeds: int, strategy: str = "") -> dict[str, Any]:
    """What ``benchmarks.rivals.suggestions`` measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.rivals.suggestions"]
    arguments = [side, landscape, str(trials), str(seeds), strategy]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{side} failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    trials, seeds, many = (25, 2, 40) if quick else (60, 10, 200)
    rows = [suggestion(many)]
    for landscape in LANDSCAPES:
        peer = median(asked("keras_tuner", landscape, trials, seeds)["best"])
        ours = median(asked("tunescape", landscape, trials, seeds, "bayesian")["best"])
        what = f"optimum on {landscape}, {trials} trials, median of {seeds} seeds"
        rows.append(Row(what, f"{peer:.4f}", f"{ours:.4f}", None, "no worse", bool(ours <= peer)))
        for strategy in OTHERS:
            other = median(asked("tunescape", landscape, trials, seeds, strategy)["best"])
            rows.append(Row(f"{landscape}: {strategy}", "", f"{other:.4f}"))
    return rows


def suggestion(many: int) -> Row:
    """Milliseconds of a suggestion when ``many`` trials are known."""
    landscape = next(iter(LANDSCAPES))
    peer = asked("keras_tuner", landscape, -many, 1)["milliseconds"]
    ours = asked("tunescape", landscape, -many, 1, "bayesian")["milliseconds"]
    return Row(
        f"milliseconds of a Bayesian suggestion at {many} trials",
        f"{peer:.0f}",
        f"{ours:.1f}",
        peer / ours,
        f"at most {MAX_SUGGESTION_MS:g} ms",
        ours <= MAX_SUGGESTION_MS,
    )


if __name__ == "__main__":
    run("Bayesian optimisation against Keras Tuner's own", __doc__, measure)
