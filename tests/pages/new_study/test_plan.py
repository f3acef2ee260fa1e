"""The plan beside the form says what a study will take, and what would be too much."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.new_study.plan_warnings import measured_warnings, warnings
from pages.components.shared.study_draft import demo, empty_form
from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tests.pages.test_pages import words
from tests.planning.test_cost import ENDS, calibration
from tuning_core.catalog import FAMILIES, PRESETS
from tuning_core.findings.formatting import memory, spell, spelled
from tuning_core.home.launch_plan import write_planned
from tuning_core.manager import Manager, Planned
from tuning_core.planning.estimate import estimate_of
from tuning_core.spec.study import StudySpec, parse_spec

FIVE = {
    "units": [8, 16, 32, 64, 128],
    "layers": [1, 2, 3, 4, 5],
    "batch_size": [16, 32, 64, 128, 256],
    "learning_rate": [0.1, 0.03, 0.01, 0.003, 0.001],
    "dropout": [0.0, 0.1, 0.2, 0.3, 0.4],
}


def keep_measured(engine: Manager) -> None:
    document = {"another": asdict(calibration(*ENDS))}
    (engine.home.path / "calibrations.json").write_text(json.dumps(document))


def grid(**fields: Any) -> StudySpec:
    space = {name: {"choices": values} for name, values in FIVE.items()}
    return parse_spec(
        {"dataset": {"id": "digits"}, "space": space, "strategy": {"id": "grid"}, **fields}
    )


def test_the_form_keeps_the_place_of_what_is_not_measured(opened: Opener, engine: Manager):
    keep_measured(engine)
    app = opened("new_study")
    measured = words(app)
    assert "first guess" in measured
    assert "about" in measured
    picker = next(w for w in app.selectbox if w.key and w.key.startswith("dataset-"))
    picker.set_value("wine").run()
    unknown = words(app)
    assert "not measured without a warm worker" in unknown
    assert measured.count("<dt>") == unknown.count("<dt>")


def test_a_grid_that_explodes_is_said_with_its_arithmetic():
    [said] = warnings(grid(cross_validation={"folds": 5}))
    assert "5 hyperparameters of 5 values with 5 folds are 15,625 trainings" in said
    assert "Random search, fewer values, fewer folds or a time limit" in said
    assert warnings(grid(space={"units": {"choices": [8, 16]}})) == []


def test_hours_and_memory_are_said_with_numbers():
    space = {"learning_rate": {"low": 0.001, "high": 0.1}}
    budget = {"trials": 900, "epochs": 9_000}
    spec = parse_spec({"dataset": {"id": "digits"}, "space": space, "budget": budget})
    long = estimate_of(spec, calibration(*ENDS))
    [said] = measured_warnings(spec, long, "")
    assert "900 trials are 900 trainings, 8,100,000 epochs" in said
    large = estimate_of(spec, calibration(*ENDS, base_bytes=9 * 10**15))
    assert "9,000,000 GB in all" in measured_warnings(spec, large, "")[1]
    assert "It does not fit." in measured_warnings(spec, None, "It does not fit.")[0]


def test_a_finished_study_stands_beside_its_plan(engine: Manager):
    spec = record(engine.store, "aaaaaaaa", trials=4, epochs=3)
    files = engine.home.study("aaaaaaaa")
    files.folder.mkdir(parents=True)
    write_planned(files.plan, Planned(spec.plan(), estimate_of(spec, calibration(*ENDS))))

    def page() -> None:
        from pages.components.shared.manager_session import manager
        from pages.components.study.live import live_study
        from pages.components.study.overview_tab import render_outcome

        live = live_study("aaaaaaaa", manager().store)
        assert live is not None
        render_outcome(live, manager())

    app = AppTest.from_function(page).run()
    assert not app.exception
    [table] = [element.proto.body for element in app.get("html")]
    assert "<td>epochs</td><td>12</td><td>12</td>" in table
    assert "<td>2.0 s</td>" in table


def test_a_time_limit_that_ends_the_search_is_said(opened: Opener, engine: Manager):
    keep_measured(engine)
    app = opened("new_study")
    limit = next(w for w in app.number_input if w.label == "Time limit, minutes")
    limit.set_value(0.1).run()
    assert "the plan would take longer" in words(app)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 s"),
        (42, "40 s"),
        (58, "1 min"),
        (85, "1.5 min"),
        (150, "2.5 min"),
        (1_234, "21 min"),
        (6_000, "1.5 h"),
    ],
)
def test_an_expected_time_has_few_digits(seconds: float, said: str):
    assert spell(seconds) == said


def test_ranges_and_sizes_in_words():
    assert spelled(20, 50) == "20 to 50 s"
    assert spelled(50, 300) == "50 s to 5 min"
    assert spelled(0.1, 0.4) == "1 s"
    assert [memory(b) for b in (4e4, 1.44e6, 12e6, 2.3e9)] == ["40 kB", "1.4 MB", "12 MB", "2.3 GB"]


def test_a_plan_that_cannot_tell_what_mattered_says_so():
    document = {**empty_form(), "budget": {"trials": 20, "epochs": 10}}
    [said] = warnings(parse_spec(document))
    assert said == (
        "20 trials cannot say which of 6 hyperparameters mattered: that takes 30 with a score."
    )
    assert warnings(parse_spec(empty_form())) == [], "the form starts with enough"
    # Most of Hyperband's trials go on with an earlier one.
    racing = {**document, "strategy": {"id": "hyperband"}, "budget": {"epochs": 9}}
    assert parse_spec(racing).plan().trials == 23
    assert warnings(parse_spec(racing))[0].startswith("17 configurations cannot say")


@pytest.mark.parametrize("preset", ["recommended", "usual", "learning_rate"])
@pytest.mark.parametrize("family", [f.id for f in FAMILIES.values() if not f.declares])
def test_the_first_budget_suits_what_is_usually_searched(preset: str, family: str):
    space = PRESETS[preset].space(family)
    dataset = "digits" if family == "mlp" else "mnist"
    document = {"dataset": {"id": dataset}, "model": {"family": family}, "space": space}
    assert warnings(parse_spec({**empty_form(), **document})) == []


def test_home_says_the_plan_s_own_estimate(opened: Opener, engine: Manager):
    keep_measured(engine)
    expected = engine.costs.estimate(demo())
    assert expected is not None
    said = f"It takes about {spell(expected.seconds)} on this machine, at a first guess."
    assert said in words(opened("home"))


def test_home_promises_no_time_that_nobody_measured(opened: Opener):
    assert "How long it takes is said once it runs." in words(opened("home"))


def _twice() -> None:
    from contextlib import suppress

    import streamlit as st
    from streamlit.runtime.scriptrunner_utils.exceptions import RerunException

    from pages.components.new_study.plan_panel import _launch
    from pages.components.shared.manager_session import manager
    from tuning_core.spec.study import parse_spec

    engine = manager()
    document = {"dataset": {"id": "iris"}, "budget": {"epochs": 1}}
    for name in ("one", "one", "other"):
        with suppress(RerunException, st.errors.StreamlitAPIException):
            _launch(parse_spec({**document, "name": name}), engine)


def test_two_clicks_on_launch_are_one_study(engine: Manager):
    AppTest.from_function(_twice, default_timeout=60).run()
    names = sorted(row.name for row in engine.store.studies())
    for study_id in (*engine.queued(), *engine.running()):
        engine.stop(study_id)
    assert names == ["one", "other"]
