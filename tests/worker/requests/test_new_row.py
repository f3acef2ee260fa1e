"""The best model answers a row of one's own as the file that is downloaded would."""

from __future__ import annotations

import json
import os
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import TypeAdapter

from tests.worker.conftest import Event, Study, WorkerClient, document, of_kind
from tuning_core.catalog.row_answer import Pixels, RowAnswer
from tuning_core.datasets import prepare, resolve
from tuning_core.spec.study import parse_spec

EIGHT = [[500, 100, 300, 300, 700, 600, 500, 900, 300, 600, 700, 300, 500, 100]]
TOWNS = random.Random(1).choices(("Rome", "Oslo", ""), k=120)
LINES = "size,town,day,kind\n" + "".join(
    f"{number % 7 if number % 9 else ''},{town},2024-01-{1 + number % 28:02},{'ab'[number % 2]}\n"
    for number, town in enumerate(TOWNS)
)
ROWS = ((3.0, "Rome", "2024-01-05"), (None, None, "2024-02-29"), (9.5, "elsewhere", ""))


def small(**fields: Any) -> dict[str, Any]:
    return document(budget={"trials": 1, "epochs": 3}, **fields)


def ask(worker: WorkerClient, study: Study, question: dict[str, Any] | None = None) -> Event:
    worker.send(
        command="new_row",
        study=study.id,
        home=str(study.home),
        request="n1",
        server=os.getpid(),
        question=question,
    )
    return worker.until(of_kind("reply"))[-1]


def answer(worker: WorkerClient, study: Study, question: dict[str, Any]) -> RowAnswer:
    reply = ask(worker, study, question)
    assert reply["ok"], reply
    return TypeAdapter(RowAnswer).validate_python(reply["result"]["answer"])


def downloaded(worker: WorkerClient, study: Study) -> keras.Model:
    """The model of the file that the page gives away."""
    reply = worker.ask("export_model", study)
    assert reply["ok"], reply
    return keras.models.load_model(reply["result"]["path"])


def table_study(make_study: Any, folder: Path, lines: str = LINES) -> Study:
    """A study of a table, by default one with texts, dates and gaps, not trained yet."""
    path = folder / "rows.csv"
    path.write_text(lines)
    dataset = {"id": f"csv:{path}", "target": "kind"}
    study: Study = make_study(document())
    resolved = resolve(small(dataset=dataset), folder, local_files=True)
    (study.folder / "spec.json").write_text(parse_spec(resolved, local_files=True).to_json())
    return study


def test_a_drawing_is_answered_as_by_the_file_that_is_downloaded(
    worker: WorkerClient, make_study: Any
) -> None:
    study = make_study(small(dataset={"id": "digits"}))
    worker.run(study)
    form = ask(worker, study)["result"]["form"]
    assert form == {"rows": 1258, "total": 1258, "columns": [], "more": 0, "held": 0}
    model = downloaded(worker, study)
    for question in ({"strokes": EIGHT}, {"row": 5}):
        said = answer(worker, study, question)
        assert said.picture is not None
        raw = np.rint(said.picture.array() / 255 * 16).reshape(1, 64)
        assert said.prediction == pytest.approx(model.predict(raw, verbose=0)[0], abs=1e-6)
        assert said.classes[said.winner] == str(np.argmax(said.prediction))
        assert sum(said.prediction) == pytest.approx(1, abs=1e-5)


def test_the_nearest_training_rows_are_those_of_a_search_through_all(
    worker: WorkerClient, make_study: Any, tmp_path: Path
) -> None:
    study = make_study(small(dataset={"id": "digits"}))
    worker.run(study)
    said = answer(worker, study, {"row": 12})
    train = prepare(parse_spec({"dataset": {"id": "digits"}}).dataset, tmp_path).train
    distances = np.linalg.norm(train.x - train.x[11], axis=1)
    order = np.argsort(distances)[1:7]
    assert [near.row for near in said.nearest] == list(order + 1)
    assert [near.distance for near in said.nearest] == pytest.approx(distances[order], abs=1e-5)
    assert [near.truth for near in said.nearest] == [str(train.y[place]) for place in order]
    assert all(near.picture is not None for near in said.nearest)


