"""AUC, F1 and class weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score

from tests.training.keras_reference import assert_parity
from tests.training.small_data import BASE, Watch, make_task
from tuning_core.catalog import OBJECTIVES
from tuning_core.datasets import PreparedData, prepare
from tuning_core.models import build_model
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.training import Trainer, area_under_curve


def cancer(weights: str = "none") -> PreparedData:
    spec = DatasetSpec(id="breast_cancer", class_weights=weights)  # type: ignore[arg-type]
    return prepare(spec, Path("unused"))


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=2, max_size=40).filter(
        lambda rows: len({y for y, _ in rows}) == 2
    )
)
def test_the_area_is_scikit_learn_s_also_with_ties(rows: list[tuple[int, int]]) -> None:
    y, scores = np.array(rows).T
    assert area_under_curve(y, scores / 6) == pytest.approx(roc_auc_score(y, scores), abs=1e-12)


def test_without_a_pair_of_classes_nothing_is_ranked() -> None:
    assert area_under_curve(np.ones(3), np.array([0.1, 0.5, 0.9])) == 0.5


@pytest.mark.parametrize("limit", [None, 0], ids=["compiled", "fit"])
def test_auc_and_f1_are_those_of_scikit_learn(limit: int | None) -> None:
    data = cancer()
    config = {**BASE, "batch_size": 10_000, "learning_rate": 0.003}
    last, before = Watch(), []
    for epochs in (1, 2):
        last = Watch()
        task = make_task(epochs=epochs, keep_states=True, **config)
        outcome = last.run(Trainer(data, limit=limit), task)
        state = outcome.executions[0].state
        assert state is not None
        before.append(state.weights)
    model = build_model(config, data.row_shape, 2, "classification", 0)
    model.set_weights(before[1])
    answers = model(data.validation.x, training=False).numpy()
    metrics, y = last.reports[-1].metrics, data.validation.y
    assert metrics["val_auc"] == pytest.approx(roc_auc_score(y, answers[:, 1]), abs=1e-6)
    assert metrics["val_f1"] == pytest.approx(f1_score(y, answers.argmax(1)), abs=1e-6)
    # One batch an epoch: what is measured is what the epoch before had learnt.
    model.set_weights(before[0])
    said = model(data.train.x, training=False).numpy().argmax(1)
    assert metrics["f1"] == pytest.approx(f1_score(data.train.y, said), abs=1e-6)


@pytest.mark.parametrize("objective", ["val_auc", "val_f1"])
def test_they_can_be_aimed_at(objective: str) -> None:
    watch = Watch()
    outcome = watch.run(Trainer(cancer()), make_task(objective=OBJECTIVES[objective]))
    assert outcome.score == max(report.metrics[objective] for report in watch.reports)


@pytest.mark.parametrize("changes", [{}, {"label_smoothing": 0.1, "l2": 0.01}], ids=str)
def test_weighted_classes_equal_keras(changes: dict) -> None:
    assert_parity(cancer("balanced"), make_task(keep_states=True, batch_size=48, **changes))


def test_weighted_classes_by_fit_equal_the_compiled_ones() -> None:
    compiled, fitted, plain = Watch(), Watch(), Watch()
    compiled.run(Trainer(cancer("balanced"), shuffle=False), make_task())
    fitted.run(Trainer(cancer("balanced"), shuffle=False, limit=0), make_task())
    plain.run(Trainer(cancer(), shuffle=False), make_task())
    for ours, theirs in zip(compiled.reports, fitted.reports, strict=True):
        assert theirs.metrics == pytest.approx(ours.metrics, rel=1e-5, abs=1e-6)
    assert compiled.reports[-1].metrics["loss"] != plain.reports[-1].metrics["loss"]
