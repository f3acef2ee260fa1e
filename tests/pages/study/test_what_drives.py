"""What drives the best model's answers, drawn of what a worker has found out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tests.pages.study.test_own_and_recorded import store
from tests.pages.study.test_study_tabs import charts, showing
from tests.spec.own import recorded_spec
from tuning_core.findings import effect_words as words
from tuning_core.manager import Manager

STUDY = "aaaaaaaa"
COMMON = {"part": "validation", "rows": 30, "metric": "accuracy", "stands_for": ""}
COLUMNS: dict[str, Any] = {
    **COMMON, "of_rows": 30, "repeats": 10, "score": 0.9,
    "columns": [
        {"column": "petal length", "kind": "number", "drop": 0.4, "low": 0.2, "high": 0.5,
         "shuffles": 0.1, "sure": True},
        {"column": "sepal width", "kind": "number", "drop": 0.01, "low": -0.1, "high": 0.1,
         "shuffles": 0.1, "sure": False},
    ],
}  # fmt: skip
DEPENDENCE: dict[str, Any] = {
    "part": "validation", "rows": 30, "of_rows": 30, "class": "virginica", "target": "species",
    "names": ["petal length", "sepal width"], "classes": ["setosa", "virginica"],
    "column": "petal length", "kind": "number", "grid": [1.0, 5.0], "numbers": [1.0, 5.0],
    "average": [0.9, 0.2], "curves": [[0.9, 0.3], [0.1, 0.2]], "against": 0.25,
    "counts": [{"low": 1.0, "high": 5.0, "rows": 30}], "missing": 0, "more_words": 0,
}  # fmt: skip
SLICE = {"column": "petal length", "rest": 0.95, "chance": 0.01, "worse": True}
SLICES: dict[str, Any] = {
    **COMMON, "score": 0.9, "low": 0.8, "high": 0.97, "names": ["petal length"],
    "tested": 2, "count": 3,
    "slices": [
        {**SLICE, "name": "below 2", "rows": 15, "value": 0.6, "low": 0.4, "high": 0.8},
        {**SLICE, "name": "from 2", "rows": 14, "value": 1.0, "low": 0.8, "high": 1.0,
         "chance": 1.0, "worse": False},
        {**SLICE, "name": "missing", "rows": 1, "value": 0.0, "low": None, "high": None,
         "rest": None, "chance": None, "worse": False},
    ],
}  # fmt: skip


def keep(engine: Manager, id: str, result: dict[str, Any], **options: str) -> None:
    """What a worker would have kept."""
    question = engine.assessments._question(STUDY, id, options)
    question.path.parent.mkdir(parents=True, exist_ok=True)
    question.path.write_text(json.dumps({"made_of": question.made_of, "result": result}))


def test_columns_dependence_and_slices_are_drawn(opened: Opener, engine: Manager) -> None:
    record(engine.store, STUDY, dataset={"id": "iris"})
    keep(engine, "columns", COLUMNS)
    keep(engine, "slices", SLICES)
    chosen = {"column": "petal length", "of_class": "setosa"}
    keep(engine, "dependence", DEPENDENCE, **chosen)
    app = opened("study", id=STUDY)
    app.session_state["model-view"] = "what_drives"
    said = showing(app, "Best model")
    assert "Dealing out the values of petal length to other rows costs 40.0 points." in said
    assert "1 of 2 columns costs no more than luck explains." in said
    assert "goes from 90 % (petal length 1) to 20 % (petal length 5)" in said
    assert "From end to end 25 % of the rows go the other way." in said
    assert "Of 2 slices 1 is worse than the rest beyond luck: petal length below 2." in said
    assert charts(app) >= {"drives-columns"}
    # A click on a bar chooses the column.
    keep(engine, "dependence", {**DEPENDENCE, "column": "sepal width"},
         column="sepal width", of_class="setosa")  # fmt: skip
    app.session_state[f"drives-columns-{STUDY}"] = {
        "selection": {"column": [{"column": "sepal width"}]}
    }
    assert "(sepal width 1)" in showing(app, "Best model")
    assert app.selectbox(key="drives-column").value == "sepal width"


def test_what_was_recorded_elsewhere_says_why_not(opened: Opener, engine: Manager) -> None:
    store(engine, STUDY, recorded_spec(), 0)
    app = opened("study", id=STUDY)
    app.session_state["model-view"] = "what_drives"
    assert "its models are not here" in showing(app, "Best model")


def test_folds_show_what_their_model_does_before_its_rows_are_revealed(
    opened: Opener, engine: Manager
) -> None:
    record(engine.store, STUDY, dataset={"id": "iris"}, cross_validation={"folds": 2})
    keep(engine, "dependence", {**DEPENDENCE, "part": "training"})
    keep(engine, "dependence", {**DEPENDENCE, "part": "training"},
         column="petal length", of_class="setosa")  # fmt: skip
    app = opened("study", id=STUDY)
    app.session_state["model-view"] = "what_drives"
    said = showing(app, "Best model")
    assert "shows once the test score is revealed" in said
    assert "it says what it does, not how well" in said
    assert "Which columns it rests on" not in said


def test_pictures_have_no_columns(opened: Opener, engine: Manager) -> None:
    record(engine.store, STUDY)
    keep(engine, "slices", {**SLICES, "names": []})
    app = opened("study", id=STUDY)
    app.session_state["model-view"] = "what_drives"
    assert "a pixel is no column" in showing(app, "Best model")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({**COLUMNS, "columns": COLUMNS["columns"][1:]}, "loses no more than luck explains"),
        ({**COLUMNS, "stands_for": "validation loss"}, "Accuracy (for validation loss) is 90.0 %"),
        ({**COLUMNS, "metric": "mae", "score": 145.2}, "costs 0.4"),
    ],
)
def test_columns_in_words(found: dict[str, Any], said: str) -> None:
    assert said in words.columns_words(found)


def test_a_map_and_slices_in_words() -> None:
    pair = {**DEPENDENCE, "second": "town", "grids": [[1.0, 2.0], ["Rome", None]],
            "average": [[0.1, 0.9], [0.4, 0.99]], "counts": [[1, 2], [3, 0]]}  # fmt: skip
    assert "10 % at 1 and Rome is lowest, 90 % at 1 and missing highest" in words.pair_words(pair)
    none = {**SLICES, "slices": SLICES["slices"][1:]}
    assert "Of 2 slices none is worse" in words.slices_words(none)
    assert "enough rows" in words.slices_words({**SLICES, "tested": 0})
