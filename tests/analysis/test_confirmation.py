"""Trainings on new seeds are told apart when they differ, and only as often as promised."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuning_core.analysis.confirmation import verdict


def test_a_clear_winner_is_told_from_a_clear_loser() -> None:
    found = verdict({7: (0.90, 0.91, 0.92), 3: (0.80, 0.81, 0.815), 5: (0.9, 0.93, 0.89)}, "max")
    assert found is not None
    assert [standing.trial for standing in found.standings] == [7, 5, 3]
    assert found.equals == (5,)
    assert [pair.second for pair in found.beaten] == [3]
    assert found.beaten[0].gap == pytest.approx(0.1017, abs=1e-4)
    assert found.leader.low < 0.91 < found.leader.high


def test_a_smaller_loss_is_better() -> None:
    found = verdict({1: (0.3, 0.31, 0.29), 2: (0.6, 0.61, 0.59)}, "min")
    assert found is not None
    assert (found.leader.trial, found.pairs[0].gap) == (1, pytest.approx(0.3))


def test_pairs_are_compared_seed_by_seed() -> None:
    """Seeds that are hard for both do not hide a small steady difference."""
    rng = np.random.default_rng(1)
    hard = rng.normal(0, 0.1, 8)
    found = verdict({1: list(0.9 + hard), 2: list(0.88 + hard + rng.normal(0, 0.002, 8))}, "max")
    assert found is not None
    assert found.pairs[0].told_apart
    assert found.standings[0].low < found.standings[1].high


def test_holm_corrects_for_all_pairs() -> None:
    """The p-values of three pairs, in order, count 3, 2 and 1 times; scipy is the reference."""
    scipy_stats = pytest.importorskip("scipy.stats")
    scores = {1: (0.9, 0.92, 0.91, 0.95), 2: (0.85, 0.9, 0.88, 0.9), 3: (0.8, 0.86, 0.9, 0.84)}
    found = verdict(scores, "max")
    assert found is not None
    raw = {
        (a, b): float(scipy_stats.ttest_rel(scores[a], scores[b]).pvalue)
        for a, b in ((1, 2), (1, 3), (2, 3))
    }
    ordered = sorted(raw, key=raw.__getitem__)
    expected = np.maximum.accumulate([raw[p] * (3 - k) for k, p in enumerate(ordered)])
    chances = {(pair.first, pair.second): pair.chance for pair in found.pairs}
    assert [chances[p] for p in ordered] == pytest.approx(list(np.minimum(expected, 1)))


def test_equal_trials_are_rarely_told_apart() -> None:
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(400):
        found = verdict({n: list(rng.normal(0.9, 0.01, 5)) for n in range(1, 5)}, "max")
        assert found is not None
        wrong += any(pair.told_apart for pair in found.pairs)
    assert wrong / 400 < 0.08


@pytest.mark.parametrize(("resolution", "told"), [(0.0, True), (1 / 30, False)])
def test_a_step_of_one_row_each_time_is_not_exact(resolution: float, told: bool) -> None:
    found = verdict({1: (0.9, 0.9, 0.9), 2: (0.9 - 1 / 30,) * 3}, "max", resolution)
    assert found is not None
    assert found.pairs[0].told_apart is told


def test_lost_trainings_are_counted_and_not_compared() -> None:
    found = verdict({1: (0.9, None, 0.92), 2: (None, 0.8, 0.7), 3: (None, None, None)}, "max")
    assert found is not None
    assert [(s.trial, s.seeds, s.lost) for s in found.standings] == [(1, 2, 1), (2, 2, 1)]
    assert found.pairs == ()
    assert found.pair(1, 2) is None
    one = verdict({1: (0.9, None)}, "max")
    assert one is not None
    assert math.isnan(one.leader.low)
    assert verdict({1: (None,)}, "max") is None
    assert verdict({}, "max") is None


def test_identical_scores_are_equal() -> None:
    found = verdict({1: (1.0, 1.0, 1.0), 2: (1.0, 1.0, 1.0)}, "max")
    assert found is not None
    assert found.equals == (2,)
