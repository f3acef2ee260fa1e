"""The mean of several models is chosen by validation rows, and judged by rows that chose none."""

from __future__ import annotations

import numpy as np
import pytest

from tuning_core.analysis.references.ensemble_selection import (
    averaged,
    chosen_weights,
    judged_apart,
)
from tuning_core.analysis.references.paired import metric_of

RNG = np.random.default_rng(5)
TRUTH = RNG.normal(0, 1, 400)
WITH_ERRORS = [(TRUTH + RNG.normal(0, 1, 400))[:, None] for _ in range(4)]
"""Models of independent errors: the best mean of them is the plain one."""


def test_models_of_independent_errors_get_about_equal_weights_and_halve_the_error() -> None:
    weights = chosen_weights("mse", "min", WITH_ERRORS, TRUTH)
    assert weights.sum() == pytest.approx(1.0)
    assert np.all(np.abs(weights - 0.25) < 0.1)
    alone = min(metric_of("mse", one, TRUTH) for one in WITH_ERRORS)
    assert metric_of("mse", averaged(WITH_ERRORS, weights), TRUTH) < 0.35 * alone


def test_a_model_that_knows_the_answer_is_taken_alone() -> None:
    weights = chosen_weights("mse", "min", [*WITH_ERRORS, TRUTH[:, None]], TRUTH)
    assert weights.tolist() == [0, 0, 0, 0, 1]


def test_the_ensemble_is_never_worse_than_the_best_model_on_the_rows_that_chose_it() -> None:
    classes = RNG.integers(0, 3, 50)
    answers = [RNG.dirichlet(np.ones(3), 50) for _ in range(6)]
    weights = chosen_weights("accuracy", "max", answers, classes)
    best = max(metric_of("accuracy", one, classes) for one in answers)
    assert metric_of("accuracy", averaged(answers, weights), classes) >= best


def test_rows_that_chose_nothing_show_no_gain_where_there_is_only_luck() -> None:
    classes = RNG.integers(0, 2, 400)
    answers = [RNG.dirichlet(np.ones(2), 400) for _ in range(8)]
    weights = chosen_weights("accuracy", "max", answers, classes)
    chosen = metric_of("accuracy", averaged(answers, weights), classes)
    ensemble, _ = judged_apart("accuracy", "max", answers, classes)
    assert metric_of("accuracy", ensemble, classes) < 0.56 < chosen