def test_a_row_of_a_table_is_answered_as_by_the_file_that_is_downloaded(
    worker: WorkerClient, make_study: Any, tmp_path: Path
) -> None:
    study = table_study(make_study, tmp_path)
    worker.run(study)
    columns = {column["name"]: column for column in ask(worker, study)["result"]["form"]["columns"]}
    assert columns["size"]["kind"] == "number"
    assert (columns["size"]["low"], columns["size"]["high"]) == (0, 6)
    assert (columns["size"]["gaps"], columns["size"]["whole"]) == (True, True)
    assert columns["town"]["words"] == ["Oslo", "Rome"]
    assert columns["day"]["kind"] == "date"
    model = downloaded(worker, study)
    for size, town, day in (
        (3.0, "Rome", "2024-01-05"),
        (None, None, "2024-02-29"),
        (9.5, "X", ""),
    ):
        cells = {"size": size, "town": town, "day": day or None}
        said = answer(worker, study, {"row": 1, "cells": cells})
        days = np.nan if not day else (np.datetime64(day) - np.datetime64("1970-01-01")).astype(int)
        inputs = {
            "size": tf.constant([[np.nan if size is None else size]], tf.float32),
            "town": tf.constant([[town or ""]]),
            "day": tf.constant([[days]], model.input["day"].dtype),
        }
        assert said.prediction == pytest.approx(model.predict(inputs, verbose=0)[0], abs=1e-6)
        assert said.cells == cells


def test_what_a_column_changes_is_what_asking_with_it_changed_says(
    worker: WorkerClient, make_study: Any, tmp_path: Path
) -> None:
    study = table_study(make_study, tmp_path)
    worker.run(study)
    start = answer(worker, study, {"row": 3})
    assert [effect.spread for effect in start.effects] == sorted(
        (effect.spread for effect in start.effects), reverse=True
    )
    for effect in start.effects:
        for place in (0, len(effect.values) - 1):
            cells = {**start.cells, effect.name: effect.values[place]}
            said = answer(worker, study, {"row": 3, "cells": cells})
            asked = said.prediction[start.winner]
            assert asked == pytest.approx(effect.answers[place], abs=1e-5)
            assert effect.winners[place] == said.winner
            now = next(other for other in said.effects if other.name == effect.name)
            assert now.here == place


def test_a_table_of_texts_alone_is_answered_without_what_a_column_changes(
    worker: WorkerClient, make_study: Any, tmp_path: Path
) -> None:
    words = ("a fine day at the sea", "a dull wait in the rain")
    trips = "".join(f"{words[n % 2]} on trip {n},{'ab'[n % 2]}\n" for n in range(60))
    study = table_study(make_study, tmp_path, f"said,kind\n{trips}")
    worker.run(study)
    said = answer(worker, study, {"row": 1})
    assert (len(said.prediction), said.effects) == (2, ())


def test_a_regression_answers_in_its_own_unit(worker: WorkerClient, make_study: Any) -> None:
    study = make_study(small(dataset={"id": "diabetes"}, objective="val_mae"))
    worker.run(study)
    said = answer(worker, study, {"row": 1})
    values = np.array([[said.cells[name] for name in said.cells]], dtype=np.float64)
    value = downloaded(worker, study).predict(values, verbose=0)[0]
    assert said.prediction == pytest.approx(value, rel=1e-5)
    assert said.below is not None
    assert 0 <= said.below <= 1
    assert all(25 <= float(near.truth) <= 346 for near in said.nearest)
    assert said.effects[0].winners == ()


def test_folds_answer_with_the_model_that_was_refitted(
    worker: WorkerClient, make_study: Any
) -> None:
    study = make_study(small(cross_validation={"folds": 2}))
    worker.run(study)
    # All rows outside the test part.
    assert ask(worker, study)["result"]["form"]["rows"] == 135
    said = answer(worker, study, {"row": 1})
    raw = np.array([list(said.cells.values())], dtype=np.float64)
    found = downloaded(worker, study).predict(raw, verbose=0)[0]
    assert said.prediction == pytest.approx(found, abs=1e-6)


