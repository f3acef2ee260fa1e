"""A metric of weighted rows is that of the catalog, and a resample is one of repeated rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, r2_score, roc_auc_score

from tuning_core.analysis.row_metrics import Answers, drawn_rows, score, scores

RNG = np.random.default_rng(3)


def two_classes() -> Answers:
    truth = RNG.integers(0, 2, 80)
    # In steps, so that there are ties.
    second = np.round(np.clip(truth * 0.3 + RNG.uniform(0, 0.7, 80), 0, 1), 1)
    return Answers(np.column_stack([1 - second, second]), truth, RNG.uniform(0, 2, 80))


def values() -> Answers:
    truth = RNG.normal(1e6, 3, 60)
    return Answers((truth + RNG.normal(0, 1, 60))[:, None], truth)


ANCHORS = {
    "accuracy": lambda a: accuracy_score(a.truth, a.predictions.argmax(axis=1)),
    "auc": lambda a: roc_auc_score(a.truth, a.predictions[:, 1]),
    "f1": lambda a: f1_score(a.truth, a.predictions.argmax(axis=1)),
    "loss": lambda a: a.losses.mean(),
    "mae": lambda a: np.abs(a.predictions[:, 0] - a.truth).mean(),
    "mse": lambda a: np.square(a.predictions[:, 0] - a.truth).mean(),
    "r2": lambda a: r2_score(a.truth, a.predictions[:, 0]),
}


@pytest.mark.parametrize("metric", ANCHORS)
def test_weights_count_how_often_a_row_is_there(metric: str) -> None:
    answers = values() if metric in ("mae", "mse", "r2") else two_classes()
    anchor = ANCHORS[metric]
    assert score(metric, answers) == pytest.approx(anchor(answers), rel=1e-6)
    weights = drawn_rows(len(answers.truth))[:5]
    assert weights.sum(axis=1) == pytest.approx(len(answers.truth))
    for each, found in zip(weights, scores(metric, answers, weights), strict=True):
        repeated = answers.taken(np.repeat(np.arange(len(each)), each.astype(int)))
        assert found == pytest.approx(anchor(repeated), rel=1e-6), metric


def test_rows_of_one_class_and_a_constant_truth_have_a_score() -> None:
    one = Answers(np.array([[0.2, 0.8], [0.6, 0.4]]), np.array([1, 1]))
    assert score("auc", one) == 0.5
    constant = Answers(np.array([[2.0], [3.0]]), np.array([2.0, 2.0]))
    assert score("r2", constant) == 0
