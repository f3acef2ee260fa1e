"""The train.py of a bundle, run by itself, reaches the score of its study."""

from __future__ import annotations

import csv
import random
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.parts.shapes import zipped
from tests.model_export.trained import alone
from tuning_core.datasets import prepare, prepare_all, prepare_folds, resolve
from tuning_core.model_export.script import SearchSummary, train_script
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.training import Control, Trainer, TrialTask

Case = dict[str, Any]

CASES: dict[str, Case] = {
    "dropout and a schedule": {
        "dataset": {"id": "digits"},
        "space": {"dropout": 0.2, "schedule": "cosine", "warmup_epochs": 1, "l1": 1e-5},
        "budget": {"epochs": 8},
    },
    "convolution": {
        "dataset": {"id": "digits"},
        "model": {"family": "cnn"},
        "space": {"filters": 8, "learning_rate": 0.01, "optimizer": "adamw", "clipnorm": 1.0},
        "budget": {"epochs": 3},
    },
    "pictures": {
        "dataset": {"id": "pictures", "side": 28},
        "model": {"family": "cnn"},
        "space": {"filters": 8, "blocks": 3, "learning_rate": 0.003},
        "budget": {"epochs": 12},
    },
    "regression": {
        "dataset": {"id": "diabetes"},
        "space": {"learning_rate": 0.01, "l2": 0.01, "patience": 3, "min_delta": 0.1},
        "budget": {"epochs": 15},
    },
    "folds": {
        "dataset": {"id": "iris", "class_weights": "balanced"},
        "model": {"family": "linear"},
        "space": {"learning_rate": 0.1, "schedule": "reduce_on_plateau", "decay_epochs": 3},
        "budget": {"epochs": 10},
        "cross_validation": {"folds": 2},
    },
    "a table": {
        "dataset": {"id": "csv", "target": "kind"},
        "space": {"learning_rate": 0.01, "loss": "focal", "optimizer": "sgd", "momentum": 0.9},
        "objective": "val_auc",
        "budget": {"epochs": 8},
    },
    "normalised and noisy": {
        "dataset": {"id": "wine"},
        "space": {"batch_normalization": True, "gaussian_noise": 0.1, "optimizer": "rmsprop",
                  "learning_rate": 0.01, "activation": "tanh"},
        "budget": {"epochs": 15},
    },
    "a formula, by features": {
        "dataset": {"id": "formula", "formula": "y > 2*sin(x)", "features": ["y", "sin_x"]},
        "model": {"family": "linear"},
        "space": {"learning_rate": 0.1},
        "budget": {"epochs": 10},
    },
    "two classes": {
        "dataset": {"id": "breast_cancer"},
        "space": {"learning_rate": 0.01, "label_smoothing": 0.1, "schedule": "exponential",
                  "optimizer": "nadam"},
        "budget": {"epochs": 6},
    },
    "constrained": {
        "dataset": {"id": "wine"},
        "space": {"kernel_constraint": "max_norm", "max_norm": 2.0, "schedule": "step",
                  "input_dropout": 0.1, "learning_rate": 0.01, "activity_l2": 1e-4},
        "budget": {"epochs": 15},
    },
    "widths of their own": {
        "dataset": {"id": "iris"},
        "space": {"layers": 2, "units_1": 32, "units_2": 8, "loss": "kl_divergence",
                  "kernel_initializer": "he_normal", "learning_rate": 0.01},
        "budget": {"epochs": 20},
    },
    "regression in folds": {
        "dataset": {"id": "diabetes"},
        "space": {"learning_rate": 0.01, "loss": "huber", "optimizer": "adamw", "units": 32},
        "objective": "val_mae",
        "budget": {"epochs": 10},
        "cross_validation": {"folds": 3},
    },
}  # fmt: skip
SPREAD = {"regression": 5.0, "regression in folds": 5.0, "pictures": 0.3}
"""How far a training may be from another one of its kind; 0.05 of an accuracy or area."""


def table(path: Path) -> Path:
    rng = random.Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("size", "town", "kind"))
        for _ in range(300):
            size, town = rng.gauss(10, 3), rng.choice(("Rome", "Oslo", "Bergen"))
            high = size + 4 * (town == "Rome") + rng.gauss(0, 1) > 11
            writer.writerow((f"{size:.2f}", town, "high" if high else "low"))
    return path


def trained(spec: StudySpec, home: Path) -> tuple[str, float]:
    """The script of a study with one trial, and the trial's score."""
    task = TrialTask(
        config=spec.search_space.complete({}),
        seed=1,
        epochs=spec.epochs,
        objective=spec.objective_info,
        executions=spec.executions,
    )
    folds = spec.folds > 1
    data = prepare_all(spec.dataset, home) if folds else prepare(spec.dataset, home)
    rows = prepare_folds(spec.dataset, spec.folds, home) if folds else data
    outcome = Trainer(rows).run_trial(
        task, lambda _: None, lambda: Control.CONTINUE, lambda *_: None
    )
    assert outcome.score is not None
    meta = {"config": task.config, "trial": 1, "score": outcome.score}
    meta |= {"best_epoch": 1, "execution": 1, **({"epochs": 2, "refit": True} if folds else {})}
    scores = tuple(e.score for e in outcome.executions if e.score is not None)
    test = {"accuracy": 0.5, "mae": 40.0, "auc": 0.5}
    return train_script(
        spec, meta, data, home, SearchSummary(scores=scores, test=test)
    ), outcome.score


@pytest.mark.parametrize("case", CASES)
def test_a_script_reaches_the_score_of_its_study(case: str, tmp_path: Path) -> None:
    arguments = []
    document = {"space": {}, **CASES[case], "dataset": dict(CASES[case]["dataset"])}
    if document["dataset"]["id"] == "csv":
        arguments = [str(table(tmp_path / "rows.csv"))]
        document["dataset"]["id"] = f"csv:{arguments[0]}"
    if document["dataset"]["id"] == "pictures":
        (tmp_path / "shapes.zip").write_bytes(zipped(30))
        arguments = [str(tmp_path / "shapes.zip")]
        document["dataset"]["id"] = f"images:{arguments[0]}"
    spec = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True)
    script, score = trained(spec, tmp_path)
    (folder := tmp_path / "bundle").mkdir()
    (folder / "train.py").write_text(script)
    said = alone(folder, "train.py", *arguments)
    found = re.search(
        r"^(?:Validation|Mean validation) .*: (\S+)\nIn the study: (\S+?),? ?", said, re.M
    )
    assert found is not None, said
    assert float(found[1]) == pytest.approx(score, abs=SPREAD.get(case, 0.05))
    assert f"In the study: {score:.6g}" in said
    assert re.search(r"^Test .*: \S+; in the study: \S+$", said, re.M)
