"""What-if as a reader meets it; where nothing has to be trained, no worker is started."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.components.shared.user import named
from pages.components.what_if import session as session_module
from pages.components.what_if.controls import knobs_of
from pages.components.what_if.run_list import study_of_runs
from pages.components.what_if.run_words import changes, effect, setting_words
from pages.components.what_if.sweep import equals
from tests.manager.conftest import eventually
from tests.pages.conftest import APP, Opener
from tests.pages.library.test_library import user_of
from tests.pages.recorded import record
from tests.pages.test_pages import words
from tuning_core.catalog import HYPERPARAMETERS, Hyperparameter
from tuning_core.catalog.hyperparameters import of_family
from tuning_core.manager import Manager
from tuning_core.spec.training_request import parse_training


def tab_of(browser: str, **query: str) -> AppTest:
    """What-if in another tab, or after a reload: a session of the same browser."""
    tab = AppTest.from_file(str(APP), default_timeout=120)
    tab.session_state["browser_id"] = browser
    tab.run().switch_page("pages/what_if.py")
    for name, value in query.items():
        tab.query_params[name] = value
    return tab.run()


def knob(app: AppTest, label: str):
    """A slider, a choice or a number by its label."""
    widgets = [*app.select_slider, *app.selectbox, *app.number_input, *app.toggle]
    return next(widget for widget in widgets if widget.label == label)


def asked(app: AppTest, name: str) -> str:
    """A query parameter; one set by the page is a text, one set by the test a list."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def labels(app: AppTest) -> set[str]:
    return {widget.label for widget in [*app.select_slider, *app.selectbox, *app.toggle]}


def test_a_link_sets_the_knobs_and_a_moved_knob_changes_the_link(opened: Opener):
    app = opened("what_if", train="ask", dataset="iris", learning_rate="0.0123", optimizer="sgd")
    assert knob(app, "Learning rate").value == 0.0123
    assert knob(app, "Data").value == "iris"
    assert "Momentum" in labels(app)
    knob(app, "Momentum").set_value(0.9).run()
    assert asked(app, "momentum") == "0.9"
    assert asked(app, "learning_rate") == "0.0123"
    knob(app, "Optimizer").select("adam").run()
    assert "Momentum" not in labels(app)
    knob(app, "Optimizer").select("sgd").run()
    assert knob(app, "Momentum").value == 0.9
    assert not app.exception


def test_the_metric_and_what_was_before_are_a_click_on_back_away(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
):
    app = opened("what_if", train="ask", dataset="iris", metric="loss")
    metric = next(c for c in app.segmented_control if c.label == "Metric")
    assert metric.value == "loss"
    before = {name: asked(app, name) for name in app.query_params}
    assert before["metric"] == "loss"
    metric.set_value("accuracy").run()
    knob(app, "Units per hidden layer").set_value(16).run()
    assert "metric" not in app.query_params

    def back() -> None:
        app.query_params.clear()
        for name, value in before.items():
            app.query_params[name] = value

    # A browser that has not heard of the new address yet moves the next knob.
    back()
    knob(app, "L2").set_value(0.01).run()
    assert (asked(app, "units"), asked(app, "l2")) == ("16", "0.01")
    monkeypatch.setattr(session_module, "HEARD_SECONDS", 0.0)
    back()
    app.run()
    assert "units" not in app.query_params
    assert next(c for c in app.segmented_control if c.label == "Metric").value == "loss"
    assert not app.exception


def test_a_wrong_link_says_which_part_and_goes_on(opened: Opener):
    app = opened("what_if", train="ask", learning_rate="fast", units="32")
    assert [warning.value for warning in app.warning]
    assert "learning" in app.warning[0].value
    assert knob(app, "Units per hidden layer").value == 32
    knob(app, "Units per hidden layer").set_value(64).run()
    assert not app.warning


def test_other_data_keeps_what_fits_it(opened: Opener):
    app = opened("what_if", train="ask", dataset="digits", family="cnn", filters="8", l2="0.001")
    assert knob(app, "Filters").value == 8
    knob(app, "Data").select("diabetes").run()
    assert not app.exception
    assert "Filters" not in labels(app)
    assert knob(app, "L2").value == 0.001
    assert asked(app, "family") == "mlp"
    assert "objective" not in app.query_params


