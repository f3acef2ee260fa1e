"""What learning strategies lose when they suggest trials before the ones beside them have ended.

Bayesian and TPE with four trials at once against one by one and against random search: the best
score found on the same space for the same epochs, with the seeds 0, 1, 2 ... (``PENDING_SEEDS``:
how many). What is lost is a share of what learning gains on random search; its interval comes from
drawing the seeds again (the bootstrap).
"""

from __future__ import annotations

import math
import os
import random
import sys
from collections.abc import Sequence
from statistics import fmean

from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import data_home
from benchmarks.speed.strategies_compared import BASELINE, CASES, Case, searched, spec_of
from tuning_core.catalog import OBJECTIVES
from tuning_core.datasets import prepare
from tuning_core.training import Trainer
from tuning_core.worker.device import set_up_device

PARALLEL = 4
MOST_LOST = 0.1
DRAWS = 2_000
SEEDS, QUICK_SEEDS = 10, 2

Search = tuple[float, float, float]
"""The best score of a seed at random, one by one and several at once; the larger the better."""


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    set_up_device()
    seeds = int(os.environ.get("PENDING_SEEDS", QUICK_SEEDS if quick else SEEDS))
    cases = [case for case in CASES if "bayesian" in case.strategies]
    return [row for case in cases[: 1 if quick else None] for row in compared(case, seeds)]


def compared(case: Case, seeds: int) -> list[Row]:
    """A row for each strategy of a case."""
    trainer = Trainer(prepare(spec_of(case, BASELINE, 0).dataset, data_home()))

    def best(strategy: str, parallel: int = 1) -> list[float]:
        found = []
        for seed in range(seeds):
            found.append(searched(trainer, spec_of(case, strategy, seed, parallel))[0])
            what = f"{case.dataset['id']} {case.objective} {strategy} {parallel} seed {seed}"
            print(f"{what}: {found[-1]:.5f}", file=sys.stderr, flush=True)
        return found

    chance = best(BASELINE)
    return [judged(case, s, chance, best(s), best(s, PARALLEL)) for s in case.strategies]


def judged(
    case: Case, strategy: str, chance: list[float], alone: list[float], beside: list[float]
) -> Row:
    """How much of the gain on random search is lost, by the means over the seeds."""
    sign = 1.0 if OBJECTIVES[case.objective].direction == "max" else -1.0
    found = zip(chance, alone, beside, strict=True)
    searches = [(sign * a, sign * b, sign * c) for a, b, c in found]
    lost = share_lost(searches)
    low, high = interval(searches)
    return Row(
        f"{case.dataset['id']}, {case.objective}, {strategy}: mean best of {len(alone)} seeds",
        f"random {fmean(chance):.5f}, one by one {fmean(alone):.5f}",
        f"{PARALLEL} at once {fmean(beside):.5f}: {lost:.0%} of the gain lost "
        f"(90 % between {low:.0%} and {high:.0%})",
        None,
        f"at most {MOST_LOST:.0%}",
        lost <= MOST_LOST,
    )


def share_lost(searches: Sequence[Search]) -> float:
    """The share of the gain on random search that is lost; of no gain, anything is all."""
    chance, alone, beside = (fmean(scores) for scores in zip(*searches, strict=True))
    if alone > chance:
        return (alone - beside) / (alone - chance)
    return math.inf if beside < alone else 0.0


def interval(searches: Sequence[Search]) -> tuple[float, float]:
    """Between which 90 % of the shares lie when the seeds are drawn again."""
    rng = random.Random(0)
    shares = sorted(share_lost(rng.choices(searches, k=len(searches))) for _ in range(DRAWS))
    return shares[DRAWS // 20], shares[-DRAWS // 20]


if __name__ == "__main__":
    run("Trials at once, for strategies that learn", __doc__, measure)
