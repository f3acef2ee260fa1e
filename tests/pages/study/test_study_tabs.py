"""The tabs of hyperparameters and of the search's behaviour draw for every kind of study."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.errors import SENTENCE
from pages.components.study import tabs
from pages.components.study.tab_parts import chart_part
from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tests.pages.test_pages import words
from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import Chart, named, specification, trial_clicks
from tuning_core.charts.parts.theme import theme
from tuning_core.manager import Manager

LEARNING_RATE = {"low": 1e-4, "high": 1e-1, "scale": "log"}
CONDITIONAL = {
    "learning_rate": LEARNING_RATE,
    "optimizer": {"choices": ["adam", "sgd"]},
    "momentum": {"low": 0.5, "high": 0.99, "scale": "reverse_log", "when": {"optimizer": ["sgd"]}},
    "units": {"low": 16, "high": 64, "step": 16},
    "batch_normalization": {"choices": [True, False]},
}
STUDIES: dict[str, dict[str, Any]] = {
    "random": {"space": {"learning_rate": LEARNING_RATE, "units": {"low": 16, "high": 64}}},
    "conditional": {"space": CONDITIONAL},
    "manual": {
        "space": {},
        "strategy": {
            "id": "manual",
            "settings": {
                "configurations": [{"units": n, "activation": "relu"} for n in (8, 16, 24, 32)]
            },
        },
    },
    "regression": {
        "dataset": {"id": "diabetes"},
        "objective": "val_mae",
        "space": {"learning_rate": LEARNING_RATE, "dropout": {"low": 0.0, "high": 0.5}},
    },
}


def showing(app: AppTest, tab: str) -> str:
    """Open a tab; what the page says then."""
    app.session_state["section"] = tab
    app.run()
    said = words(app)
    assert not app.exception
    assert SENTENCE not in said
    return said


def charts(app: AppTest) -> set[str]:
    """The keys of all charts on the page, without the study's id."""
    ids = [element.proto.id for element in app.get("vega_lite_chart")]
    # A chart that cannot be clicked has none.
    keys = {known.split("-", 2)[-1] for known in ids if known}
    return {key.replace("-aaaaaaaa", "").replace("aaaaaaaa-", "") for key in keys}


@pytest.mark.parametrize(
    ("kind", "slices", "contour"),
    [
        ("random", {"learning_rate", "units"}, True),
        ("conditional", {*CONDITIONAL}, True),
        ("manual", {"units"}, False),
        ("regression", {"learning_rate", "dropout"}, True),
    ],
)
def test_the_tabs_draw_for_every_kind_of_study(
    kind: str, slices: set[str], contour: bool, opened: Opener, engine: Manager
):
    record(engine.store, "aaaaaaaa", trials=8, **STUDIES[kind])
    app = opened("study", id="aaaaaaaa")
    closed = charts(app)
    said = showing(app, "Hyperparameters")
    assert charts(app) - closed == {f"slice-{name}" for name in slices} | (
        {"contour"} if contour else set()
    )
    assert ("Only units per hidden layer differs" in said) is not contour
    before = charts(app)
    said = showing(app, "Search behaviour")
    assert charts(app) - before == {"rank", "timeline", "edf"}
    assert before <= charts(app), "a tab that was open is as it was when it is opened again"
    assert "All trials have 4,810 parameters" in said
    assert "Brackets" not in said


def test_the_score_is_shown_against_parameters_and_seconds(opened: Opener, engine: Manager):
    costs = {n: {"parameters": 100 * n, "seconds": 2.0 / n} for n in range(1, 6)}
    record(engine.store, "aaaaaaaa", trials=5, changes=costs)
    app = opened("study", id="aaaaaaaa")
    showing(app, "Search behaviour")
    for cost in ("parameters", "seconds"):
        app.button_group(key="cost").set_value(cost).run()
        assert "cost" in charts(app)


