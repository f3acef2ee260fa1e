"""Values learnt as logarithms: scores, answers and scripts are in original units all the same."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.model_export.test_train_script import check_rows, rows_of, script_of
from tests.model_export.trained import finished
from tuning_core.datasets import DataError, load_rows, prepare, resolve
from tuning_core.datasets import test_part as untouched_part
from tuning_core.datasets.splitting import split
from tuning_core.model_export import evaluate_test
from tuning_core.model_export.evaluation import evaluate, predict
from tuning_core.model_export.model import best_model_and_data
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.training import Control, Trainer, TrialTask


def spec_of(folder: Path, scale: str, objective: str = "val_mae") -> StudySpec:
    random = np.random.RandomState(0)
    x = random.normal(0, 1, (300, 2))
    y = (
        np.exp(3 + x[:, 0] * 1.5 + random.normal(0, 0.4, 300))
        if scale == "log"
        else random.poisson(np.exp(1 + x[:, 0]))
    )
    path = folder / "rows.csv"
    pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y}).to_csv(path, index=False)
    document = {
        "dataset": {
            "id": f"csv:{path}",
            "target": "y",
            "target_scale": scale,
            **({} if scale == "log" else {"task": "regression"}),
        },
        "space": {"learning_rate": 0.02, "units": 16, "patience": 3},
        "objective": objective,
        "budget": {"trials": 1, "epochs": 8},
    }
    return parse_spec(resolve(document, folder, local_files=True), local_files=True)


@pytest.mark.parametrize("scale", ["log", "log1p"])
def test_scores_and_answers_are_in_original_units(scale: str, tmp_path: Path) -> None:
    spec = spec_of(tmp_path, scale)
    meta = finished(tmp_path, spec)
    model, _, data = best_model_and_data(tmp_path / "best.npz", spec, tmp_path)
    raw = load_rows(spec.dataset, tmp_path)
    held = split(raw, spec.dataset).validation
    found = evaluate(model, meta["config"], raw.rows(held), raw.y[held], data)
    assert found.metrics["mae"] == pytest.approx(meta["score"], rel=1e-4)
    np.testing.assert_allclose(
        data.target.original(data.validation.y), raw.y[held], rtol=1e-5, atol=1e-5
    )
    rows = untouched_part(spec.dataset, tmp_path).x_raw
    answers = predict(model, rows, data)[:, 0]
    assert answers.min() > (0 if scale == "log" else -1)
    mean = np.abs(raw.y - raw.y.mean()).mean()
    assert evaluate_test(tmp_path / "best.npz", spec, tmp_path)["mae"] < 0.8 * mean


@pytest.mark.parametrize("objective", ["val_mae", "val_r2"])
def test_a_training_by_keras_measures_what_the_compiled_one_does(
    objective: str, tmp_path: Path
) -> None:
    spec = spec_of(tmp_path, "log", objective)
    task = TrialTask(
        config=spec.search_space.complete({}), seed=1, epochs=1, objective=spec.objective_info
    )
    scores = []
    for limit in (None, 1):
        trainer = Trainer(prepare(spec.dataset, tmp_path), shuffle=False, limit=limit)
        outcome = trainer.run_trial(task, lambda _: None, lambda: Control.CONTINUE, lambda *_: None)
        scores.append(outcome.score)
    assert scores[0] == pytest.approx(scores[1], rel=1e-3)


def test_the_script_learns_logarithms_and_reports_original_units(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = spec_of(tmp_path, "log")
    meta = finished(tmp_path, spec)
    script = script_of(spec, tmp_path)
    check_rows(spec, tmp_path, rows_of(script, str(tmp_path / "rows.csv")))
    names: dict[str, Any] = {"__file__": "train.py"}
    given, sys.argv = sys.argv, ["train.py", str(tmp_path / "rows.csv")]
    try:
        exec(compile(script, "train.py", "exec"), names)
    finally:
        sys.argv = given
    assert names["score"] == pytest.approx(meta["score"], rel=0.5)
    answers = names["original"](
        names["model"].predict(names["inputs"], verbose=0), names["y_mean"], names["y_std"]
    )
    held = names["validation"]
    assert np.abs(answers - names["y"])[held].mean() == pytest.approx(names["score"], rel=1e-4)


def test_a_value_without_a_logarithm_is_refused(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "log1p")
    document = {"dataset": {**spec.dataset.model_dump(exclude_none=True), "target_scale": "log"}}
    refused = parse_spec(document, local_files=True).dataset
    with pytest.raises(
        DataError, match=r"dataset\.target_scale: log needs values above 0, and line"
    ):
        load_rows(refused, tmp_path)
    with pytest.raises(SpecError, match="is for regression"):
        parse_spec({"dataset": {**document["dataset"], "task": "classification"}}, local_files=True)
