"""What leaves a study works without the study: with Keras alone, on raw rows."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from tests.model_export.trained import alone, exported_bundle, exported_model, finished
from tuning_core.analysis.deciding.calibration import tempered
from tuning_core.analysis.metric_intervals import r2_interval
from tuning_core.catalog.objectives import r_squared, total_squares
from tuning_core.datasets import Preprocessing, load_rows, prepare_all, split
from tuning_core.datasets import test_part as untouched_part
from tuning_core.files import drafts_in
from tuning_core.model_export import (
    ExportError,
    SearchSummary,
    evaluate,
    evaluate_test,
    export_model,
    predict,
)
from tuning_core.model_export.bundle import verify
from tuning_core.model_export.card import model_card
from tuning_core.model_export.model import best_model_and_data
from tuning_core.model_export.script.script import train_script
from tuning_core.spec.decision import Decision
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.training import load_best, save_best

KERAS_ALONE = """
import sys, numpy as np, keras
model = keras.saving.load_model(sys.argv[1])
rows = np.load(sys.argv[2])
answers = model.predict(rows["x"], verbose=0)
if answers.shape[1] > 1:
    print(float(np.mean(answers.argmax(axis=1) == rows["y"])))
else:
    print(float(np.mean(np.abs(answers[:, 0] - rows["y"]))))
