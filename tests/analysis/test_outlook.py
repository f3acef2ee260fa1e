"""What more trials are expected to gain, against what chance makes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

from tuning_core.analysis.outlook import Outlook, expected_best, expected_gain, outlook
from tuning_core.catalog import OBJECTIVES

ACCURACY, ERROR = OBJECTIVES["val_accuracy"], OBJECTIVES["val_mae"]
SEED_SPREAD, REPEATS = 0.01, 3
Truth = Callable[[int, np.random.Generator], float]


def search(truth: Truth, seed: int, budget: int = 100) -> tuple[int, Outlook | None]:
    """Where a simulated search settles, its configurations as good as ``truth`` says."""
    rng = np.random.default_rng(seed)
    scores: list[float | None] = []
    trainings: dict[int, list[float]] = {}
    expected = None
    for number in range(budget):
        trained = truth(number, rng) + SEED_SPREAD * rng.normal(size=REPEATS)
        trainings[number] = list(trained)
        scores.append(float(trained.mean()))
        if number >= 19:
            expected = outlook(scores, trainings, ACCURACY)
            if expected is not None and expected.settled:
                break
    return len(scores), expected


def test_the_mean_best_of_some_draws_is_that_of_all_ways_to_draw_them() -> None:
    values = np.array([3.0, 1, 7, 2, 2, 9])
    for draws in range(1, 7):
        every = np.mean([max(drawn) for drawn in combinations(values, draws)])
        assert expected_best(values, draws) == pytest.approx(every)


def test_a_bound_from_all_orders_holds_for_fresh_draws() -> None:
    rng = np.random.default_rng(0)
    shown, true = [], []
    for _ in range(400):
        values = rng.random(30)
        shown.append(expected_gain(values, 15))
        true.append(max(rng.random(15).max() - values.max(), 0.0))
    assert np.mean(true) < np.mean(shown)
    # Of uniform scores the best of n lies at n / (n + 1).
    orders = [30 / 31 - 15 / 16]
    assert np.mean(shown) > orders[0]


def test_a_flat_search_settles_soon_after_its_fewest_trials() -> None:
    ends = [search(lambda _, rng: 0.9, seed)[0] for seed in range(12)]
    assert np.median(ends) <= 22
    assert max(ends) < 60


def test_a_search_that_still_improves_goes_on() -> None:
    steady = [search(lambda number, _: 0.5 + 0.004 * number, seed)[0] for seed in range(8)]
    assert steady == [100] * 8


def test_a_search_settles_only_where_what_is_left_is_small() -> None:
    """At random over scores up to 0.9: by then the best is nearer to it than seeds can tell."""
    for seed in range(8):
        ended, expected = search(lambda _, rng: 0.5 + 0.4 * rng.random(), seed, budget=400)
        assert expected is not None
        assert expected.noise == pytest.approx(SEED_SPREAD / np.sqrt(REPEATS), rel=0.5)
        assert ended > 20 or expected.gain < expected.noise
        assert expected.settled


def test_noise_of_folds_is_that_of_the_best_trial_corrected_for_shared_rows() -> None:
    trainings = {0: [0.7, 0.9], 1: [0.80, 0.84], 2: [0.1, 0.2]}
    expected = outlook([0.8, 0.82, 0.15], trainings, ACCURACY, folds=2)
    assert expected is not None
    assert (expected.told, expected.of) == ("folds", 2)
    assert expected.noise == pytest.approx(np.std([0.80, 0.84], ddof=1) * np.sqrt(1 / 2 + 1))


def test_without_repeats_an_accuracy_is_as_sure_as_its_rows_are_many() -> None:
    expected = outlook([0.5, 0.9, None], {}, ACCURACY, rows=100)
    assert expected is not None
    assert expected.noise == pytest.approx(0.03, abs=0.001)
    assert "the choice of the 100 validation rows alone makes 0.03" in str(expected)
    assert outlook([0.5, 0.9], {}, ACCURACY) is None
    assert outlook([0.5, 0.9], {}, ERROR, rows=100) is None


def test_errors_are_gained_downwards() -> None:
    trainings = {place: [score, score + 0.1] for place, score in enumerate([4.0, 3.0, 2.0, 1.0])}
    expected = outlook([4.0, 3.0, 2.0, 1.0], trainings, ERROR)
    assert expected is not None
    assert (expected.ahead, expected.gain) == (2, 2.0)
    assert not expected.settled
