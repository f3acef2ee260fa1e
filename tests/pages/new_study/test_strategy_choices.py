"""Strategies, their settings and what stands beside them: from the form to a spec and back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.new_study.configurations_editor import configurations, default_row, table
from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tests.pages.test_pages import words
from tuning_core.catalog import STRATEGIES, StrategySetting
from tuning_core.catalog.hyperparameters import of_family
from tuning_core.findings.formatting import with_deviation
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec

SPACE = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
    "units": {"low": 16, "high": 64, "step": 16},
    "layers": {"low": 1, "high": 3},
}


def shown(app: AppTest) -> dict[str, Any]:
    """The document of the form."""
    document: dict[str, Any] = json.loads(app.code[0].value)
    return document


def field(widgets: Any, name: str) -> Any:
    """The only widget whose key starts with ``name``."""
    [found] = [w for w in widgets if w.key and w.key.startswith(name)]
    return found


def choose(app: AppTest, strategy: str) -> None:
    app.button(key=f"choose-{strategy}").click().run()
    assert not app.exception


def paste(app: AppTest, document: dict[str, Any]) -> None:
    app.text_area(key="pasted_spec").set_value(json.dumps(document))
    app.button(key="use-spec").click().run()
    assert not app.exception


def test_every_strategy_can_be_chosen_and_launched_as_it_stands(opened: Opener):
    app = opened("new_study")
    for strategy in STRATEGIES:
        choose(app, strategy)
        assert not app.error
        assert parse_spec(shown(app)).strategy.id == strategy


def test_a_pasted_space_stays_when_the_browser_has_not_heard_of_it_yet(opened: Opener):
    app = opened("new_study")
    grey = app._tree.get_widget_states()
    paste(app, {"dataset": {"id": "digits"}, "space": SPACE})
    assert shown(app)["space"] == SPACE
    app._run(grey)
    assert shown(app)["space"] == SPACE
    # Nor does it count as a click on Launch that was drawn before.
    app.button(key="launch").click()
    app.session_state["launch_drawn"] = 0
    app.run()
    assert not app.exception
    assert shown(app)["space"] == SPACE


def test_every_setting_of_a_strategy_has_a_field(opened: Opener, monkeypatch: pytest.MonkeyPatch):
    number = StrategySetting("", "", "integer", 3, 1, 9, "")
    five = tuple(replace(number, id=f"s{i}", label=f"StrategySetting {i}") for i in range(5))
    monkeypatch.setitem(STRATEGIES, "tpe", replace(STRATEGIES["tpe"], settings=five))
    app = opened("new_study")
    choose(app, "tpe")
    assert {one.label for one in five} <= {widget.label for widget in app.number_input}


@pytest.mark.parametrize(
    "changes",
    [
        {"strategy": {"id": "one_at_a_time", "settings": {"order": ["layers"], "points": 3}}},
        {"strategy": {"id": "one_at_a_time", "settings": {"joint": [["layers", "units"]]}}},
        {"strategy": {"id": "coarse_to_fine", "settings": {"rounds": 4, "keep": 0.5}}},
        {
            "strategy": {
                "id": "manual",
                "settings": {"configurations": [{"units": 32}, {"optimizer": "sgd"}]},
            },
            "space": {"batch_size": 16},
        },
        {
            "strategy": {"id": "manual", "settings": {"configurations": [{"units": 32}]}},
            "space": SPACE,
        },
        {"cross_validation": {"folds": 7}, "repeats": 4},
        {
            "early_termination": {
                "rule": "percentile",
                "settings": {"percentile": 40.0, "warmup_epochs": 3},
            }
        },
        {"early_termination": {"rule": "successive_halving", "settings": {}}},
        {"dataset": {"id": "moons"}, "objective": "val_f1"},
    ],
)
def test_what_is_pasted_comes_out_the_same(changes: dict[str, Any], opened: Opener):
    document = {"dataset": {"id": "digits"}, "space": SPACE, **changes}
    app = opened("new_study")
    paste(app, document)
    assert not app.error
    assert shown(app) == json.loads(parse_spec(document).to_json())


def test_a_configuration_that_says_nothing_is_written_out(opened: Opener):
    configurations = [{"momentum": 0.5}, {}]
    document = {
        "dataset": {"id": "digits"},
        "space": {"optimizer": "sgd"},
        "strategy": {"id": "manual", "settings": {"configurations": configurations}},
    }
    app = opened("new_study")
    paste(app, document)
    listed = [config["momentum"] for config in parse_spec(shown(app)).listed]
    assert listed == [config["momentum"] for config in parse_spec(document).listed]


def test_the_order_of_picking_is_the_order_of_the_sweeps(opened: Opener):
    app = opened("new_study")
    paste(app, {"dataset": {"id": "digits"}, "space": SPACE})
    choose(app, "one_at_a_time")
    order = field(app.multiselect, "one_at_a_time-order")
    assert order.value == ["learning_rate", "units", "layers"]
    assert "order" not in shown(app)["strategy"]["settings"]
    order.set_value(["layers", "learning_rate", "units"]).run()
    assert shown(app)["strategy"]["settings"]["order"] == ["layers", "learning_rate", "units"]
    field(app.multiselect, "one_at_a_time-joint0").set_value(["layers"]).run()
    assert "joint" not in shown(app)["strategy"]["settings"]
    field(app.multiselect, "one_at_a_time-joint0").set_value(["layers", "units"]).run()
    assert shown(app)["strategy"]["settings"]["joint"] == [["layers", "units"]]
    assert parse_spec(shown(app)).sweeps == (("layers", "units"), ("learning_rate",))


def test_settings_outlive_other_strategies_presets_and_pages(opened: Opener):
    app = opened("new_study")
    choose(app, "hyperband")
    field(app.number_input, "hyperband-factor").set_value(4).run()
    choose(app, "tpe")
    field(app.number_input, "trials-tpe").set_value(33).run()
    choose(app, "manual")
    assert shown(app)["space"] == {}
    app.switch_page("pages/library.py").run()
    app.switch_page("pages/new_study.py").run()
    assert shown(app)["strategy"]["id"] == "manual"
    choose(app, "tpe")
    assert shown(app)["budget"]["trials"] == 33
    assert shown(app)["space"]["learning_rate"]["scale"] == "log"
    app.button_group[0].select("learning_rate").run()
    choose(app, "hyperband")
    assert shown(app)["strategy"]["settings"] == {"factor": 4}


def test_the_switches_make_their_parts_of_the_spec(opened: Opener):
    app = opened("new_study")
    assert {"cross_validation", "early_termination"}.isdisjoint(shown(app))
    field(app.toggle, "switch-Cross-validation").set_value(True).run()
    assert shown(app)["cross_validation"] == {"folds": 5}
    field(app.number_input, "amount-Cross-validation").set_value(3).run()
    field(app.toggle, "switch-Repeats").set_value(True).run()
    field(app.toggle, "switch-termination").set_value(True).run()
    assert shown(app)["early_termination"] == {"rule": "median", "settings": {}}
    field(app.number_input, "median-startup_trials").set_value(2).run()
    field(app.selectbox, "rule").set_value("successive_halving").run()
    assert shown(app)["early_termination"] == {"rule": "successive_halving", "settings": {}}
    field(app.selectbox, "rule").set_value("median").run()
    spec = parse_spec(shown(app))
    assert (spec.folds, spec.repeats) == (3, 3)
    assert spec.early_termination is not None
    assert spec.early_termination.settings == {"startup_trials": 2}
    field(app.toggle, "switch-Cross-validation").set_value(False).run()
    assert "cross_validation" not in shown(app)
    field(app.toggle, "switch-Cross-validation").set_value(True).run()
    assert shown(app)["cross_validation"] == {"folds": 3}


def test_an_objective_says_its_direction_and_two_classes_have_more(opened: Opener):
    app = opened("new_study")
    many = field(app.selectbox, "objective").options
    assert many == ["highest validation accuracy", "lowest validation loss"]
    field(app.selectbox, "dataset").set_value("moons").run()
    two = field(app.selectbox, "objective").options
    assert "highest validation F1 score" in two
    assert len(two) == 4


def test_a_word_in_a_list_of_numbers_is_refused_for_as_long_as_it_stands(opened: Opener):
    app = opened("new_study")
    field(app.text_input, "batch_size-list").set_value("16, many").run()
    app.run()
    assert not app.exception
    assert "expected an integer from 1 to 65536" in app.error[0].value


def test_rows_of_the_table_are_configurations_of_their_own_types():
    members = of_family("mlp", "classification")
    columns = [h for h in members if h.id in ("learning_rate", "units", "optimizer", "nesterov")]
    rows: list[dict[str, Any]] = [
        {"learning_rate": 0.01, "units": 32, "optimizer": "sgd", "nesterov": True},
        {"units": 64, "nesterov": False},
    ]
    read = configurations(table([*rows, {}], columns), columns)
    assert read == rows
    assert [type(value) for value in read[0].values()] == [type(v) for v in rows[0].values()]


def test_a_row_of_defaults_leaves_out_what_has_no_meaning_beside_the_others():
    mlp = {member.id: member for member in of_family("mlp", "classification")}
    assert default_row(mlp, ["units", "momentum"]) == {"units": 64}
    assert "momentum" in default_row(mlp, ["momentum"], {"optimizer": "sgd"})


@pytest.mark.parametrize(
    ("score", "scores", "said"),
    [
        (0.9621, [0.9583, 0.9662, 0.9618], "0.962 ± 0.004"),
        (0.9566, [0.9456, 0.9676, 0.9566], "0.957 ± 0.011"),
        (2034.4, [1980.0, 2090.0, 2033.0], "2,034 ± 55"),
        (0.9621, [0.9621], "0.9621"),
        (0.5, [0.5, None], "0.5000"),
        (0.5, [0.5, 0.5], "0.5000"),
    ],
)
def test_a_score_has_the_digits_that_its_spread_leaves_sense(
    score: float, scores: list[float | None], said: str
):
    assert with_deviation(score, scores) == said


def best_model(opened: Opener) -> str:
    """What the page of a recorded study says with that tab open."""
    app = opened("study", id="aaaaaaaa")
    app.session_state["section"] = "Best model"
    return words(app.run())


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"cross_validation": {"folds": 3}},
            ("0.904 ± 0.010", "3 folds: 0.8940 · 0.9040 · 0.9140.", "for 3 epochs"),
        ),
        ({"repeats": 2}, ("2 repeats: 0.8990 · 0.9090.", "that of repeat 2")),
        ({"repeats": 2, "cross_validation": {"folds": 2}}, ("4 trainings: ", "refitted")),
    ],
)
def test_the_best_model_shows_its_executions_and_says_which_is_kept(
    parts: dict[str, Any], said: tuple[str, ...], opened: Opener, engine: Manager
):
    record(engine.store, "aaaaaaaa", **parts)
    page = best_model(opened)
    for sentence in said:
        assert sentence in page


def test_one_execution_is_not_spread(opened: Opener, engine: Manager):
    record(engine.store, "aaaaaaaa")
    page = best_model(opened)
    assert "±" not in page
    assert "3 of 3" in page
