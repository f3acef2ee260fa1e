"""Compare: studies of the address, what differs between them, and what cannot be compared."""

from __future__ import annotations

from typing import Any

import pytest

from pages.components.compare.chosen import MOST, short_labels
from pages.components.compare.differences import differences
from pages.components.shared.errors import SENTENCE
from tests.pages.conftest import Opener, words
from tests.pages.library.test_library import with_menu
from tests.pages.recorded import record
from tests.spec.example import EXAMPLE
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec

UNITS = {"units": {"low": 16, "high": 128, "step": 16}}


def test_studies_of_the_address_are_compared(opened: Opener, engine: Manager) -> None:
    record(engine.store, "aaaaaaaa", name="Digits, one")
    record(engine.store, "bbbbbbbb", name="Digits, two", space=UNITS, seed=7)
    app = opened("compare", ids="aaaaaaaa,bbbbbbbb")
    said = words(app)
    assert SENTENCE not in said
    assert [link.proto.label for link in app.get("page_link")][-2:] == [
        "Digits\\, one", "Digits\\, two"
    ]  # fmt: skip
    assert "Seed of the search</th><td>1</td><td>7</td>" in said
    assert "16 to 128, step 16" not in said  # Both search the same units.
    assert "Too few trials with a score: one (3)." in said
    assert "Not searched in all of them: learning rate" in said
    assert len(app.get("vega_lite_chart")) == 3
    assert said.count('class="ts-key"') == 4  # Beside the two pictures without names at lines.
    app.segmented_control(key="compare-against").set_value("Trials").run()
    assert app.query_params["against"] in ("trials", ["trials"])
    app.multiselect(key="compare-studies").unselect("aaaaaaaa").run()
    assert app.query_params["ids"] in ("bbbbbbbb", ["bbbbbbbb"])
    assert "Choose another study" in words(app)


def test_nothing_one_gone_and_too_many(opened: Opener, engine: Manager) -> None:
    assert "Choose two or more studies" in words(opened("compare"))
    ids = [f"study{n:03}" for n in range(MOST + 1)]
    for study_id in ids:
        record(engine.store, study_id, trials=0)
    said = words(opened("compare", ids=f"{ids[0]},gone0000,../../etc"))
    assert "2 studies of the address are not here" in said
    app = opened("compare", ids=",".join(ids))
    assert f"The first {MOST} are shown" in words(app)
    assert len(app.multiselect(key="compare-studies").value) == MOST
    assert SENTENCE not in words(app)


def test_what_cannot_be_compared_is_said_and_the_rest_is(opened: Opener, engine: Manager) -> None:
    record(engine.store, "aaaaaaaa", name="one")
    record(engine.store, "bbbbbbbb", name="two", objective="val_loss", trials=0)
    record(engine.store, "cccccccc", name="three", dataset={"id": "wine"}, trials=0)
    app = opened("compare", ids="aaaaaaaa,bbbbbbbb,cccccccc")
    assert "different objectives" in app.info[0].value
    assert "different data" in app.info[0].value
    assert len(app.get("vega_lite_chart")) == 3
    assert "No score yet: three." in words(app)
    assert "No score yet: two." in words(app)


def test_a_study_that_runs_is_shown_and_one_that_cannot_be_read_left_out(
    opened: Opener, engine: Manager
) -> None:
    record(engine.store, "aaaaaaaa", name="one", trials=0, status="running")
    record(engine.store, "bbbbbbbb", name="two")
    engine.store.set_spec("bbbbbbbb", "[1")
    app = opened("compare", ids="aaaaaaaa,bbbbbbbb")
    assert SENTENCE not in words(app)
    assert "No score yet: one." in words(app)


def spec(**fields: Any) -> Any:
    return parse_spec({**EXAMPLE, **fields})


def test_only_what_differs_is_told() -> None:
    same = {**EXAMPLE["space"], "dropout": 0.0, "batch_size": 32}
    assert differences([spec(), spec(space=same, name="another")]) == []
    other = {**EXAMPLE["space"], "batch_size": {"choices": [16, 32]}}
    found = differences(
        [spec(), spec(space=other, strategy={"id": "tpe"}, cross_validation={"folds": 5})]
    )
    assert found == [
        ("strategy", ["Random search", "TPE"]),
        ("folds", ["\u2013", "5"]),
        ("batch size", ["32", "16, 32"]),
    ]


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["Digits, one", "Digits, two"], ["one", "two"]),
        (["Digits", "Digits, two"], ["Digits", "Digits, two"]),
        (["one", "one"], ["one aaaaaaaa", "one bbbbbbbb"]),
        (["Digits"], ["Digits"]),
    ],
)
def test_labels_say_what_tells_names_apart(
    names: list[str], labels: list[str], engine: Manager
) -> None:
    for study_id, name in zip(("aaaaaaaa", "bbbbbbbb"), names, strict=False):
        record(engine.store, study_id, name=name, trials=0)
    studies = [engine.store.study(i) for i in ("aaaaaaaa", "bbbbbbbb")[: len(names)]]
    assert short_labels([study for study in studies if study]) == labels


def test_studies_are_chosen_in_the_library(opened: Opener, engine: Manager) -> None:
    for study_id in ("aaaaaaaa", "bbbbbbbb"):
        record(engine.store, study_id, trials=0)
    app = opened("library")
    for study_id in ("aaaaaaaa", "bbbbbbbb"):
        with_menu(app, study_id).button(key=f"do-compare-{study_id}").click().run()
    assert "2 studies chosen" in words(app)
    app.button(key=f"do-compare-{study_id}").click().run()
    app.button(key="compare-chosen").click().run()
    assert app.multiselect(key="compare-studies").value == ["aaaaaaaa"]
