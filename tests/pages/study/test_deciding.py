"""The view "Deciding": a class against the rest, a threshold with costs, calibration, intervals."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tests.pages.study.test_best_model import STUDY, keep_answers
from tests.pages.study.test_study_tabs import showing
from tuning_core.manager import Manager
from tuning_core.spec.decision import read_decision


def keep_two_classes(engine: Manager, part: str = "validation", rows: int = 200) -> np.ndarray:
    """Answers to two classes, three times as sure as they should be; the probabilities of 1."""
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=1.5, size=rows)
    truth = (rng.random(rows) < 1 / (1 + np.exp(-logits))).astype(np.int32)
    sure = 1 / (1 + np.exp(-3 * logits))
    probabilities = np.column_stack([1 - sure, sure]).astype(np.float32)
    keep_answers(
        engine,
        part,
        classes=["benign", "malignant"],
        truth_0=truth,
        said_0=probabilities.argmax(axis=1).astype(np.int32),
        sure_0=probabilities.max(axis=1),
        probabilities_0=probabilities,
        shown_0=np.arange(3),
        columns_0=np.array([0.1, 0.2, 0.3]),
    )
    return probabilities[:, 1]


def deciding(opened: Opener, **address: str) -> AppTest:
    return opened("study", id=STUDY, tab="best_model", view="deciding", **address)


def test_a_threshold_has_its_costs_and_is_kept_where_the_card_finds_it(
    opened: Opener, engine: Manager
):
    record(engine.store, STUDY, dataset={"id": "breast_cancer"})
    keep_two_classes(engine)
    app = deciding(opened, threshold="0.3", miss="5")
    said = showing(app, "Best model")
    # Two curves, the cost, the confusion, the reliability.
    assert len(app.get("vega_lite_chart")) == 5
    assert "From 0.30 on, malignant is said of" in said
    assert "0.17 would be: the cost of a false alarm over that of both errors" in said
    app.slider(key="deciding-threshold").set_value(0.2).run()
    assert app.query_params["threshold"] == "0.2"
    app.button(key="threshold-keep").click().run()
    kept = engine.decisions.get(STUDY).threshold
    assert kept is not None
    assert (kept.positive, kept.threshold, kept.false_alarm, kept.miss) == (1, 0.2, 1.0, 5.0)


def test_a_temperature_is_offered_where_it_helps_and_goes_into_the_model(
    opened: Opener, engine: Manager
):
    record(engine.store, STUDY, dataset={"id": "breast_cancer"})
    keep_two_classes(engine)
    app = deciding(opened)
    said = showing(app, "Best model")
    assert "It is surer than it should be" in said
    assert "each with the temperature of the others" in said
    app.button(key="temperature-on").click().run()
    files = engine.home.study(STUDY)
    decision = read_decision(files.decision)
    assert decision is not None
    assert 2.2 < decision.temperature < 4.0
    assert (decision.trial, decision.rows) == (4, 200)
    assert files.made_of == [files.best, files.decision]
    assert "The model that is downloaded has the temperature" in showing(app, "Best model")
    app.button(key="temperature-off").click().run()
    decision = read_decision(files.decision)
    assert decision is not None
    assert decision.temperature == 1.0


def test_of_three_classes_one_is_chosen_against_the_rest(opened: Opener, engine: Manager):
    record(engine.store, STUDY, dataset={"id": "iris"})
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([1, 1, 1], 30).astype(np.float32)
    keep_answers(
        engine,
        "validation",
        classes=["setosa", "versicolor", "virginica"],
        truth_0=np.repeat([0, 1], 15),
        said_0=probabilities.argmax(axis=1),
        sure_0=probabilities.max(axis=1),
        probabilities_0=probabilities,
        shown_0=np.arange(3),
        columns_0=np.array([0.1, 0.2, 0.3]),
    )
    app = deciding(opened)
    assert "a threshold are of one class against all others: choose it" in showing(
        app, "Best model"
    )
    app.selectbox(key="deciding-class").set_value(2).run()
    assert "Of these rows no row is virginica" in showing(app, "Best model")
    assert app.query_params["class"] == "2"


def test_a_regression_has_intervals_as_far_as_its_rows_carry(opened: Opener, engine: Manager):
    record(engine.store, STUDY, dataset={"id": "diabetes"}, objective="val_mae")
    truth = np.arange(1.0, 13.0)
    keep_answers(
        engine,
        "validation",
        truth_0=truth,
        said_0=truth + np.resize([1.0, -2.0], 12),
        shown_0=np.arange(3),
        columns_0=np.array([0.1, 0.2, 0.3]),
    )
    app = deciding(opened)
    said = showing(app, "Best model")
    assert "90 % are within ± 2 of the prediction (split conformal on 12 validation rows)" in said
    assert len(app.get("vega_lite_chart")) == 1
    app.button_group(key="deciding-level").set_value(0.95).run()
    assert "holds 95 % needs 19 rows that trained nothing; there are 12" in showing(
        app, "Best model"
    )


def test_a_picture_of_intervals_is_for_those_who_may_see_rows(
    opened: Opener, engine: Manager, monkeypatch: pytest.MonkeyPatch
):
    record(engine.store, STUDY, dataset={"id": "diabetes"}, objective="val_mae")
    truth = np.arange(1.0, 13.0)
    keep_answers(
        engine,
        "validation",
        truth_0=truth,
        said_0=truth + np.resize([1.0, -2.0], 12),
        shown_0=np.arange(3),
        columns_0=np.array([0.1, 0.2, 0.3]),
    )
    monkeypatch.setattr(engine.access, "may_see_rows", lambda *_: False)
    app = deciding(opened)
    said = showing(app, "Best model")
    assert "90 % are within ± 2 of the prediction" in said
    assert "Rows are shown to whoever uploaded them" in said
    assert not app.get("vega_lite_chart")


def test_a_cross_validation_is_asked_for_held_out_answers(opened: Opener, engine: Manager):
    record(engine.store, STUDY, dataset={"id": "breast_cancer"}, cross_validation={"folds": 3})
    app = deciding(opened)
    assert "rows are asked of models that have not seen them" in showing(app, "Best model")
    assert app.button(key="assessment-begin-held_out").label == "Train on folds"
    keep_two_classes(engine, part="held_out")
    app.run()
    said = showing(app, "Best model")
    assert "of 200 held-out rows" in said
    assert len(app.get("vega_lite_chart")) == 5
