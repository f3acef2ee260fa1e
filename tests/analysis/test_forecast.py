"""A forecast covers what it promises, says nothing without grounds, and survives odd scores."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuning_core.analysis.forecast import FEWEST, Forecast, forecast
from tuning_core.catalog import OBJECTIVES, Value

ACCURACY = OBJECTIVES["val_accuracy"]


def a_session(seed: int, runs: int = 16):
    """Settings as someone moves knobs, and what they score."""
    rng = np.random.default_rng(seed)
    configs, scores = [], []
    for _ in range(runs):
        rate, units = float(10 ** rng.uniform(-4, 0)), int(rng.choice([4, 8, 16, 32]))
        line = 3 - 1.2 * (math.log10(rate) + 2) ** 2 + 0.4 * math.log(units) + rng.normal(0, 0.3)
        optimizer = "adam" if rng.random() < 0.8 else "sgd"
        configs.append({"learning_rate": rate, "units": units, "optimizer": optimizer})
        scores.append(1 / (1 + math.exp(-line)))
    return configs, scores


def test_about_eight_of_ten_scores_fall_inside():
    inside = []
    for seed in range(6):
        configs, scores = a_session(seed)
        for known in range(FEWEST, len(scores)):
            told = forecast(configs[:known], scores[:known], configs[known], ACCURACY)
            assert told is not None
            inside.append(not told.surprised_by(scores[known]))
    # Of 66, 80 % are 53; two standard deviations of a binomial are 6.5.
    assert 46 <= sum(inside) <= 60


def test_it_learns_from_what_it_has_seen():
    configs, scores = a_session(1, 30)
    good: dict[str, Value] = {"learning_rate": 0.01, "units": 16, "optimizer": "adam"}
    bad = {**good, "learning_rate": 0.9}
    told = [forecast(configs, scores, setting, ACCURACY) for setting in (good, bad)]
    assert told[0] is not None
    assert told[1] is not None
    assert told[0].expected > told[1].expected
    assert 0 <= told[0].low <= told[0].expected <= told[0].high <= 1


def test_nothing_is_forecast_before_five_scores():
    configs, scores = a_session(0)
    assert forecast(configs[:4], scores[:4], configs[4], ACCURACY) is None
    broken = [*scores[:4], math.nan]
    assert forecast(configs[:5], broken, configs[5], ACCURACY) is None


@pytest.mark.parametrize("objective", ["val_accuracy", "val_loss", "val_r2"])
@pytest.mark.parametrize("scores", [[1.0] * 6, [0.0] * 6, [0.5, 0.5, 1.0, 0.0, 0.2, 0.9]])
def test_scores_at_the_end_of_their_range_do_no_harm(objective, scores):
    configs = [{"learning_rate": 0.1, "momentum": 0.9}] * 3 + [{"learning_rate": 0.1}] * 3
    told = forecast(configs, scores, {"learning_rate": 0.5, "layers": 2}, OBJECTIVES[objective])
    assert told is not None
    assert told.low <= told.expected <= told.high
    assert all(map(math.isfinite, (told.low, told.expected, told.high)))


def test_a_score_outside_is_a_surprise():
    told = Forecast(0.9, 0.85, 0.95)
    assert told.surprised_by(0.8)
    assert not told.surprised_by(0.95)
