"""A bundle is only offered once its model answers, elsewhere, as the one that was trained."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tuning_core.child_process import run_child
from tuning_core.datasets import PreparedData, load_rows, take_rows
from tuning_core.model_export.errors import ExportError
from tuning_core.model_export.evaluation import answer, raw_inputs
from tuning_core.model_export.model import MODEL
from tuning_core.spec.study import StudySpec

_ROWS = 64
_SECONDS = 240
_TOLERANCE = 1e-4
"""Largest difference, beside the largest answer: other orders of summing give 1e-6."""

_KERAS_ALONE = """
import keras, numpy as np
model = keras.saving.load_model("model.keras")
rows = np.load("rows.npz", allow_pickle=False)
keras.config.set_floatx("float64")  # or predict would round what comes in double precision
given = rows["0"]
if isinstance(model.input, dict):
    import tensorflow as tf
    columns = [rows[str(n)] for n in range(len(model.input))]
    plain = [column if column.dtype.kind == "f" else column.tolist() for column in columns]
    given = {name: tf.constant(column) for name, column in zip(model.input, plain)}
np.save("answers.npy", model.predict(given, verbose=0))
"""


def verify(
    bundle: Path, model: keras.Model, spec: StudySpec, data: PreparedData, home: Path
) -> None:
    """Loads ``model.keras`` out of the zip in a clean process that has Keras and nothing of ours,
    and compares its answers to the first rows of the dataset with those of ``model``.

    Raises ExportError when they differ or it cannot be loaded.
    """
    raw = load_rows(spec.dataset, home)
    rows = take_rows(raw.x, np.arange(min(_ROWS, len(raw.y))))
    with keras.device("cpu:0"):
        expected = answer(model, rows, data)
    found = _answers_alone(bundle, model, raw_inputs(rows, data))
    limit = _TOLERANCE * max(1.0, float(np.abs(expected).max()))
    if found.shape != expected.shape or not np.allclose(found, expected, rtol=0, atol=limit):
        raise ExportError(
            "The saved model does not answer as the trained one does, so no bundle was made. "
            "Download the bundle again; if it stays so, please report the study's spec."
        )


def _answers_alone(bundle: Path, model: keras.Model, inputs: Any) -> np.ndarray:
    given = [inputs[name] for name in model.input] if isinstance(model.input, dict) else [inputs]
    arrays: dict[str, Any] = {str(place): _plain(values) for place, values in enumerate(given)}
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(bundle) as archive:
            archive.extract(MODEL, folder)
        np.savez(Path(folder) / "rows.npz", **arrays)
        try:
            # A graphics card rounds otherwise, and may be busy with the search.
            done = run_child(
                [sys.executable, "-I", "-c", _KERAS_ALONE],
                _SECONDS,
                folder=Path(folder),
                environment={"CUDA_VISIBLE_DEVICES": "-1"},
            )
        except TimeoutError:
            raise ExportError(
                f"The saved model could not be loaded within {_SECONDS} s, so no bundle was made. "
                "Try again when the machine is less busy."
            ) from None
        if done.returncode:
            raise ExportError(
                f"The saved model cannot be loaded with Keras alone ({done.reason}), so no bundle "
                "was made. Please report the study's spec."
            )
        return np.asarray(np.load(Path(folder) / "answers.npy"))


def _plain(values: Any) -> np.ndarray:
    """An array that a file takes without pickling: texts in place of bytes."""
    array = np.asarray(values)
    return np.char.decode(array.astype(bytes), "utf-8") if array.dtype == object else array