def test_the_tables_of_ones_own_studies_stand_beside_the_datasets(opened: Opener, engine: Manager):
    app = opened("what_if", train="ask")
    table = {"target": "sold", "task": "classification", "classes": ["no", "yes"]}
    for study, who, digit in (
        ("aaaaaaaa", app.session_state["browser_id"], "a"),
        ("bbbbbbbb", "another", "b"),
    ):
        dataset = {"id": f"upload:{digit * 64}", "title": f"Cars of {digit}", **table}
        record(engine.store, study, dataset=dataset)
        engine.store.readers.give(study, named(f"browser:{who}"))
    st.cache_data.clear()
    app.run()
    assert "Cars of a" in knob(app, "Data").options
    assert "Cars of b" not in knob(app, "Data").options
    knob(app, "Data").select(f"upload:{'a' * 64}").run()
    assert not app.exception
    assert asked(app, "dataset") == f"upload:{'a' * 64}"
    assert json.loads(asked(app, "data"))["target"] == "sold"


def test_the_pictures_of_ones_own_studies_can_be_seen_by_a_cnn(opened: Opener, engine: Manager):
    app = opened("what_if", train="ask")
    dataset = {"id": f"upload:{'c' * 64}", "title": "Pets", "side": 48, "colour": True}
    dataset["classes"] = ["cat", "dog"]
    record(engine.store, "cccccccc", dataset=dataset)
    who = app.session_state["browser_id"]
    engine.store.readers.give("cccccccc", named(f"browser:{who}"))
    st.cache_data.clear()
    app.run()
    knob(app, "Data").select(dataset["id"]).run()
    assert not app.exception
    assert json.loads(asked(app, "data"))["side"] == 48
    families = next(c for c in app.segmented_control if c.label == "Model family")
    families.set_value("cnn").run()
    assert not app.exception
    assert {"Filters", "Flip", "Rotation", "Zoom", "Shift"} <= set(labels(app))


@pytest.mark.parametrize(("family", "dataset"), [("mlp", "iris"), ("cnn", "digits")])
def test_every_hyperparameter_that_has_a_meaning_has_a_knob(
    family: str, dataset: str, opened: Opener, monkeypatch: pytest.MonkeyPatch
):
    # One that nobody has thought of: whatever its group says, it is shown.
    new = replace(HYPERPARAMETERS["l1"], id="new", label="A new one", group="schedule")
    monkeypatch.setitem(HYPERPARAMETERS, "new", new)
    of_family.cache_clear()
    app = opened("what_if", train="ask", family=family, dataset=dataset, layers="2")
    of_family.cache_clear()
    request = app.session_state["what_if"].setting.request
    shown = {w.label for w in [*app.select_slider, *app.selectbox, *app.toggle]}
    expected = {HYPERPARAMETERS[name].label for name in request.config}
    assert expected <= shown
    assert "A new one" in shown


def place_of(hyperparameter: Hyperparameter) -> str:
    """The group of What-if in which a hyperparameter is shown where it has a meaning."""
    family, task = hyperparameter.families[-1], hyperparameter.tasks[-1]
    dataset = "digits" if task == "classification" or family == "cnn" else "diabetes"
    has = {h.id for h in of_family(family)}
    values = {parent: meant[-1] for parent, meant in hyperparameter.when.items() if parent in has}
    document = {"dataset": {"id": dataset}, "family": family, "values": values}
    groups = knobs_of(parse_training(document)).items()
    found = [group for group, shown in groups if hyperparameter.id in {h.id for h in shown}]
    assert len(found) == 1, f"What-if has no place for {hyperparameter.id}"
    return found[0]


@pytest.mark.parametrize("name", sorted({*HYPERPARAMETERS} - {"epochs"}))
def test_every_hyperparameter_has_its_place(name: str) -> None:
    assert place_of(HYPERPARAMETERS[name]) == HYPERPARAMETERS[name].group


def test_one_of_a_group_that_nobody_draws_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = replace(HYPERPARAMETERS["l1"], id="toy", group="elsewhere")  # type: ignore[arg-type]
    monkeypatch.setitem(HYPERPARAMETERS, "toy", toy)
    with pytest.raises(AssertionError, match="toy"):
        place_of(toy)


def test_layers_bring_knobs_of_their_own(opened: Opener):
    app = opened("what_if", train="ask", layers="3")
    assert {"Units of layer 1", "Units of layer 3"} <= labels(app)
    knob(app, "Units of layer 2").set_value(16).run()
    assert asked(app, "units_2") == "16"
    knob(app, "Units of layer 2").set_value("as the others").run()
    assert "units_2" not in app.query_params