def test_weights_that_were_replaced_answer_at_the_next_question(
    worker: WorkerClient, make_study: Any
) -> None:
    first, second = (make_study(small(dataset={"id": "iris"}, seed=seed)) for seed in (1, 2))
    worker.run(first)
    worker.run(second)
    before, other = (answer(worker, study, {"row": 1}) for study in (first, second))
    assert before.prediction != other.prediction
    (first.folder / "best.npz").write_bytes((second.folder / "best.npz").read_bytes())
    assert answer(worker, first, {"row": 1}).prediction == pytest.approx(other.prediction)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"cells": {}}, "The form is empty: fill in a value"),
        ({"cells": {"size": None, "town": "", "day": None}}, "The form is empty"),
        ({"cells": {"size": "large"}}, "size: expected a number such as 6, received 'large'."),
        ({"cells": {"size": True}}, "size: expected a number"),
        ({"cells": {"town": 7}}, "town: expected a text, received '7'."),
        ({"cells": {"day": "soon"}}, "day: expected a date such as 2024-01-28, received 'soon'."),
        ({"cells": {"colour": "red"}}, "does not have this study's columns"),
        ({"cells": [1, 2]}, "does not have this study's columns"),
        ({"row": 0}, "row: expected the number of a training row, 1 to "),
        ({"row": 1e3}, "row: expected the number of a training row"),
        ({"row": True}, "row: expected the number of a training row"),
    ],
)
def test_a_form_that_says_nothing_is_answered_with_a_sentence(
    question: dict[str, Any], said: str, worker: WorkerClient, table: Study
) -> None:
    reply = ask(worker, table, question)
    assert not reply["ok"]
    assert said in reply["error"]


def test_a_number_that_this_model_cannot_miss_is_asked_for(
    worker: WorkerClient, make_study: Any
) -> None:
    study = make_study(small(dataset={"id": "iris"}))
    worker.run(study)
    reply = ask(worker, study, {"cells": {"sepal length": 5.0, "sepal width": None}})
    assert "sepal width: is not filled in" in reply["error"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"strokes": []}, "The pad is empty"),
        ({"strokes": [[1, 5_000]]}, "is no drawing"),
        ({"picture": {"shape": [8, 8, 3], "data": "AAAA"}}, "What came is no picture"),
        ({"picture": {"shape": [9_999, 9_999, 3], "data": ""}}, "What came is no picture"),
        ({"picture": "x"}, "What came is no picture"),
    ],
)
def test_a_picture_that_is_none_is_answered_with_a_sentence(
    question: dict[str, Any], said: str, worker: WorkerClient, digits: Study
) -> None:
    reply = ask(worker, digits, question)
    assert not reply["ok"]
    assert said in reply["error"]


def test_a_photograph_of_ink_on_paper_is_seen_as_a_drawing(
    worker: WorkerClient, digits: Study
) -> None:
    paper = np.full((64, 64, 3), 220, np.uint8)
    paper[10:54, 30:35] = 20
    said = answer(worker, digits, {"picture": asdict(Pixels.of(paper))})
    assert said.picture is not None
    shown = said.picture.array()
    assert shown[:, 0].max() == 0
    assert shown[4, 3:5].sum() > 200


@pytest.fixture(scope="module")
def digits(worker: WorkerClient, tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = Study(tmp_path_factory.mktemp("digits"), "10000000", small(dataset={"id": "digits"}))
    worker.run(study)
    return study


@pytest.fixture(scope="module")
def table(worker: WorkerClient, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("table")
    study = table_study(lambda spec: Study(folder, "10000000", spec), folder)
    worker.run(study)
    return study


def test_a_network_of_what_if_answers_as_a_study_that_trained_the_same_exports_it(
    worker: WorkerClient, make_study: Any, tmp_path: Path
) -> None:
    study = make_study(
        document(dataset={"id": "digits"}, space={"units": 8}, budget={"trials": 1, "epochs": 2})
    )
    worker.run(study)
    spec = json.loads((study.folder / "spec.json").read_text())
    training = {"dataset": spec["dataset"], "values": {"units": 8}, "seed": spec["seed"]}
    asked = {"home": str(tmp_path), "request": "t1", "training": {**training, "epochs": 2}}

    def trained() -> Any:
        worker.send(command="trained_row", **asked, epochs=2, question={"strokes": EIGHT})
        reply = worker.until(of_kind("reply"))[-1]
        assert reply["ok"], reply
        return TypeAdapter(RowAnswer).validate_python(reply["result"]["answer"])

    worker.send(command="train", **asked)
    assert worker.until(of_kind("reply"))[-1]["ok"]
    said = trained()
    assert said == answer(worker, study, {"strokes": EIGHT})
    # What goes on from it takes the place of what was kept: it is trained again, alike.
    worker.send(command="train", **{**asked, "training": {**training, "epochs": 3}})
    assert worker.until(of_kind("reply"))[-1]["result"]["epochs"] == 3
    assert trained() == said