assert not any(name.startswith("tuning_core") for name in sys.modules)
"""


ALL_ELSE = {
    "batch_normalization": True,
    "gaussian_noise": 0.05,
    "dropout": 0.1,
    "l2": 1e-4,
    "activity_l2": 1e-5,
    "kernel_constraint": "max_norm",
    "kernel_initializer": "he_normal",
    "learning_rate": 0.01,
    "schedule": "cosine",
    "patience": 5,
}
CASES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("digits", "mlp", "accuracy", {"layers": 1, "units": 32, "dropout": 0.1}),
    ("diabetes", "mlp", "mae", {"layers": 1, "units": 32, "learning_rate": 0.01}),
    ("digits", "mlp", "accuracy", ALL_ELSE),
    ("digits", "cnn", "accuracy", {"filters": 8, "dense_units": 32, **ALL_ELSE}),
]


def spec_of(dataset: str, family: str = "mlp", space: dict[str, Any] | None = None) -> StudySpec:
    return parse_spec(
        {
            "dataset": {"id": dataset},
            "model": {"family": family},
            "space": {"learning_rate": 0.01, **(space or {})},
            "budget": {"trials": 1, "epochs": 15},
        }
    )


@pytest.mark.parametrize(("dataset", "family", "metric", "space"), CASES)
def test_exported_model_scores_the_same_with_keras_alone(
    dataset: str, family: str, metric: str, space: dict[str, Any], tmp_path: Path
) -> None:
    spec = spec_of(dataset, family, space)
    finished(tmp_path, spec)
    model = exported_model(tmp_path, spec)
    part = untouched_part(spec.dataset, tmp_path)
    np.savez(tmp_path / "rows.npz", x=part.x_raw, y=part.y)
    said = alone(tmp_path, "-c", KERAS_ALONE, model, tmp_path / "rows.npz")
    metrics = evaluate_test(tmp_path / "best.npz", spec, tmp_path)
    assert float(said.splitlines()[-1]) == pytest.approx(metrics[metric], rel=1e-4)
    assert not list(drafts_in(tmp_path))


def test_test_metrics_are_in_original_units_and_beat_the_mean(tmp_path: Path) -> None:
    spec = spec_of("diabetes")
    finished(tmp_path, spec)
    metrics = evaluate_test(tmp_path / "best.npz", spec, tmp_path)
    y = untouched_part(spec.dataset, tmp_path).y
    assert set(metrics) == {"mae", "mse", "r2", "loss"}
    assert metrics["r2"] == pytest.approx(1 - metrics["mse"] / np.var(y))
    assert metrics["mae"] < 0.9 * np.mean(np.abs(y - y.mean()))


@pytest.mark.parametrize(
    ("dataset", "space"),
    [
        ("digits", {"loss": "focal", "l2": 0.01, "activity_l2": 0.01}),
        ("wine", {"label_smoothing": 0.2}),
        ("breast_cancer", {"loss": "hinge", "l1": 0.001}),
        ("diabetes", {"loss": "huber", "activity_l2": 0.1}),
        ("diabetes", {"loss": "log_cosh", "l2": 0.1}),
    ],
    ids=str,
)
def test_the_loss_of_any_rows_is_the_one_that_the_search_counts(
    dataset: str, space: dict[str, Any], tmp_path: Path
) -> None:
    spec = parse_spec(
        {
            "dataset": {"id": dataset},
            "space": {"learning_rate": 0.01, **space},
            "objective": "val_loss",
            "budget": {"trials": 1, "epochs": 2},
        }
    )
    score = finished(tmp_path, spec)["score"]
    model, meta, data = best_model_and_data(tmp_path / "best.npz", spec, tmp_path)
    raw = load_rows(spec.dataset, tmp_path)
    rows = split(raw, spec.dataset).validation
    found = evaluate(model, meta["config"], raw.rows(rows), raw.y[rows], data)
    assert found.metrics["loss"] == pytest.approx(score, rel=1e-4)
    assert found.losses.shape == rows.shape


@pytest.mark.parametrize("value", [0.1, 3.3])
def test_constant_targets_have_one_r_squared_everywhere(value: float) -> None:
    y = np.full(7, value)
    squared = {answer: float(np.sum(np.square(y - answer))) for answer in (value, value + 1)}
    for answer, expected in ((value, 1.0), (value + 1, 0.0)):
        assert r_squared(squared[answer], total_squares(y)) == expected
        assert r2_interval(np.full(7, answer), y).value == expected


def test_two_classes_have_the_metrics_of_scikit_learn(tmp_path: Path) -> None:
    spec = spec_of("breast_cancer", space={"layers": 1, "units": 8})
    finished(tmp_path, spec)
    metrics = evaluate_test(tmp_path / "best.npz", spec, tmp_path)
    model = keras.saving.load_model(exported_model(tmp_path, spec))
    part = untouched_part(spec.dataset, tmp_path)
    answers = np.asarray(model(part.x_raw.astype(np.float32)))
    assert metrics["auc"] == pytest.approx(roc_auc_score(part.y, answers[:, 1]), abs=1e-6)
    assert metrics["f1"] == pytest.approx(f1_score(part.y, answers.argmax(axis=1)), abs=1e-6)


def test_the_model_of_a_cross_validation_is_scaled_by_all_its_training_rows(
    tmp_path: Path,
) -> None:
    whole = spec_of("diabetes")
    folded = parse_spec({**json.loads(whole.to_json()), "cross_validation": {"folds": 3}})
    meta = finished(tmp_path, whole)
    weights, _ = load_best(tmp_path / "best.npz")
    save_best(tmp_path / "best.npz", weights, {**meta, "refit": True, "epochs": 7})
    model, meta, _ = best_model_and_data(tmp_path / "best.npz", folded, tmp_path)
    data = prepare_all(folded.dataset, tmp_path)
    assert isinstance(data.preprocessing, Preprocessing)
    scaling = np.asarray(model.get_layer("standardise").mean).ravel()
    np.testing.assert_allclose(scaling, data.preprocessing.offset, rtol=1e-5)
    card = model_card(model, meta, folded, data, SearchSummary())
    assert "on 3 folds. This model is a refit on all rows outside the test part" in card
    assert "for 7 epochs" in card


def test_bundle_holds_the_model_and_all_that_explains_it(cold: None, tmp_path: Path) -> None:
    spec = spec_of("digits")
    meta = finished(tmp_path, spec)
    rows = [{"trial": 1, "epoch": 1, "loss": 0.5}, {"trial": 1, "epoch": 2, "val_loss": 0.4}]
    path = exported_bundle(tmp_path, spec, rows)
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        text = {name: archive.read(name).decode() for name in names if name != "model.keras"}
    assert names == {
        "model.keras",
        "train.py",
        "spec.json",
        "config.json",
        "history.csv",
        "requirements.txt",
        "MODEL_CARD.md",
    }
    assert json.loads(text["config.json"]) == meta["config"]
    assert parse_spec(text["spec.json"]) == spec
    assert text["history.csv"] == "trial,epoch,loss,val_loss\n1,1,0.5,\n1,2,,0.4\n"
    assert [line.split("==")[0] for line in text["requirements.txt"].splitlines()] == [
        "keras",
        "numpy",
        "scikit-learn",
        "tensorflow",
    ]
    assert f"{meta['score']:.6g}" in text["MODEL_CARD.md"]
    assert "1,258 rows for training, 359 for validation, 180 for the test" in text["MODEL_CARD.md"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["best.npz", "bundle.zip"]


def test_a_bundle_whose_model_answers_otherwise_is_refused(tmp_path: Path) -> None:
    spec = spec_of("diabetes", space={"layers": 1, "units": 8})
    finished(tmp_path, spec)
    model, _, data = best_model_and_data(tmp_path / "best.npz", spec, tmp_path)
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.write(
            exported_model(tmp_path, spec),
            "model.keras",
        )
    bias = model.get_layer("output").bias
    bias.assign(bias + 0.01)
    with pytest.raises(ExportError, match="does not answer as the trained one does"):
        verify(bundle, model, spec, data, tmp_path)
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("model.keras", b"torn")
    with pytest.raises(ExportError, match="cannot be loaded with Keras alone"):
        verify(bundle, model, spec, data, tmp_path)


def test_a_study_without_a_model_says_what_to_wait_for(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="first epoch"):
        exported_model(tmp_path, spec_of("digits"))


def test_best_weights_come_back_as_they_were_saved(tmp_path: Path) -> None:
    weights = [np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros(3, np.float32)]
    meta = {"config": {"layers": 0, "optimizer": "sgd"}, "trial": 3, "score": 0.1 + 0.2}
    save_best(tmp_path / "best.npz", weights, meta)
    loaded, again = load_best(tmp_path / "best.npz")
    assert again == meta
    for a, b in zip(weights, loaded, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_temperature_is_inside_every_model_that_leaves(tmp_path: Path) -> None:
    spec = spec_of("breast_cancer", space={"layers": 1, "units": 16})
    finished(tmp_path, spec)
    best, decision = tmp_path / "best.npz", Decision(trial=1, temperature=2.5, rows=113)
    model, meta, data = best_model_and_data(best, spec, tmp_path)
    rows = load_rows(spec.dataset, tmp_path).x
    plain = predict(model, rows, data)
    softer = predict(best_model_and_data(best, spec, tmp_path, decision=decision)[0], rows, data)
    np.testing.assert_allclose(softer, tempered(plain, 2.5), atol=1e-6)
    np.testing.assert_array_equal(softer.argmax(axis=1), plain.argmax(axis=1))
    # It was decided of trial 1 alone.
    other = Decision(trial=2, temperature=2.5)
    same = predict(best_model_and_data(best, spec, tmp_path, decision=other)[0], rows, data)
    np.testing.assert_array_equal(same, plain)
    saved = export_model(best, tmp_path / "model.keras", spec, tmp_path, decision)
    found = np.asarray(keras.saving.load_model(saved)(rows.astype(np.float32)))
    np.testing.assert_allclose(found, softer, atol=1e-6)
    summary = SearchSummary(decision=decision)
    card = model_card(model, meta, spec, data, summary)
    assert "logits are divided by 2.5, found on 113" in card
    assert "set_weights([weights / 2.5" in train_script(spec, meta, data, tmp_path, summary)


def test_a_regression_has_no_temperature(tmp_path: Path) -> None:
    spec = spec_of("diabetes")
    finished(tmp_path, spec)
    decision = Decision(trial=1, temperature=2.0)
    with pytest.raises(ExportError, match="ends in a softmax"):
        best_model_and_data(tmp_path / "best.npz", spec, tmp_path, decision=decision)
