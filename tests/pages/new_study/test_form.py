"""The form of a new study: what it offers, refuses, and takes from a pasted spec."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared import html
from pages.components.shared.errors import SENTENCE
from tests.pages.conftest import Opener, words
from tuning_core import resources
from tuning_core.catalog import DATASETS, PRESETS
from tuning_core.manager import Manager
from tuning_core.space import SpecError
from tuning_core.spec.study import parse_spec


def test_the_form_starts_with_a_study_that_can_be_launched(opened: Opener):
    app = opened("new_study")
    assert not app.button(key="launch").disabled
    assert parse_spec(app.code[0].value).dataset.id == "digits"


@pytest.mark.parametrize(
    "pasted",
    [
        '{"dataset": {"id": "digits"}, "budget": {"trials": 0}}',
        '{"dataset": {"id": "digits"}, "space": {"units": {"low": 9, "high": 3}}}',
        '{"dataset": {"id": "nothing"}}',
        '{"dataset": {"id": "digits"}, "seed": NaN}',
        "[1, 2]",
        "not JSON",
        "",
        "[" * 100_000,
    ],
)
def test_a_bad_pasted_spec_is_refused_with_the_sentence_of_the_command_line(
    pasted: str, opened: Opener, engine: Manager
):
    app = opened("new_study")
    app.text_area(key="pasted_spec").set_value(pasted)
    app.button(key="use-spec").click().run()
    with pytest.raises(SpecError) as refused:
        parse_spec(pasted)
    assert html.plain(str(refused.value)) in [error.value for error in app.error]
    assert engine.store.studies() == []


def test_a_pasted_spec_fills_the_form_and_comes_out_the_same(opened: Opener):
    document = {
        "name": "Pasted",
        "seed": 7,
        "dataset": {"id": "iris", "validation": 0.3, "test": 0.2, "seed": 4},
        "model": {"family": "mlp"},
        "space": {
            "learning_rate": {"low": 0.001, "high": 0.1, "scale": "log", "step": 10.0},
            "layers": {"choices": [1, 2]},
            "units_2": {"low": 8, "high": 64, "step": 8},
            "optimizer": {"choices": ["adam", "sgd"]},
            "momentum": {
                "low": 0.5,
                "high": 0.999,
                "scale": "reverse_log",
                "when": {"optimizer": ["sgd"]},
            },
            "batch_size": 16,
        },
        "strategy": {"id": "bayesian", "settings": {"beta": 1.5}},
        "objective": "val_loss",
        "budget": {"trials": 33, "epochs": 4, "seconds": 90},
        "repeats": 2,
    }
    app = opened("new_study")
    app.text_area(key="pasted_spec").set_value(json.dumps(document))
    app.button(key="use-spec").click().run()
    assert not app.exception
    assert not app.error
    shown = json.loads(app.code[0].value)
    assert shown == json.loads(parse_spec(document).to_json())


@pytest.mark.parametrize(
    ("dataset", "family"), [("digits", "cnn"), ("iris", "mlp"), ("diabetes", "linear")]
)
def test_every_hyperparameter_of_a_family_has_its_row(dataset: str, family: str, opened: Opener):
    space = PRESETS["everything"].space(family, DATASETS[dataset].task)
    document = {
        "dataset": {"id": dataset},
        "model": {"family": family},
        "space": {**space, "epochs": 3},
    }
    app = opened("new_study")
    app.text_area(key="pasted_spec").set_value(json.dumps(document))
    app.button(key="use-spec").click().run()
    assert not app.exception
    assert not app.error
    assert json.loads(app.code[0].value)["space"] == document["space"]


def test_only_families_that_can_read_the_data_are_offered(opened: Opener):
    app = opened("new_study")
    document = {"dataset": {"id": "iris"}}
    app.text_area(key="pasted_spec").set_value(json.dumps(document))
    app.button(key="use-spec").click().run()
    [families] = [r.options for r in app.radio if r.label == "Model family"]
    assert families == ["Linear", "MLP"]


def test_an_invalid_form_says_why_and_cannot_be_launched(opened: Opener):
    app = opened("new_study")
    written = next(w for w in app.text_input if w.key and w.key.startswith("batch_size-list"))
    written.set_value("16, many").run()
    assert app.button(key="launch").disabled
    assert html.plain("space.batch_size") in app.error[0].value


def test_momentum_shows_only_with_an_optimizer_that_has_it(opened: Opener):
    app = opened("new_study")
    assert "<b>Momentum</b>" not in words(app)
    chosen = next(w for w in app.selectbox if w.key and w.key.startswith("optimizer-value"))
    chosen.set_value("sgd").run()
    assert "<b>Momentum</b>" in words(app)


@pytest.mark.parametrize("strategy", ["grid", "bayesian", "hyperband", "random"])
def test_every_strategy_can_be_chosen(strategy: str, opened: Opener):
    app = opened("new_study")
    app.button(key=f"choose-{strategy}").click().run()
    assert parse_spec(app.code[0].value).strategy.id == strategy


@pytest.mark.parametrize("dataset", ["iris", "diabetes", "moons", "mnist"])
def test_every_kind_of_data_has_a_preview_or_says_what_will_be_downloaded(
    dataset: str, opened: Opener
):
    app = opened("new_study")
    picker = next(w for w in app.selectbox if w.key and w.key.startswith("dataset-"))
    picker.set_value(dataset).run()
    assert not app.exception
    assert SENTENCE not in words(app)
    assert ("MB" in words(app)) == (dataset == "mnist")


def presets(app: AppTest) -> Any:
    """The presets of the search space."""
    [found] = [group for group in app.button_group if (group.key or "").startswith("preset-")]
    return found


def chosen_preset(app: AppTest) -> str:
    return str(app.session_state[presets(app).key])


@pytest.mark.parametrize("preset", [p for p in PRESETS if p != "recommended"])
def test_the_rows_say_which_preset_is_chosen(preset: str, opened: Opener):
    app = opened("new_study")
    assert chosen_preset(app) == "recommended"
    presets(app).select(preset).run()
    assert chosen_preset(app) == preset
    space = PRESETS[preset].space("mlp", "classification")
    assert json.loads(app.code[0].value)["space"] == space


def lanes(app: AppTest) -> Any:
    return next(w for w in app.number_input if w.label == "Trials at once")


@pytest.mark.parametrize(("cores", "first"), [(1, 1), (2, 1), (3, 2), (9, 8), (64, 8)])
def test_one_core_is_left_for_the_pages(
    cores: int, first: int, opened: Opener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(resources, "cores", lambda: cores)
    app = opened("new_study")
    assert lanes(app).value == first
    assert parse_spec(app.code[0].value).parallel == first


def test_trials_at_once_are_kept_through_every_change(opened: Opener):
    app = opened("new_study")
    document = {"dataset": {"id": "iris"}, "parallel": 5}
    app.text_area(key="pasted_spec").set_value(json.dumps(document))
    app.button(key="use-spec").click().run()
    assert lanes(app).value == 5
    app.button(key="choose-grid").click().run()
    assert json.loads(app.code[0].value)["parallel"] == 5
    lanes(app).set_value(3).run()
    assert json.loads(app.code[0].value)["parallel"] == 3


def test_a_spec_without_it_trains_one_after_the_other(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(resources, "cores", lambda: 8)
    app = opened("new_study")
    app.text_area(key="pasted_spec").set_value('{"dataset": {"id": "iris"}}')
    app.button(key="use-spec").click().run()
    assert lanes(app).value == 1


@pytest.mark.parametrize(
    ("strategy", "said"),
    [("bayesian", "the trials so far"), ("tpe", "the worst so far"), ("random", "")],
)
def test_what_rounds_mean_is_said_where_they_change_the_search(
    strategy: str, said: str, opened: Opener
):
    app = opened("new_study")
    app.button(key=f"choose-{strategy}").click().run()
    assert "constant liar" not in words(app)
    lanes(app).set_value(4).run()
    assert ("constant liar; Ginsbourger et al. 2010" in words(app)) == bool(said)
    assert said in words(app)
