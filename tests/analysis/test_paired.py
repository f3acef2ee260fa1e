"""Two models on the same rows or folds are told apart only where luck alone does not do it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from tuning_core.analysis.metric_intervals import Interval
from tuning_core.analysis.references.paired import (
    gain_of_intervals,
    gain_over_folds,
    gain_over_rows,
    metric_of,
)

RNG = np.random.default_rng(3)
TRUTH = RNG.integers(0, 2, 300)
SURE = np.clip(0.5 + 0.25 * (2 * TRUTH - 1) + RNG.normal(0, 0.3, 300), 0.01, 0.99)
PROBABILITIES = np.column_stack([1 - SURE, SURE])
COIN = RNG.uniform(0.01, 0.99, 300)
GUESSES = np.column_stack([1 - COIN, COIN])
VALUES = RNG.normal(50, 10, 300)
CLOSE = (VALUES + RNG.normal(0, 2, 300))[:, None]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("accuracy", metrics.accuracy_score(TRUTH, SURE > 0.5)),
        ("log_loss", metrics.log_loss(TRUTH, PROBABILITIES)),
        ("auc", metrics.roc_auc_score(TRUTH, SURE)),
        ("f1", metrics.f1_score(TRUTH, SURE > 0.5)),
    ],
)
def test_metrics_of_classes_are_those_of_scikit_learn(metric: str, expected: float) -> None:
    assert metric_of(metric, PROBABILITIES, TRUTH) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("mae", metrics.mean_absolute_error(VALUES, CLOSE)),
        ("mse", metrics.mean_squared_error(VALUES, CLOSE)),
        ("r2", metrics.r2_score(VALUES, CLOSE)),
    ],
)
def test_metrics_of_values_are_those_of_scikit_learn(metric: str, expected: float) -> None:
    assert metric_of(metric, CLOSE, VALUES) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("metric", ["accuracy", "auc", "f1"])
def test_a_good_model_is_better_than_a_guess_and_the_guess_is_worse(metric: str) -> None:
    found = gain_over_rows(metric, "max", PROBABILITIES, GUESSES, TRUTH)
    assert found.verdict == "better"
    assert found.value == pytest.approx(
        metric_of(metric, PROBABILITIES, TRUTH) - metric_of(metric, GUESSES, TRUTH)
    )
    assert gain_over_rows(metric, "max", GUESSES, PROBABILITIES, TRUTH).verdict == "worse"


def test_a_mean_error_is_paired_as_a_t_test_pairs_it() -> None:
    other = (VALUES + RNG.normal(0, 2.5, 300))[:, None]
    found = gain_over_rows("mae", "min", CLOSE, other, VALUES)
    first, second = (np.abs(said[:, 0] - VALUES) for said in (CLOSE, other))
    low, high = stats.ttest_rel(second, first).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((low, high))


def test_two_guesses_tie_in_nineteen_of_twenty_draws() -> None:
    told = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth, first, second = rng.integers(0, 2, 60), *rng.uniform(size=(2, 60))
        sides = [np.column_stack([1 - one, one]) for one in (first, second)]
        told += gain_over_rows("accuracy", "max", sides[0], sides[1], truth).verdict != "tie"
    assert told <= 0.08 * 200


def test_equal_answers_are_a_tie_with_an_interval_that_still_knows_how_few_rows_there_are() -> None:
    few, many = (
        gain_over_rows("accuracy", "max", PROBABILITIES[:n], PROBABILITIES[:n], TRUTH[:n])
        for n in (20, 300)
    )
    assert few.verdict == many.verdict == "tie"
    assert few.high > many.high > 0 > many.low > few.low


def test_folds_that_share_rows_are_less_sure_than_folds_that_do_not() -> None:
    first, second = [0.90, 0.92, 0.91, 0.93, 0.90], [0.88, 0.89, 0.90, 0.90, 0.89]
    gaps = np.subtract(first, second)
    found = gain_over_folds("max", first, second, share=0.25)
    half = stats.t.ppf(0.975, 4) * gaps.std(ddof=1) * math.sqrt(1 / 5 + 0.25)
    assert (found.low, found.high) == pytest.approx((gaps.mean() - half, gaps.mean() + half))
    assert gain_over_folds("max", first, second, share=0.0).low > found.low


def test_lower_is_better_where_the_objective_says_so() -> None:
    ours, theirs = Interval(2.0, 1.9, 2.1, 100), Interval(3.0, 2.8, 3.2, 100)
    assert gain_of_intervals("min", ours, theirs).verdict == "better"
    assert gain_of_intervals("max", ours, theirs).verdict == "worse"
    assert gain_over_folds("min", [2.0, 2.1, 2.0], [3.0, 3.1, 3.1], 0.5).verdict == "better"
