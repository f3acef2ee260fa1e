"""The best model's answers to rows that it never trained on are kept with some of the rows."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.conftest import Event, Study, WorkerClient, document, of_kind
from tuning_core.datasets import resolve
from tuning_core.spec.study import parse_spec
from tuning_core.training.checkpoints import read_arrays
from tuning_core.worker.requests.answers import MOST_ROWS, shown_places


def ask(worker: WorkerClient, study: Study, part: str) -> Event:
    worker.send(
        command="answers",
        study=study.id,
        home=str(study.home),
        request="a1",
        server=os.getpid(),
        part=part,
    )
    return worker.until(of_kind("reply"))[-1]


def kept(study: Study, part: str) -> tuple[dict[str, list[np.ndarray]], dict[str, Any]]:
    return read_arrays(study.folder / f"answers-{part}.npz")


def small(**fields: Any) -> dict[str, Any]:
    return document(budget={"trials": 1, "epochs": 2}, **fields)


def test_answers_agree_with_the_score_of_the_study(worker: WorkerClient, make_study: Any) -> None:
    study = make_study(small(dataset={"id": "digits"}))
    worker.run(study)
    refused = ask(worker, study, "test")
    assert "has not been revealed" in refused["error"]
    assert ask(worker, study, "validation")["ok"]
    arrays, meta = kept(study, "validation")
    truth, said, sure = (arrays[name][0] for name in ("truth", "said", "sure"))
    score = next(e["score"] for e in study.journal if e["kind"] == "trial_ended")
    assert np.mean(truth == said) == pytest.approx(score)
    value, low, high, rows = meta["metrics"]["accuracy"]
    assert (value, rows) == (pytest.approx(score), len(truth))
    assert low < value < high
    assert meta["metrics"]["loss"][1] < meta["metrics"]["loss"][0]
    assert 0.1 <= sure.min() <= sure.max() <= 1
    shown, pictures = arrays["shown"][0], arrays["pictures"][0]
    assert pictures.shape == (len(shown), 8, 8)
    assert pictures.max() == 255
    wrong = np.flatnonzero(truth != said)
    assert np.isin(wrong, shown).mean() > 0.9


def test_the_test_part_shows_once_it_is_revealed(worker: WorkerClient, make_study: Any) -> None:
    study = make_study(small(dataset={"id": "breast_cancer"}))
    worker.run(study)
    tested = worker.ask("test", study)["result"]
    assert ask(worker, study, "test")["ok"]
    arrays, meta = kept(study, "test")
    assert {name: meta["metrics"][name][0] for name in tested} == pytest.approx(tested)
    assert len(arrays["truth"][0]) == 57
    assert len(meta["columns"]) == len(arrays["columns"]) == 30


def test_a_regression_keeps_its_values_in_original_units(
    worker: WorkerClient, make_study: Any
) -> None:
    study = make_study(small(dataset={"id": "diabetes"}))
    worker.run(study)
    assert ask(worker, study, "validation")["ok"]
    arrays, meta = kept(study, "validation")
    assert 100 < arrays["truth"][0].mean() < 200
    error = np.abs(arrays["truth"][0] - arrays["said"][0]).mean()
    assert meta["metrics"]["mae"][0] == pytest.approx(error)
    assert set(meta["metrics"]) == {"mae", "mse", "r2", "loss"}


def test_a_table_keeps_texts_dates_and_gaps(
    worker: WorkerClient, make_study: Any, tmp_path: Path
) -> None:
    rng = random.Random(1)
    lines = ["size,town,day,kind"]
    for number in range(120):
        size = "" if number % 9 == 0 else f"{rng.gauss(10, 3):.2f}"
        town = rng.choice(("Rome", "Oslo", "Bergen", "", "x" * 90))
        lines.append(f"{size},{town},2024-01-{1 + number % 28:02},{'ab'[number % 2]}")
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    dataset = {"id": f"csv:{path}", "target": "kind"}
    study = make_study(document())
    resolved = resolve(small(dataset=dataset), tmp_path, local_files=True)
    (study.folder / "spec.json").write_text(parse_spec(resolved, local_files=True).to_json())
    worker.run(study)
    said = ask(worker, study, "validation")
    assert said["ok"], said
    arrays, meta = kept(study, "validation")
    columns = dict(zip(meta["columns"], arrays["columns"], strict=True))
    assert columns["size"].dtype == np.float64
    assert {*columns["town"]} == {"Rome", "Oslo", "Bergen", "", "x" * 79 + "…"}
    assert all(day.startswith("2024-01-") for day in columns["day"])


def test_folds_have_no_validation_rows_that_are_new(worker: WorkerClient, make_study: Any) -> None:
    study = make_study(small(cross_validation={"folds": 2}))
    worker.run(study)
    assert "refitted on all rows" in ask(worker, study, "validation")["error"]
    assert "expected validation or test" in ask(worker, study, "elsewhere")["error"]


@pytest.mark.parametrize("kinds", [1, 2, 100, 5_000])
def test_few_rows_are_shown_however_many_there_are(kinds: int) -> None:
    rng = np.random.default_rng(0)
    numbers, weight = rng.integers(0, kinds, 20_000), rng.random(20_000)
    places = shown_places(numbers, weight)
    assert len(places) <= MOST_ROWS + 400
    assert len(np.unique(places)) == len(places)
    heaviest = np.lexsort((-weight, numbers))
    first = heaviest[np.unique(numbers[heaviest], return_index=True)[1]]
    if kinds <= 100:
        assert np.isin(first, places).all()


def test_all_of_a_small_part_are_shown() -> None:
    assert list(shown_places(np.array([0, 1, 1]), np.array([0.5, 0.1, 0.2]))) == [0, 1, 2]
    assert list(shown_places(np.zeros(1, dtype=int), np.ones(1))) == [0]
