"""The best model on rows that it never trained on: its answers, and the few rows that are shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tuning_core.analysis.metric_intervals import (
    Interval,
    area_interval,
    f1_interval,
    mean_interval,
    r2_interval,
    share_interval,
)
from tuning_core.datasets import (
    RawData,
    load_rows,
    split,
    split_rows,
    take_rows,
    test_part,
)
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.reading import read_events
from tuning_core.model_export import ExportError, best_model_and_data, evaluate
from tuning_core.model_export.evaluation import Evaluation
from tuning_core.spec.study import StudySpec
from tuning_core.training.checkpoints import write_arrays
from tuning_core.worker.pipes import Command, EventPipe
from tuning_core.worker.search.refit import refit_best
from tuning_core.worker.search.replay import replay

Parts = ("validation", "test")


def answers(
    command: Command, files: StudyFiles, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    """Answers ``answers``: writes ``answers-<part>.npz``.

    It has the model's answers to every row of the ``part`` ("validation" or "test") and some of the
    rows themselves.

    Raises:
        ExportError: The test part has not been revealed.
    """
    part = command.get("part")
    if part not in Parts:
        raise ExportError(f"part: expected validation or test, received {str(part)[:40]!r}.")
    refit_best(files, spec, home)
    model, meta, data = best_model_and_data(files.best, spec, home)
    if part == "test":
        _check_revealed(files, spec, meta["trial"])
        test = test_part(spec.dataset, home)
        x, y = test.x_raw, test.y
    elif spec.folds > 1:
        raise ExportError(
            "The best model of a cross-validation is refitted on all rows outside the test part, "
            "so no validation row is new to it. The test part shows its mistakes once revealed."
        )
    else:
        x, y = _validation_rows(spec, home)
    found = evaluate(model, meta["config"], x, y, data)
    path, raw = files.answers(part), load_rows(spec.dataset, home)
    write_answers(path, found, x, y, raw, {"part": part, "trial": meta["trial"]})
    return {"path": str(path)}


def write_answers(
    path: Path, found: Evaluation, x: Any, y: np.ndarray, raw: RawData, meta: Mapping[str, Any]
) -> None:
    """Writes what was said to raw rows ``x`` (n) of the truth ``y`` (n,), and some of the rows."""
    arrays, places = per_row(found.predictions, y, raw.info.task)
    rows, names = shown_rows(take_rows(x, places), raw)
    estimates = _estimates(found, y, raw.info.task)
    about = {
        "columns": names,
        "classes": [str(name) for name in raw.info.class_names],
        "metrics": {name: astuple(value) for name, value in estimates.items()},
    }
    write_arrays(path, {**arrays, "shown": [places], **rows}, {**meta, **about})


def _validation_rows(spec: StudySpec, home: Path) -> tuple[Any, np.ndarray]:
    raw: RawData = load_rows(spec.dataset, home)
    rows, places = split_rows(raw, spec.dataset), split(raw, spec.dataset).validation
    return rows.rows(places), rows.y[places]


def _check_revealed(files: StudyFiles, spec: StudySpec, trial: int) -> None:
    revealed = replay(read_events(files.journal), spec.objective_info).revealed
    if revealed is None or revealed["trial"] != trial:
        raise ExportError("The test part has not been revealed: its rows stay unseen until then.")


def per_row(
    predicted: np.ndarray, y: np.ndarray, task: str
) -> tuple[dict[str, list[np.ndarray]], np.ndarray]:
    """What is kept of every row, and the places of the rows that are shown."""
    if task == "regression":
        value = predicted[:, 0]
        places = shown_places(np.zeros(len(y), dtype=int), np.abs(value - y))
        return {"truth": [y.astype(np.float64)], "said": [value]}, places
    winner = predicted.argmax(axis=1)
    confidence = predicted[np.arange(len(y)), winner]
    places = shown_places(np.asarray(y) * predicted.shape[1] + winner, confidence)
    arrays = {
        "truth": [np.asarray(y, dtype=np.int32)],
        "said": [winner.astype(np.int32)],
        "sure": [confidence.astype(np.float32)],
    }
    if predicted.size <= MOST_PROBABILITIES:
        arrays["probabilities"] = [predicted.astype(np.float32)]
    return arrays, places


def _estimates(evaluated: Evaluation, y: np.ndarray, task: str) -> Mapping[str, Interval]:
    """The metrics with their intervals."""
    predicted, metrics = evaluated.predictions, evaluated.metrics
    found = {"loss": mean_interval(evaluated.losses)}
    if task == "regression":
        error = predicted[:, 0] - y
        found["mae"] = mean_interval(np.abs(error))
        found["mse"] = mean_interval(np.square(error))
        found["r2"] = r2_interval(predicted[:, 0], y)
        return found
    winner = predicted.argmax(axis=1)
    found["accuracy"] = share_interval(float(np.sum(winner == y)), len(y))
    if predicted.shape[1] == 2:
        positives = int(np.sum(y))
        found["auc"] = area_interval(metrics["auc"], positives, len(y) - positives)
        found["f1"] = f1_interval(winner, y)
    return found


MOST_PROBABILITIES = 16_000_000
"""Numbers: 64 MB. Beyond, of each row only the class that was said is kept, and how surely."""
MOST_ROWS = 2_400
LEAST_OF_KIND = 4
MOST_OF_KIND = 60
"""Rows of one kind of answer, such as "a 4 taken for a 9", where there are several kinds."""
MOST_OF_ONLY = 800
"""Rows of the only kind there is: half the worst, half from all over."""
MOST_VALUES = 1_000_000
MOST_COLUMNS = 60
_TEXT = 80


def shown_places(kinds: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Places (k,) of the rows worth showing.

    Of each kind those with the most ``weight``, and some from all over. ``kinds`` (n,) numbers the
    kind of answer that a row got.
    """
    heaviest = np.argsort(-weight, kind="stable")
    names, counts = np.unique(kinds, return_counts=True)
    share = MOST_ROWS // (2 * len(names))
    each = MOST_OF_ONLY // 2 if len(names) == 1 else min(MOST_OF_KIND, max(LEAST_OF_KIND, share))
    if counts.max() > each:
        sorted_kinds = kinds[heaviest]
        # The place of each row among those of its kind.
        order = np.argsort(sorted_kinds, kind="stable")
        starts = np.repeat(np.cumsum(counts) - counts, counts)
        rank = np.empty(len(kinds), dtype=int)
        rank[order] = np.arange(len(kinds)) - starts
        heaviest = heaviest[rank < each]
    evenly = np.linspace(0, len(kinds) - 1, min(len(kinds), MOST_OF_ONLY // 2)).astype(int)
    return np.unique(np.concatenate([heaviest[:MOST_ROWS], evenly]))


def shown_rows(rows: Any, raw: RawData) -> tuple[Mapping[str, list[np.ndarray]], list[str]]:
    """Arrays of the rows, and the names of their columns; pictures have none.

    Pictures are uint8 (k, height, width) or (k, height, width, 3); columns float64 (k,) or texts.
    """
    info = raw.info
    if info.kind == "image":
        bright = np.asarray(rows, dtype=np.float64) * (255 / (info.full_scale or 255))
        return {"pictures": [np.rint(bright).astype(np.uint8).reshape(-1, *info.row_shape)]}, []
    names = [str(name) for name in info.feature_names] or [
        f"x{number + 1}" for number in range(math.prod(info.input_shape))
    ]
    if isinstance(rows, pd.DataFrame):
        names = [str(name) for name in rows.columns]
    names = names[: min(MOST_COLUMNS, max(1, MOST_VALUES // max(1, len(rows))))]
    columns = []
    for place, name in enumerate(names):
        if isinstance(rows, pd.DataFrame):
            columns.append(_column(rows.iloc[:, place], name in raw.date_forms))
        else:
            columns.append(np.asarray(rows[:, place], dtype=np.float64))
    return {"columns": columns}, names


def _column(values: pd.Series, date: bool) -> np.ndarray:
    if date:
        days = pd.to_datetime(values.astype(float), unit="D", errors="coerce")
        return np.array([_cut(day) for day in days.dt.strftime("%Y-%m-%d").fillna("")], dtype=str)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64)
    texts = values.astype(object).where(values.notna(), "")
    return np.array([_cut(text) for text in texts], dtype=str)


def _cut(text: object) -> str:
    words = str(text)
    return words if len(words) <= _TEXT else f"{words[: _TEXT - 1]}…"
