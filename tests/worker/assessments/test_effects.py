"""What drives the answers of the very model that is downloaded, asked of rows new to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import partial_dependence

from tests.worker.conftest import Study, WorkerClient, document, of_kind
from tests.worker.requests.test_new_row import downloaded, table_study
from tuning_core.datasets import load_rows, split
from tuning_core.home.model_files import ModelFile, keep_model
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.questions.best_model import read_predictions
from tuning_core.manager.questions.own_models import Description, completed
from tuning_core.model_export import ExportError
from tuning_core.spec.decision import Decision
from tuning_core.spec.effects import DependenceOptions, HeldOutOptions, SlicesOptions
from tuning_core.spec.study import parse_spec
from tuning_core.worker.assessments import columns, dependence, held_out, slices
from tuning_core.worker.assessments.asked import Asked, Stopped


def asked(study: Study, options: HeldOutOptions, **given: Any) -> Asked:
    files = StudyFiles(study.folder)
    spec = parse_spec(files.spec.read_text(), local_files=True)
    return Asked(study.id, files, spec, study.home, options, **given)


def small(**fields: Any) -> dict[str, Any]:
    return document(budget={"trials": 1, "epochs": 6}, **fields)


@pytest.fixture(scope="module")
def cancer(worker: WorkerClient, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A finished study of a table of numbers."""
    spec = small(dataset={"id": "breast_cancer"}, objective="val_auc")
    study = Study(tmp_path_factory.mktemp("cancer") / "home", "10000000", spec)
    worker.run(study)
    return study


class Downloaded(ClassifierMixin, BaseEstimator):
    """A model of a file as scikit-learn knows classifiers."""

    def __init__(self, model: Any = None) -> None:
        self.model = model
        self.classes_ = np.array([0, 1])

    def fit(self, x: Any, y: Any) -> Downloaded:
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.model(x.astype(np.float32)), np.float64)


def test_columns_are_judged_by_the_metric_of_the_study(cancer: Study) -> None:
    found = columns.assess(asked(cancer, HeldOutOptions()))
    assert (found["part"], found["rows"], found["metric"]) == ("validation", 114, "auc")
    score = next(e["score"] for e in cancer.journal if e["kind"] == "trial_ended")
    assert found["score"] == pytest.approx(score, abs=1e-6)
    drops = [each["drop"] for each in found["columns"]]
    assert len(drops) == 30
    assert drops == sorted(drops, reverse=True)
    assert all(each["low"] <= each["drop"] <= each["high"] for each in found["columns"])
    with pytest.raises(ExportError, match="has not been revealed"):
        columns.assess(asked(cancer, HeldOutOptions(part="test")))


def test_what_was_computed_before_a_stop_is_kept(cancer: Study) -> None:
    whole = columns.assess(asked(cancer, HeldOutOptions()))
    calls = iter(range(1_000))
    halfway = asked(cancer, HeldOutOptions(), stops=lambda: next(calls) > 20)
    with pytest.raises(Stopped):
        columns.assess(halfway)
    assert 0 < len(halfway.kept) < 30
    again = asked(cancer, HeldOutOptions(), kept=dict(halfway.kept))
    assert columns.assess(again) == whole


def test_dependence_is_that_of_the_downloaded_file(cancer: Study, worker: WorkerClient) -> None:
    # A temperature that was chosen is inside it.
    trial = next(e["trial"] for e in cancer.journal if e["kind"] == "trial_ended")
    decided = Decision(trial=trial, temperature=3.0)
    (cancer.folder / "decision.json").write_text(decided.model_dump_json())
    found = dependence.assess(asked(cancer, DependenceOptions(column="mean area")))
    spec = asked(cancer, HeldOutOptions()).spec
    raw = load_rows(spec.dataset, cancer.home)
    rows = raw.x[split(raw, spec.dataset).validation]
    place = found["names"].index("mean area")
    theirs = partial_dependence(
        Downloaded(downloaded(worker, cancer)), rows, [place], kind="both", method="brute",
        response_method="predict_proba", custom_values={place: np.array(found["numbers"])},
    )  # fmt: skip
    assert found["class"] == spec.dataset_info.class_names[1]
    assert found["average"] == pytest.approx(theirs["average"][-1], abs=1e-6)
    assert len(found["curves"]) == 60
    assert found["curves"][0] == pytest.approx(theirs["individual"][-1][0], abs=1e-6)
    both = dependence.assess(
        asked(cancer, DependenceOptions(column="mean area", second="mean texture"))
    )
    assert np.sum(both["counts"]) == len(rows)
    assert np.array(both["average"]).shape == tuple(map(len, both["grids"]))
    for wrong, words in (
        (DependenceOptions(column="nothing"), "expected one of mean radius"),
        (DependenceOptions(of_class="x"), "expected one of malignant, benign"),
        (DependenceOptions(column="mean area", second="mean area"), "another column"),
    ):
        with pytest.raises(ExportError, match=words):
            dependence.assess(asked(cancer, wrong))


