"""The zip of a study: its best model and all that explains it.

It is only offered once its model answers, elsewhere, as the one that was trained.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from tuning_core.catalog.model_formats import KERAS, ModelFormat
from tuning_core.child_process import run_child
from tuning_core.datasets import PreparedData, load_rows, take_rows
from tuning_core.datasets.tables.uploads import study_reader
from tuning_core.files import whole
from tuning_core.model_export import script
from tuning_core.model_export.card import model_card
from tuning_core.model_export.evaluation import predict, raw_inputs
from tuning_core.model_export.formats import other_file
from tuning_core.model_export.model import (
    ExportError,
    best_model_and_data,
    coded_best_model,
    save_model,
)
from tuning_core.model_export.score_script import NAME, score_script
from tuning_core.model_export.script.facts import SearchSummary
from tuning_core.model_export.script.loading import INSURANCE
from tuning_core.spec.study import StudySpec

MODEL = "model.keras"
"""The model's name inside the bundle."""


def export_bundle(
    best: Path,
    target: Path,
    spec: StudySpec,
    home: Path,
    history_rows: Sequence[Mapping[str, Any]],
    summary: SearchSummary | None = None,
    known: ModelFormat = KERAS,
) -> Path:
    """Writes the bundle to ``target`` in one step; returns it. Raises ExportError.

    ``history_rows`` become ``history.csv``: one row per epoch of a trial, with the columns in
    the order in which they first appear. ``summary`` is what else is known of the search. The zip
    is only there once its model, loaded in a clean process, answered as the one in memory; so it is
    with the file of a ``known`` format other than Keras's, whose comparison is the zip's comment.
    """
    summary = summary or SearchSummary()
    model, meta, data = best_model_and_data(best, spec, home, decision=summary.decision)
    texts = _texts(spec, meta, data, home, summary)
    reader = study_reader(spec.dataset, home)
    texts["history.csv"] = csv_of(history_rows)
    texts["MODEL_CARD.md"] = model_card(model, meta, spec, data, summary, reader)
    with whole(target) as draft:
        saved = save_model(model, draft.with_name(MODEL))
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(saved, MODEL)
            if known is not KERAS:
                coded = partial(coded_best_model, best, data, summary.decision)
                other = other_file(known, model, coded, spec, data, home, draft.parent)
                archive.write(other.path, known.file)
                archive.comment = other.compared.to_json()
                texts["MODEL_CARD.md"] += other.section
                texts |= other.texts
            for name, text in texts.items():
                archive.writestr(name, text)
        verify(draft, model, spec, data, home)
    return target


def _texts(
    spec: StudySpec, meta: Mapping[str, Any], data: PreparedData, home: Path, summary: SearchSummary
) -> dict[str, str]:
    reader = study_reader(spec.dataset, home)
    scripts = {script.NAME: script.train_script(spec, meta, data, home, summary)}
    raw = load_rows(spec.dataset, home)
    if data.info.kind == "table":
        scripts[NAME] = score_script(spec, data, raw.date_forms, reader, raw.units)
    texts = {
        **scripts,
        "spec.json": spec.to_json(),
        "config.json": json.dumps(meta["config"], indent=2, sort_keys=True, allow_nan=False) + "\n",
        "requirements.txt": "\n".join(script.packages(scripts.values())) + "\n",
    }
    if data.info.id == "insurance":
        assert isinstance(raw.x, pd.DataFrame)
        texts[INSURANCE] = raw.x.assign(**{raw.info.target: raw.y}).to_csv(index=False)
    return texts


def csv_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table of rows, its columns in the order in which they first appear."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


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
    """Compares the answers of ``model.keras`` in the zip to those of ``model`` on the first rows.

    It is loaded in a clean process that has Keras and nothing of ours.

    Raises:
        ExportError: They differ, or the file cannot be loaded.
    """
    raw = load_rows(spec.dataset, home)
    rows = take_rows(raw.x, np.arange(min(_ROWS, len(raw.y))))
    with keras.device("cpu:0"):
        expected = predict(model, rows, data)
    found = _predictions_alone(bundle, model, raw_inputs(rows, data))
    limit = _TOLERANCE * max(1.0, float(np.abs(expected).max()))
    if found.shape != expected.shape or not np.allclose(found, expected, rtol=0, atol=limit):
        raise ExportError(
            "The saved model does not answer as the trained one does, so no bundle was made. "
            "Download the bundle again; if it stays so, please report the study's spec."
        )


def _predictions_alone(bundle: Path, model: keras.Model, inputs: Any) -> np.ndarray:
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
