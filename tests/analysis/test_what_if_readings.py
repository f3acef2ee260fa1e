"""What is read off a range test, a sweep and two curves."""

from __future__ import annotations

import numpy as np
import pytest

from tuning_core.analysis.what_if_readings import (
    best_stretch,
    jumpiness,
    smoothed,
    steadier,
    suggested_rates,
)
from tuning_core.catalog import OBJECTIVES

RATES = list(np.logspace(-6, 1, 100))


def a_test(noise: float = 0.02, seed: int = 0) -> list[float]:
    """A loss that stands still below 1e-4, falls up to 0.1 and blows up above 1."""
    rng = np.random.default_rng(seed)
    place = np.log10(RATES)
    fall = np.clip((place + 4) / 3, 0, 1)
    blow = np.where(place > 0, 10 ** (2 * place), 0.0)
    return list(2.3 - 1.5 * fall + blow + rng.normal(0, noise, len(place)))


@pytest.mark.parametrize("seed", range(5))
def test_the_suggested_rates_are_where_the_loss_falls(seed):
    found = suggested_rates(RATES, a_test(seed=seed))
    assert found is not None
    assert 5e-5 <= found.low <= 2e-3
    assert 0.02 <= found.high <= 0.5


def test_nothing_is_suggested_where_the_loss_does_not_fall():
    rng = np.random.default_rng(0)
    assert suggested_rates(RATES, list(2.3 + rng.normal(0, 0.05, 100))) is None
    assert suggested_rates(RATES[:5], [2.0, 1.0, 0.5, 0.4, 9.0]) is None


def test_a_fall_that_is_steeper_than_a_factor_of_two_gets_a_decade():
    losses = [2.0] * 50 + [0.5] * 5 + [100.0] * 5
    found = suggested_rates(RATES[:60], losses)
    assert found is not None
    assert found.high > found.low


def test_smoothing_keeps_the_number_of_points_and_ignores_one_wild_batch():
    losses = [1.0] * 30
    losses[10] = 50.0
    assert smoothed(losses) == pytest.approx([1.0] * 30)


def test_the_stretch_holds_all_that_is_nearly_as_good_and_a_neighbour():
    scored = [(1, 0.1), (2, 0.8), (4, 0.9), (8, 0.88), (16, 0.5), (32, 0.2)]
    found = best_stretch(scored, OBJECTIVES["val_accuracy"])
    assert (found.best, found.score, found.values) == (4, 0.9, (1, 2, 4, 8, 16))
    lowest = best_stretch([(1, 0.1), (2, 0.8), (4, 0.9)], OBJECTIVES["val_loss"])
    assert (lowest.best, lowest.values) == (1, (1, 2))
    assert best_stretch([(1, 0.5)], OBJECTIVES["val_loss"]).values == (1,)


def test_a_curve_that_jumps_is_told_from_a_calm_one():
    calm = [1 / n for n in range(1, 15)]
    jumping = [value + 0.1 * (-1) ** n for n, value in enumerate(calm)]
    assert steadier(jumping, calm) == 1
    assert steadier(calm, jumping) == -1
    assert steadier(calm, calm) == 0
    assert steadier(calm[:3], jumping) == 0
    assert jumpiness([5.0, 4.0, 3.0, 2.0, 1.0]) == pytest.approx(0.0)
    assert jumpiness([0.0] * 6) == 0.0
