"""A table of one's own leaves as a model that takes its raw columns, and scores new tables."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.model_export.trained import alone, exported_model, finished, scored_table
from tuning_core.datasets import DataError, prepare, resolve
from tuning_core.datasets import test_part as untouched_part
from tuning_core.model_export import SearchSummary, evaluate_test
from tuning_core.model_export.card import model_card
from tuning_core.model_export.evaluation import predict
from tuning_core.model_export.model import best_model_and_data
from tuning_core.spec.study import StudySpec, parse_spec

KERAS_ALONE = """
import sys, numpy as np, keras
model = keras.saving.load_model(sys.argv[1])
rows = np.load(sys.argv[2])
np.save(sys.argv[3], model.predict(rows["x"], verbose=0))
assert not any(name.startswith("tuning_core") for name in sys.modules)
"""
WITH_TEXT = """
import sys, csv, keras, numpy as np, tensorflow as tf
model = keras.saving.load_model(sys.argv[1])
rows = list(csv.DictReader(open(sys.argv[2])))
texts = ("place/town", "output")
inputs = {name: tf.constant([[row[name]] for row in rows]) for name in texts}
inputs["when"] = tf.constant([[float(np.datetime64(row["when"]).astype(int))] for row in rows])
inputs["size"] = tf.constant([[float(row["size"] or "nan")] for row in rows])
np.save(sys.argv[3], model.predict(inputs, verbose=0))
assert not any(name.startswith("tuning_core") for name in sys.modules)
"""


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def homes(count: int = 200) -> list[dict[str, Any]]:
    """Sizes, towns and dates with gaps; the column "output" is named as a layer is."""
    random = np.random.RandomState(0)
    rows: list[dict[str, Any]] = []
    for number in range(count):
        size = random.normal(100, 30)
        town = ("Rome", "Oslo", "")[number % 3]
        rows.append(
            {
                "place/town": town,
                "size": "" if number % 11 == 0 else f"{size:.2f}",
                "when": f"202{number % 4}-0{1 + number % 9}-1{number % 10}",
                "output": ("=SUM(A1)", "plain")[number % 2],
                "price": f"{3 * size + 50 * (town == 'Rome'):.1f}",
            }
        )
    return rows


def spec_of(path: Path, folder: Path, **dataset: object) -> StudySpec:
    document = {
        "dataset": {"id": f"csv:{path}", **dataset},
        "space": {"learning_rate": 0.02, "units": 16},
        "budget": {"trials": 1, "epochs": 30},
    }
    return parse_spec(resolve(document, folder, local_files=True), local_files=True)


def answers_alone(code: str, folder: Path, *arguments: object) -> np.ndarray:
    """What a process with Keras and nothing of ours says."""
    out = folder / "answers.npy"
    alone(folder, "-c", code, *arguments, out)
    return np.load(out)


def test_numbers_and_dates_are_one_raw_input_with_gaps(tmp_path: Path) -> None:
    path = write(tmp_path / "homes.csv", homes())
    ignored = {"place/town": "ignore", "output": "ignore"}
    spec = spec_of(path, tmp_path, target="price", columns=ignored)
    finished(tmp_path, spec)
    rows = untouched_part(spec.dataset, tmp_path).x_raw
    assert isinstance(rows, pd.DataFrame)
    assert list(rows.columns) == ["size", "when"]
    raw = rows.to_numpy(np.float32)
    raw[0, 0] = np.nan
    np.savez(tmp_path / "rows.npz", x=raw)
    model = exported_model(tmp_path, spec)
    said = answers_alone(KERAS_ALONE, tmp_path, model, tmp_path / "rows.npz")
    core, _, data = best_model_and_data(tmp_path / "best.npz", spec, tmp_path)
    expected = predict(core, pd.DataFrame(raw, columns=rows.columns), data)
    np.testing.assert_allclose(said, expected, rtol=1e-4)


def test_texts_are_inputs_by_column_and_the_encoding_is_the_one_of_the_search(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "homes.csv", homes())
    spec = spec_of(path, tmp_path, target="price")
    finished(tmp_path, spec)
    model, _, data = best_model_and_data(tmp_path / "best.npz", spec, tmp_path)
    part = untouched_part(spec.dataset, tmp_path)
    encoded = data.preprocessing.apply(part.x_raw)
    tensor = encoded
    for layer in model.layers[-4:]:
        if layer.name.startswith("hidden") or layer.name in ("output", "original_units"):
            tensor = layer(tensor)
    np.testing.assert_allclose(predict(model, part.x_raw, data), np.array(tensor), rtol=1e-3)
    card = model_card(
        model,
        best_model_and_data(tmp_path / "best.npz", spec, tmp_path)[1],
        spec,
        data,
        SearchSummary(),
    )
    assert "place/town (text), size (number), when (number), output (text)" in card
    metrics = evaluate_test(tmp_path / "best.npz", spec, tmp_path)
    assert metrics["r2"] > 0.4
    said = answers_alone(WITH_TEXT, tmp_path, exported_model(tmp_path, spec), path)
    scored = pd.read_csv(scored_table(tmp_path, spec, path))
    np.testing.assert_allclose(said[:, 0], scored["predicted price"], rtol=1e-3)


def test_a_scored_table_keeps_its_rows_and_runs_no_formula(tmp_path: Path) -> None:
    rows = homes(90)
    for row in rows:
        row["class"] = "-big" if float(str(row.pop("price"))) > 300 else "small"
    spec = spec_of(write(tmp_path / "homes.csv", rows), tmp_path, target="class")
    finished(tmp_path, spec)
    new = [{**row, "more": "@cmd", "place/town": "Bergen", "loss": -3} for row in rows[:7]]
    for row in new:
        del row["class"]
    path = scored_table(tmp_path, spec, write(tmp_path / "new.csv", new))
    with path.open(newline="", encoding="utf-8") as file:
        scored = list(csv.DictReader(file))
    assert len(scored) == 7
    assert {row["output"] for row in scored} == {"'=SUM(A1)", "plain"}
    assert {(row["more"], row["loss"], row["place/town"]) for row in scored} == {
        ("'@cmd", "-3", "Bergen")
    }
    assert {row["predicted class"] for row in scored} <= {"'-big", "small"}
    for row in scored:
        total = float(row["probability of -big"]) + float(row["probability of small"])
        assert total == pytest.approx(1, abs=1e-5)
    for row in new:
        del row["size"]
    with pytest.raises(DataError, match=r"no column 'size'"):
        scored_table(tmp_path, spec, write(tmp_path / "new.csv", new))
    new = [{**row, "size": "12"} for row in new]
    new[3]["size"] = "large"
    with pytest.raises(DataError, match=r"size: line 5 holds 'large'"):
        scored_table(tmp_path, spec, write(tmp_path / "new.csv", new))


def test_a_table_of_the_catalog_scores_too(tmp_path: Path) -> None:
    spec = parse_spec({"dataset": {"id": "iris"}, "budget": {"trials": 1, "epochs": 20}})
    finished(tmp_path, spec)
    raw = untouched_part(spec.dataset, tmp_path)
    names = spec.dataset_info.feature_names
    rows = [dict(zip(names, row, strict=True)) for row in raw.x_raw.tolist()]
    scored = pd.read_csv(scored_table(tmp_path, spec, write(tmp_path / "new.csv", rows)))
    truth = np.array(spec.dataset_info.class_names)[raw.y]
    assert np.mean(scored["predicted species"] == truth) > 0.7
    assert prepare(spec.dataset, tmp_path).info.id == "iris"
