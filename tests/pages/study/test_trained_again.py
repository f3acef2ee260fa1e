"""The path to the best and the curve over rows, on the page: their cost, words and pictures."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.recorded import record
from tests.pages.study.test_analysis_blocks import STUDY, words
from tests.pages.study.test_hindsight import live_of
from tests.pages.study.test_own_and_recorded import store
from tests.spec.own import recorded_spec
from tuning_core.analysis.ablation import Path, Step, path_document
from tuning_core.analysis.rows_curve import Size, rows_curve, rows_curve_document
from tuning_core.catalog import Value
from tuning_core.charts.hyperparameters.ablation_path import ablation_path
from tuning_core.charts.study.rows_curve import score_over_rows
from tuning_core.findings.taught_words import path_frames, path_words, rows_frames, rows_words
from tuning_core.manager import Manager


def blocks() -> None:
    """The two parts alone, as a page of their own."""
    from pages.components.shared.manager_session import manager
    from pages.components.study.live import live_study
    from pages.components.study.trained_again import render_path, render_rows_curve

    live = live_study("aaaaaaaa", manager().store)
    assert live is not None
    render_path(live, True, None)
    render_rows_curve(live, True, None)


def opened() -> AppTest:
    app = AppTest.from_function(blocks, default_timeout=30).run()
    assert not app.exception
    return app


def step(
    name: str | None, before: Value | None, after: Value | None, mean: float, *gain: float
) -> Step:
    ends = gain or (None, None, None)
    return Step(name, before, after, {}, 2, (mean, mean), mean, *ends)


STEPS = (
    step(None, None, None, 0.90),
    step("learning_rate", 0.001, 0.02, 0.96, 0.06, 0.05, 0.07),
    step("units", 64, 128, 0.98, 0.02, 0.01, 0.03),
    step("dropout", 0.0, 0.1, 0.979, -0.001, -0.011, 0.009),
    step("batch_size", 32, 16, 0.96, -0.019, -0.03, -0.01),
)
PATH = Path("greedy", 2, 3, 22, STEPS, 0.06, 0.05, 0.07)
SIZES = [Size(s, round(1000 * s), 3, (0.9, 0.91, 0.9)) for s in (0.125, 0.25, 0.5, 1.0)]


def test_a_path_says_which_changes_made_the_gain_and_which_made_none(engine: Manager) -> None:
    record(engine.store, STUDY, trials=4)
    live = live_of(engine)
    said = path_words(live, PATH)
    assert said == (
        "Learning rate 0.001 → 0.02 (0.06) and units per hidden layer 64 → 128 (0.02) made all of "
        "the gain of 0.06 (+0.05 to +0.07). Dropout made none beyond luck. Batch size made it "
        "worse."
    )
    steps, scores = path_frames(live, PATH)
    ablation_path(steps, scores, live.spec.objective_info)
    assert steps["verdict"].tolist() == ["luck", "better", "better", "luck", "worse"]
    assert steps["name"].tolist()[-1] == "batch size\n32 → 16 (the best)"
    assert steps[["before", "low", "high"]].to_numpy()[1].tolist() == pytest.approx(
        [0.9, 0.95, 0.97]
    )
    none = Path("greedy", 2, 3, 22, STEPS[:1] + STEPS[3:4], -0.001, -0.011, 0.009)
    assert "not better beyond luck than the default" in path_words(live, none)


def test_a_curve_over_rows_ends_at_twice_the_rows(engine: Manager) -> None:
    record(engine.store, STUDY, trials=4)
    curve = rows_curve(SIZES, "max", 0.01)
    assert "nothing beyond luck" in rows_words(curve)
    scores, means, places = rows_frames(curve)
    score_over_rows(scores, means, places, live_of(engine).spec.objective_info)
    assert (len(scores), len(means)) == (12, 4)
    assert places["rows"].max() == pytest.approx(2000)
    assert places["part"].tolist().count("expected") > 3


def keep(engine: Manager, id: str, result: dict[str, Any]) -> None:
    question = engine.assessments._question(STUDY, id, None)
    question.path.parent.mkdir(parents=True, exist_ok=True)
    document = {"made_of": question.made_of, "options": {}, "time": 0.0, "result": result}
    question.path.write_text(json.dumps(document))


def test_what_it_costs_is_said_before_and_what_was_found_is_drawn(engine: Manager) -> None:
    record(engine.store, STUDY, trials=4)
    said = words(opened())
    assert "differ from the default: at most" in said
    assert "3 seeds each, about" in said
    keep(engine, "ablation", path_document(PATH))
    keep(engine, "rows_curve", rows_curve_document(rows_curve(SIZES, "max", 0.01)))
    app = opened()
    said = words(app)
    assert "made all of the gain" in said
    assert "nothing beyond luck" in said
    assert len(app.get("vega_lite_chart")) == 2
    assert "differ from the default" not in said


def test_of_another_tools_search_it_is_said_why_nothing_is_trained(engine: Manager) -> None:
    store(engine, STUDY, recorded_spec(), epochs=0)
    app = opened()
    assert not app.button
    assert "Optuna" in words(app)
