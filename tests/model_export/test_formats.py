"""ONNX and LiteRT files answer as the model does, where there is neither Keras nor TensorFlow."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.model_export.test_export import spec_of
from tests.model_export.trained import alone, finished
from tuning_core.catalog.model_formats import MODEL_FORMATS, ModelFormat, comparison_in
from tuning_core.datasets import load_rows, take_rows
from tuning_core.model_export import ExportError, conversion, export_bundle
from tuning_core.model_export.conversion import converted
from tuning_core.model_export.evaluation import predict, raw_inputs
from tuning_core.model_export.formats import PREPARATION, file_of, other_file
from tuning_core.model_export.model import best_model_and_data
from tuning_core.spec.study import parse_spec

pytest.importorskip("tf2onnx", reason="python -m pip install -r requirements-export.txt")
OTHERS = [known for known in MODEL_FORMATS.values() if known.packages]

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "table": ("diabetes", "mlp", {"units": 8}),
    "pictures": ("digits", "mlp", {"units": 16, "batch_normalization": True}),
    "convolutions": ("digits", "cnn", {"filters": 4, "dropout": 0.2}),
}
BUDGET = {"trials": 1, "epochs": 3}
WITHOUT_KERAS = """
import sys
assert not {"keras", "tensorflow"} & sys.modules.keys()
sys.modules["keras"] = sys.modules["tensorflow"] = None
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from onnxruntime import InferenceSession
for case in sys.argv[1:]:
    rows = np.load(f"{case}/rows.npy")
    session = InferenceSession(f"{case}/model.onnx")
    [answers] = session.run(None, {"raw": rows})
    np.save(f"{case}/onnx.npy", answers)
    runner = Interpreter(f"{case}/model.tflite").get_signature_runner()
    [answers] = runner(raw=rows).values()
    np.save(f"{case}/litert.npy", answers)
"""


@pytest.mark.usefixtures("cold")
def test_three_models_answer_within_the_tolerance_without_keras(tmp_path: Path) -> None:
    expected = {}
    for case, (dataset, family, space) in CASES.items():
        (folder := tmp_path / case).mkdir()
        spec = parse_spec(
            {**json.loads(spec_of(dataset, family, space).to_json()), "budget": BUDGET}
        )
        finished(folder, spec)
        best = folder / "best.npz"
        model, _, data = best_model_and_data(best, spec, tmp_path)
        # All of them: more than those on which the files were compared.
        rows = load_rows(spec.dataset, tmp_path).x
        expected[case] = predict(model, rows, data)
        np.save(folder / "rows.npy", raw_inputs(rows, data))
        for known in OTHERS:
            made = other_file(known, model, keras.Model, spec, data, tmp_path, folder)
            assert made.compared.rows == 100
            assert 0 <= made.compared.difference <= 1e-4
            assert f"It takes `raw`, float32 of shape (n, {rows.shape[1]})" in made.section
    alone(tmp_path, "-c", WITHOUT_KERAS, *CASES)
    for case, known in [(case, known) for case in CASES for known in OTHERS]:
        answers = np.load(tmp_path / case / f"{known.id}.npy")
        assert answers.shape == expected[case].shape
        # Of the table they are up to 300, in the target's unit.
        scale = max(1.0, float(np.abs(expected[case]).max()))
        np.testing.assert_allclose(answers, expected[case], rtol=0, atol=1e-4 * scale)


def test_a_table_with_texts_leaves_as_one_that_takes_a_code_for_each(tmp_path: Path) -> None:
    spec = spec_of("insurance", "linear")
    finished(tmp_path, spec)
    bundle = export_bundle(
        *(tmp_path / "best.npz", tmp_path / "bundle.zip", spec, tmp_path, []),
        known=MODEL_FORMATS["onnx"],
    )
    compared = comparison_in(bundle)
    assert compared is not None
    assert compared.difference <= 1e-4 * compared.largest
    with zipfile.ZipFile(bundle) as archive:
        columns = json.loads(archive.read(PREPARATION))["columns"]
        card = archive.read("MODEL_CARD.md").decode()
        archive.extract("model.onnx", tmp_path)
    assert compared.words in card
    assert "Texts themselves cannot leave TensorFlow" in card
    model, _, data = best_model_and_data(tmp_path / "best.npz", spec, tmp_path)
    raw = load_rows(spec.dataset, tmp_path).x
    rows = take_rows(raw, np.arange(300, 305)).reset_index(drop=True)
    rows = rows.astype({"region": str})
    rows.loc[0, "region"], rows.loc[1, "bmi"] = "atlantis", np.nan
    # As a reader of preparation.json would: a code for a text, else the number.
    given = [
        [column["codes"].get(row[column["name"]], 0) if "codes" in column else row[column["name"]]
         for column in columns]
        for row in rows.to_dict("records")
    ]  # fmt: skip
    from onnxruntime import InferenceSession

    session = InferenceSession(tmp_path / "model.onnx")
    [answers] = session.run(None, {"raw": np.array(given, np.float32)})
    np.testing.assert_allclose(answers, predict(model, rows, data), rtol=1e-4)


class Scaled(keras.Model):
    """A model of one's own: no functional graph, a constant that is no weight, two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(3)
        self.scale = keras.ops.convert_to_tensor(np.arange(200, dtype=np.float32))

    def call(self, x: Any) -> Any:
        y = self.dense(x * self.scale[:4])
        return {"first": y, "second": keras.ops.sum(y, axis=1, keepdims=True)}


