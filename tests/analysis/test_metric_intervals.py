"""Intervals of metrics hold what they promise, and a fall is only called one beyond them."""

from __future__ import annotations

import numpy as np
import pytest

from tuning_core.analysis.metric_intervals import (
    Interval,
    area_interval,
    drop,
    f1_interval,
    mean_interval,
    r2_interval,
    share_interval,
)


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    found = share_interval(15, 20)
    assert (found.low, found.high) == (
        pytest.approx(0.5313, abs=1e-4),
        pytest.approx(0.8881, abs=1e-4),
    )
    assert share_interval(20, 20).high == 1.0
    assert share_interval(0, 20).low == 0.0


def covered(kind: str, rng: np.random.Generator) -> bool:
    """Whether one sample's interval holds the truth."""
    if kind == "share":
        found, truth = share_interval(float(rng.binomial(150, 0.9)), 150), 0.9
    elif kind == "mean":
        found, truth = mean_interval(rng.exponential(1.0, 150)), 1.0
    elif kind == "area":
        # Two normal distributions one deviation apart: P(a < b) = Φ(1/√2).
        a, b = rng.normal(0, 1, 75), rng.normal(1, 1, 75)
        area = float(np.mean(a[:, None] < b[None, :]))
        found, truth = area_interval(area, 75, 75), 0.7602
    elif kind == "f1":
        truth_values = rng.random(200) < 0.5
        said = np.where(rng.random(200) < 0.85, truth_values, ~truth_values)
        found, truth = f1_interval(said, truth_values), 0.85
    else:
        x = rng.normal(0, 1, 150)
        found, truth = r2_interval(x, x + rng.normal(0, 0.5, 150)), 0.8
    return found.low <= truth <= found.high


@pytest.mark.parametrize("kind", ["share", "mean", "area", "f1", "r2"])
def test_an_interval_holds_the_truth_about_as_often_as_it_says(kind: str) -> None:
    rng = np.random.default_rng(3)
    rate = np.mean([covered(kind, rng) for _ in range(150)])
    assert 0.88 <= rate <= 1.0


def test_a_small_fall_is_within_noise_and_a_large_one_is_not() -> None:
    small = drop(share_interval(349, 359), share_interval(172, 180), "max", 20)
    assert small.fall == pytest.approx(0.0166, abs=1e-3)
    assert small.within_noise
    large = drop(share_interval(349, 359), share_interval(120, 180), "max", 20)
    assert not large.within_noise
    assert large.low > 0.2


def test_newcombes_example() -> None:
    """56 of 70 against 48 of 80: his method 10 gives 0.0524 to 0.3339."""
    found = drop(share_interval(56, 70), share_interval(48, 80), "max", 1)
    assert (found.low, found.high) == (
        pytest.approx(0.0524, abs=1e-4),
        pytest.approx(0.3339, abs=1e-4),
    )


def test_a_loss_that_grows_is_a_fall() -> None:
    low, high = Interval(0.2, 0.18, 0.22, 500), Interval(0.3, 0.28, 0.32, 500)
    assert drop(low, high, "min", 5).fall == pytest.approx(0.1)
    assert not drop(low, high, "min", 5).within_noise
    better = drop(high, low, "min", 5)
    assert better.fall == pytest.approx(-0.1)
    assert better.high < 0


def test_luck_grows_with_the_trials() -> None:
    validation = share_interval(90, 100)
    few, many = (drop(validation, validation, "max", n).luck for n in (2, 100))
    assert few is not None
    assert many is not None
    # Of two, 0.564 standard errors; of a hundred, 2.51 (Blom's own approximation is within 1 %).
    assert few / validation.error == pytest.approx(0.589, abs=0.01)
    assert many / validation.error == pytest.approx(2.5, abs=0.02)
    assert drop(validation, validation, "max", 1).luck is None
    alone = mean_interval(np.array([0.5]))
    assert drop(alone, alone, "max", 9).luck is None