def test_slices_add_up_to_all_rows(cancer: Study) -> None:
    found = slices.assess(asked(cancer, SlicesOptions(column="mean area")))
    assert sum(one["rows"] for one in found["slices"]) == found["rows"] == 114
    every = slices.assess(asked(cancer, SlicesOptions()))
    assert {one["column"] for one in every["slices"]} >= {"mean area", "diagnosis (true)"}
    assert every["count"] >= 150


def test_texts_dates_and_gaps_are_columns_too(
    worker: WorkerClient, make_study: Any, tmp_path: Path
) -> None:
    study = table_study(make_study, tmp_path)
    worker.run(study)
    found = columns.assess(asked(study, HeldOutOptions()))
    assert {each["column"]: each["kind"] for each in found["columns"]} == {
        "size": "number", "town": "category", "day": "date",
    }  # fmt: skip
    town = dependence.assess(asked(study, DependenceOptions(column="town")))
    assert {*town["grid"]} <= {"Rome", "Oslo", None}
    assert sum(town["counts"]) == found["of_rows"]
    day = dependence.assess(asked(study, DependenceOptions(column="day", second="town")))
    assert all(text.startswith("2024-01-") for text in day["grids"][0])
    names = {one["name"] for one in slices.assess(asked(study, SlicesOptions()))["slices"]}
    assert {"Rome", "missing", "a"} <= names


def test_folds_have_rows_once_the_test_part_is_revealed(
    worker: WorkerClient, make_study: Callable[..., Study]
) -> None:
    study = make_study(small(cross_validation={"folds": 2}, dataset={"id": "diabetes"}))
    worker.run(study)
    with pytest.raises(ExportError, match="reveal the test score first"):
        columns.assess(asked(study, HeldOutOptions()))
    described = dependence.assess(asked(study, DependenceOptions()))
    assert (described["part"], described["class"]) == ("training", "")
    worker.ask("test", study)
    found = columns.assess(asked(study, HeldOutOptions()))
    assert (found["part"], found["metric"], found["rows"]) == ("test", "mae", 44)
    assert found["columns"][0]["sure"]


def test_pictures_have_no_columns_but_slices_of_their_classes(
    worker: WorkerClient, make_study: Callable[..., Study]
) -> None:
    study = make_study(small(dataset={"id": "digits"}))
    worker.run(study)
    for assess, options in ((columns, HeldOutOptions()), (dependence, DependenceOptions())):
        with pytest.raises(ExportError, match="a pixel is no column"):
            assess.assess(asked(study, options))
    found = slices.assess(asked(study, SlicesOptions()))["slices"]
    assert {one["column"] for one in found} == {"digit (true)"}
    assert len(found) == 10


OWN = """
import keras
import numpy as np
from sklearn.datasets import load_wine


def load_data():
    x, y = load_wine(return_X_y=True)
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32")
    even = np.arange(len(x)) % 2 == 0
    return (x[even], y[even]), (x[~even], y[~even])


def build_model(hp):
    units = hp.Int("units", 4, 8)
    layers = [keras.layers.Dense(units, "relu"), keras.layers.Dense(3, "softmax")]
    model = keras.Sequential([keras.Input((13,)), *layers])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""


def test_rows_of_ones_own_are_columns_by_number(
    worker: WorkerClient, make_study: Callable[..., Study], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    model = ModelFile(tmp_path / "mine.py", "build_model")
    told = {"command": "describe_model", "path": str(model.path), "name": model.name}
    worker.send(**told, home="", dataset=None, request="described")
    reply = worker.until(of_kind("reply"))[-1]
    assert reply["ok"], reply
    spec = {"budget": {"trials": 1, "epochs": 5}, "objective": "val_loss"}
    study = make_study(completed(spec, model, Description(**reply["result"])))
    keep_model(model, StudyFiles(study.folder))
    worker.run(study)
    found = columns.assess(asked(study, HeldOutOptions()))
    assert {each["column"] for each in found["columns"]} == {f"column {n + 1}" for n in range(13)}
    assert (found["metric"], found["stands_for"], found["rows"]) == (
        "accuracy", "validation loss", 89,
    )  # fmt: skip
    there = dependence.assess(asked(study, DependenceOptions(column="column 7")))
    assert (there["class"], there["rows"]) == ("class 0", 89)
    (folder := StudyFiles(study.folder)).assessments.mkdir(exist_ok=True)
    assert held_out.assess(asked(study, HeldOutOptions()))["rows"] == 89
    kept = read_predictions(folder.answers("held_out"))
    assert kept is not None
    assert (kept.predicted == kept.truth).mean() == pytest.approx(found["score"])
    assert len(slices.assess(asked(study, SlicesOptions(column="column 7")))["slices"]) == 5