def test_hyperband_shows_its_brackets(opened: Opener, engine: Manager):
    changes = {n: {"bracket": 1, "round": 0, "epochs": 3} for n in range(1, 4)}
    changes[4] = {"bracket": 1, "round": 1, "epochs": 9, "parent": 3, "initial_epoch": 3}
    strategy = {"id": "hyperband", "settings": {}}
    record(engine.store, "aaaaaaaa", trials=4, changes=changes, strategy=strategy)
    app = opened("study", id="aaaaaaaa")
    said = showing(app, "Search behaviour")
    assert "brackets" in charts(app)
    assert "Brackets" in said


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ({"trials": 1}, "One trial alone says nothing"),
        ({"trials": 3, "lost": (1, 2, 3)}, "No trial has a score yet"),
        ({"trials": 4, "space": {}}, "Every hyperparameter is fixed"),
        ({"trials": 4, "space": {"optimizer": {"choices": ["adam"]}}}, "nothing to compare"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    study: dict[str, Any], said: str, opened: Opener, engine: Manager
):
    record(engine.store, "aaaaaaaa", **study)
    app = opened("study", id="aaaaaaaa")
    closed = charts(app)
    assert said in showing(app, "Hyperparameters")
    assert charts(app) == closed
    showing(app, "Search behaviour")


def test_a_hyperparameter_that_never_changed_is_named_instead_of_drawn(
    opened: Opener, engine: Manager
):
    space = {"learning_rate": LEARNING_RATE, "optimizer": {"choices": ["adam"]}}
    record(engine.store, "aaaaaaaa", trials=5, space=space)
    app = opened("study", id="aaaaaaaa")
    said = showing(app, "Hyperparameters")
    assert "The same in every trial: optimizer (adam)." in said
    assert "slice-optimizer" not in charts(app)


def test_brushes_keep_to_their_trials(opened: Opener, engine: Manager):
    record(engine.store, "aaaaaaaa", trials=6)
    app = opened("study", id="aaaaaaaa")
    app.session_state["parallel-0"] = {"selection": {"brush_score": {"at_score": [0.0, 0.9015]}}}
    assert "One trial alone" in showing(app, "Hyperparameters")


def test_curves_stand_side_by_side_by_the_value_of_a_hyperparameter(
    opened: Opener, engine: Manager
):
    record(engine.store, "aaaaaaaa", trials=12, space={"units": {"low": 16, "high": 18}})
    app = opened("study", id="aaaaaaaa")
    showing(app, "Learning curves")
    app.selectbox(key="curve-split-aaaaaaaa").set_value("units").run()
    assert not app.exception
    assert {f"by-value-{place}" for place in range(3)} <= charts(app)


def test_the_best_so_far_can_be_seen_against_epochs_and_seconds(opened: Opener, engine: Manager):
    record(engine.store, "aaaaaaaa")
    app = opened("study", id="aaaaaaaa")
    for against in ("epochs", "seconds"):
        app.button_group(key="best-against").set_value(against).run()
        assert not app.exception
        assert SENTENCE not in words(app)


def toy(
    trials: pd.DataFrame, objective: Objective, *, picked: list[int], dark: bool, height: int
) -> Chart:
    """A chart as short as one can be: a point for each trial."""
    points = trials[["number", "score"]].rename(columns={"number": "trial"})
    made = named("points").mark_point().encode(x="trial:Q", y=alt.Y("score:Q"))
    made = made.add_params(trial_clicks()).properties(height=height, width="container")
    return Chart(specification(made, theme(dark), objective.label), {"points": points})


@pytest.mark.parametrize("tab", tabs.TABS)
def test_a_chart_of_a_tab_is_a_function_and_a_line_in_its_list(
    tab: str, opened: Opener, engine: Manager, monkeypatch: pytest.MonkeyPatch
):
    part = chart_part("toy", "A toy", toy)
    absent = chart_part("absent", "Not here", toy, applies=lambda live, within: False)
    monkeypatch.setitem(tabs.SECTIONS, tab, (*tabs.SECTIONS[tab], part, absent))
    record(engine.store, "aaaaaaaa", trials=4)
    app = opened("study", id="aaaaaaaa")
    showing(app, tab)
    assert "A toy" in [heading.value for heading in app.subheader]
    assert "Not here" not in [heading.value for heading in app.subheader]
    assert "toy" in charts(app)
    assert "absent" not in charts(app)