def with_two_inputs() -> keras.Model:
    """Inputs in another order than that of their names."""
    wide, deep = keras.Input((5,), name="wide"), keras.Input((4,), name="deep")
    joined = keras.layers.Concatenate()(
        [keras.layers.Normalization(mean=1.0, variance=4.0)(wide), deep]
    )
    return keras.Model([wide, deep], keras.layers.Dense(2)(joined))


@pytest.mark.parametrize("known", OTHERS, ids=lambda known: known.id)
@pytest.mark.parametrize(
    ("build", "widths"),
    [
        (Scaled, {"rows": 4}),
        (with_two_inputs, {"wide": 5, "deep": 4}),
        (lambda: keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]), {"rows": 4}),
    ],
    ids=["subclass", "two inputs", "sequential"],
)
def test_models_of_ones_own_leave_too_and_the_card_says_how_to_use_them(
    build: Any,
    widths: Mapping[str, int],
    known: ModelFormat,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = build()
    drawn = np.random.default_rng(0)
    # In double precision, as NumPy gives them: Keras takes them in single precision.
    rows = {name: drawn.normal(size=(20, n)) for name, n in widths.items()}
    given = list(rows.values()) if len(rows) > 1 else rows["rows"]
    answers = model(given)
    made = file_of(known, model, given, answers, tmp_path)
    assert made.compared.rows == 20
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {name: array.astype(np.float32) for name, array in rows.items()}
    exec(made.section.split("```")[1].removeprefix("python"), found)
    first = keras.ops.convert_to_numpy(keras.tree.flatten(answers)[0])
    np.testing.assert_allclose(found["answers"], first, atol=1e-4)


@pytest.mark.parametrize("known", OTHERS, ids=lambda known: known.id)
def test_a_file_that_answers_otherwise_is_refused_with_the_figure(
    known: ModelFormat, tmp_path: Path
) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    rows = np.ones((7, 4), np.float32)
    answers = keras.ops.convert_to_numpy(model(rows))
    with pytest.raises(ExportError, match=r"not offered\. .* 7 rows: largest difference 0\.5"):
        converted(model, rows, np.zeros_like(answers) + answers + 0.5, tmp_path / known.file, known)
    with pytest.raises(ExportError, match="largest difference nan"):
        converted(model, rows, answers * np.nan, tmp_path / known.file, known)


def test_what_cannot_leave_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    litert = MODEL_FORMATS["litert"]
    recurrent = keras.Sequential([keras.Input((6, 2)), keras.layers.LSTM(3)])
    rows = np.ones((5, 6, 2), np.float32)
    with pytest.raises(ExportError, match=r"LiteRT cannot run this model: .*Select TensorFlow op"):
        converted(recurrent, rows, recurrent(rows), tmp_path / "model.tflite", litert)
    with pytest.raises(ExportError, match="takes numbers in double precision, which LiteRT does"):
        converted(recurrent, rows.astype(float), rows, tmp_path / "model.tflite", litert)
    with pytest.raises(ExportError, match="takes text, which cannot leave TensorFlow"):
        converted(recurrent, np.array([["a"]]), rows, tmp_path / "model.tflite", litert)
    monkeypatch.setitem(
        conversion._WRITERS, "litert", lambda *_: (_ for _ in ()).throw(ValueError("no\nsuch op"))
    )
    with pytest.raises(ExportError, match=r"This model cannot be written as LiteRT: no$"):
        converted(recurrent, rows, recurrent(rows), tmp_path / "model.tflite", litert)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"needs ai_edge_litert, .*requirements-export\.txt"):
        converted(recurrent, rows, recurrent(rows), tmp_path / "model.tflite", litert)