def test_knobs_train_pin_and_go_on(opened: Opener, engine: Manager):
    app = opened("what_if", dataset="moons", units="4", epochs="3")
    session = app.session_state["what_if"]
    eventually(lambda: engine.trainings.get(session.current.training.id).state.ended, 120)
    app.run()
    assert "Run 1:" in words(app)
    assert len(app.session_state["what_if"].current.training.inside) == 4
    app.button(key="what-if-pin").click().run()
    knob(app, "Learning rate").set_value(0.1).run()
    eventually(lambda: engine.trainings.get(session.current.training.id).state.ended, 120)
    app.run()
    assert "learning rate 0.001 \u2192 0.1" in words(app)
    assert [run.pinned for run in session.runs] == [True]
    app.button(key="what-if-longer").click().run()
    assert asked(app, "epochs") == "8"
    eventually(lambda: engine.trainings.get(session.current.training.id).state.ended, 120)
    app.run()
    assert session.current.number == 2
    assert len(session.current.training.epochs) == 8
    reloaded = tab_of(app.session_state["browser_id"], **dict(app.query_params.items()))
    assert reloaded.session_state["what_if"].current.number == 2
    assert [run.number for run in reloaded.session_state["what_if"].runs] == [1]
    assert "learning rate 0.001 \u2192 0.1" in words(reloaded)
    app.button(key="what-if-rates").click().run()
    app.button(key="what-if-sweep").click().run()
    app.button(key="what-if-landscape").click().run()
    test = app.session_state["what_if_rates"]
    sweep = app.session_state["what_if_sweep"]
    ids = [test.id, *sweep.ids, app.session_state["what_if_landscape"].id]
    eventually(lambda: all(engine.trainings.get(id).state.ended for id in ids), 120)
    app.run()
    assert "Best with learning rate" in words(app)
    assert not app.exception
    assert "The loss rises" in words(app)
    assert "Dinh et al. 2017" in words(app)
    app.button(key="what-if-sweep-use").click().run()
    assert "low" in app.session_state["draft"]["space"]["learning_rate"]
    assert app.session_state["draft"]["space"]["units"] == 4
    before, after = session.runs[0].training, session.current.training
    assert effect(before, after).startswith("validation accuracy")
    spec = study_of_runs([before.request, after.request])
    assert [config["epochs"] for config in spec.listed] == [3, 8]
    app.switch_page("pages/what_if.py").run()
    app.button(key="what-if-keep").click().run()
    (study,) = engine.store.studies()
    assert engine.store.readers.of(study.id) == user_of(app)
    engine.stop(study.id)
    app.switch_page("pages/what_if.py").run()
    assert "Dinh et al. 2017" in words(app)
    knob(app, "Share for validation").set_value(0.4).run()
    assert "Dinh et al. 2017" not in words(app)


def test_what_changed_is_said_in_few_words():
    before = parse_training({"dataset": {"id": "moons"}})
    assert changes(before, before) == "nothing changed"
    assert setting_words(before) == "all defaults"
    after = before.changed(values={"optimizer": "sgd", "momentum": 0.9}, seed=3)
    said = changes(before, after)
    assert "optimizer adam \u2192 sgd" in said
    assert "momentum 0.9" in said
    assert changes(before, before.changed(dataset={"id": "iris"})) == "data Moons \u2192 Iris"
    assert changes(before, before.changed(family="linear")) == "MLP \u2192 Linear"
    many = {"units": 3, "layers": 1, "dropout": 0.1, "learning_rate": 0.1, "batch_size": 8}
    assert changes(before, before.changed(values=many)).endswith("2 more")


def test_what_changed_under_way_is_said_with_its_epoch():
    before = parse_training({"dataset": {"id": "moons"}, "epochs": 50})

    def under_way(*epochs: int):
        listed = [{"epoch": n, "values": {"dropout": n / 100, "l2": n / 10}} for n in epochs]
        return before.changed(changes=listed)

    said = "dropout 0 \u2192 0.12, L2 0 \u2192 1.2 from epoch 12 on"
    assert changes(before, under_way(12)) == setting_words(under_way(12)) == said
    assert changes(under_way(12), under_way(12, 20)).startswith("dropout 0.12 \u2192 0.2")
    assert changes(under_way(12), before) == "without what was changed under way"
    assert setting_words(under_way(*range(1, 9))).endswith("5 more changes")


def test_a_sweep_names_the_values_that_reached_the_same() -> None:
    assert equals([0.001, 0.0032, 0.01], 0.001) == "; 0.0032 and 0.01 reached the same."
    assert equals([0.001], 0.001) == "."
