"""The training rows that a new one is compared with, and what a model says to it beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from tuning_core.catalog.row_answer import (
    ColumnEffect,
    ColumnRange,
    Neighbour,
    Pixels,
    RowAnswer,
    RowForm,
    Surface,
)
from tuning_core.datasets import (
    DataError,
    PreparedData,
    RawData,
    split,
    split_rows,
    take_rows,
)
from tuning_core.datasets.columns import CategoryColumn, TablePreprocessing
from tuning_core.datasets.drawing import DrawingStyle, style_of
from tuning_core.datasets.raw import RawRows
from tuning_core.datasets.splitting import outside_test
from tuning_core.model_export import predict
from tuning_core.spec.dataset import WORDS, DatasetSpec
from tuning_core.worker.requests.answers import shown_rows
from tuning_core.worker.requests.row_input import (
    MOST_COLUMNS,
    cells_of,
    column_names,
    column_ranges,
    place_in,
    raw_values,
    row_of_cells,
    row_of_picture,
    row_of_strokes,
    varied,
    written_date,
)

MOST_NUMBERS = 40_000_000
"""Inputs of training rows that are compared, of all models together; more are thinned out."""
NEAREST = 6
SURFACE_SIDE, SURFACE_POINTS = 60, 300
"""Of a plane: the points of a side at which the model is asked, and the training rows shown."""


@dataclass(frozen=True)
class KnownRows:
    """The training rows of ``dataset`` as a model on them needs them to answer.

    ``data`` has them as its training part, ``raw`` as they came; ``squares`` (n,) are their
    squared lengths. ``total`` counts all training rows, of which these may be some. With ``folds``
    they are all rows outside the test part. ``held`` are the validation rows of a table as they
    came, None where there are none.
    """

    dataset: DatasetSpec
    folds: int
    data: PreparedData
    raw: RawData
    squares: np.ndarray
    total: int
    ranges: tuple[ColumnRange, ...]
    style: DrawingStyle | None
    held: RawRows | None = None

    @classmethod
    def of(
        cls, dataset: DatasetSpec, loaded: RawData, data: PreparedData, *, folds: int = 1
    ) -> KnownRows:
        """Those among the ``loaded`` rows that ``data`` was made of."""
        rows, parts = split_rows(loaded, dataset), split(loaded, dataset)
        numbers = parts.train if folds == 1 else outside_test(parts)
        x, y, total = data.train.x, data.train.y, len(numbers)
        most = max(1, MOST_NUMBERS // max(1, x.shape[1]))
        if total > most:
            places = np.linspace(0, total - 1, most).astype(int)
            x, y, numbers = x[places], y[places], numbers[places]
        part = replace(data.train, x=x, y=y)
        nothing = replace(data.train, x=x[:0], y=y[:0])
        raw = replace(rows, x=rows.rows(numbers), y=rows.y[numbers], test=None, groups=None)
        pictures = raw.info.kind == "image"
        return cls(
            dataset,
            folds,
            replace(data, train=part, validation=nothing, weights=None),
            raw,
            np.einsum("ij,ij->i", x, x),
            total,
            () if pictures else tuple(column_ranges(raw, _vocabularies(data), _texts(data))),
            _style(raw) if pictures else None,
            None if pictures or folds > 1 else rows.rows(parts.validation),
        )

    @property
    def form(self) -> RowForm:
        """What a new row is made of."""
        more = len(column_names(self.raw)) - len(self.ranges) if self.ranges else 0
        held = 0 if self.held is None else len(self.held)
        return RowForm(len(self.raw.y), self.total, self.ranges, more, held)


def _vocabularies(data: PreparedData) -> dict[str, tuple[str, ...]]:
    pre = data.preprocessing
    if not isinstance(pre, TablePreprocessing):
        return {}
    return {c.name: c.words for c in pre.columns if isinstance(c, CategoryColumn)}


def _texts(data: PreparedData) -> list[str]:
    pre = data.preprocessing
    if not isinstance(pre, TablePreprocessing):
        return []
    return [column.name for column in pre.columns if column.kind == "text"]


def _style(raw: RawData) -> DrawingStyle | None:
    """How the pictures are drawn; None where they have colours, or a ground that is not dark."""
    if len(raw.info.row_shape) > 2:
        return None
    grey = raw.x.reshape(-1, *raw.info.row_shape)
    some = grey[np.linspace(0, len(grey) - 1, min(len(grey), 2_000)).astype(int)]
    return style_of(some / (raw.info.full_scale or 255))


def _raw_row(question: Mapping[str, Any], known: KnownRows) -> Any:
    """The raw row that is asked about. Raises DataError."""
    info = known.raw.info
    if info.kind == "image" and "strokes" in question:
        return row_of_strokes(question["strokes"], info, known.style)
    if info.kind == "image" and "picture" in question:
        return row_of_picture(question["picture"], info, known.style)
    number, part = question.get("row", 1), _part(question)
    rows = known.held if part == "validation" and known.held is not None else known.raw.x
    if type(number) is not int or not 1 <= number <= len(rows):
        raise DataError(
            f"row: expected the number of a {part} row, 1 to {len(rows):,}, "
            f"received {str(number)[:20]}."
        )
    start = take_rows(rows, np.array([number - 1]))
    if info.kind != "image" and "cells" in question:
        return row_of_cells(question["cells"], start, known.raw, known.ranges)
    return start


def _part(question: Mapping[str, Any]) -> str:
    return "validation" if question.get("part") == "validation" else "training"


def answer_to(
    question: Mapping[str, Any], known: KnownRows, model: keras.Model, trial: int
) -> RowAnswer:
    """What ``model`` of trial ``trial``, raw rows in, says. Raises DataError.

    A question has ``strokes``, a ``picture``, ``cells`` of a table, or just the number of a
    training ``row``, with which cells may be filled up; with the ``part`` "validation" that of a
    validation row.
    """
    row = _raw_row(question, known)
    predicted, trained = predict(model, row, known.data)[0], _part(question) == "training"
    info, pictures = known.raw.info, known.raw.info.kind == "image"
    below = None if info.classes else float(np.mean(known.raw.y < predicted[0]))
    return RowAnswer(
        trial,
        tuple(map(str, info.class_names)),
        tuple(predicted.tolist()),
        below,
        picture=_pictures(row, known.raw)[0] if pictures else None,
        cells={} if pictures else cells_of(row, known.raw),
        nearest=_nearest(known, row, question.get("row") if trained else None),
        effects=() if pictures else _effects(known, model, row, int(predicted.argmax())),
        surface=_surface(known, model),
    )


def _nearest(known: KnownRows, row: Any, start: int | None) -> tuple[Neighbour, ...]:
    """The training rows that lie nearest in the space of the preprocessed inputs.

    The row that was started from is none of them as long as nothing was changed.
    """
    x = known.data.train.x
    at = known.data.preprocessing.apply(row)[0]
    squares = known.squares - 2 * (x @ at) + at @ at
    most = min(NEAREST + 1, len(squares))
    places = np.argpartition(squares, most - 1)[:most]
    # Anew for these: the difference of large squares has few digits left.
    distances = np.linalg.norm(x[places] - at, axis=1)
    order = np.argsort(distances, kind="stable")
    if start is not None:
        order = order[(places[order] != start - 1) | (distances[order] > 0)]
    order = order[:NEAREST]
    return handed_out(known.raw, places[order], distances[order])


def handed_out(raw: RawData, places: np.ndarray, distances: np.ndarray) -> tuple[Neighbour, ...]:
    """Training rows as they are given to whoever asks: the only way in which rows leave here."""
    names, info = raw.info.class_names, raw.info
    rows = take_rows(raw.x, places)
    pictures = _pictures(rows, raw) if info.kind == "image" else [None] * len(places)
    found = []
    for place, number in enumerate(places):
        one = take_rows(rows, np.array([place]))
        cells = {} if info.kind == "image" else cells_of(one, raw)
        truth = str(names[raw.y[number]]) if info.classes else float(raw.y[number])
        shown = dict(list(cells.items())[:MOST_COLUMNS])
        distance = float(distances[place])
        found.append(Neighbour(int(number) + 1, distance, truth, pictures[place], shown))
    return tuple(found)


def _pictures(rows: Any, raw: RawData) -> list[Any]:
    return [Pixels.of(picture) for picture in shown_rows(rows, raw)[0]["pictures"][0]]


def _effects(
    known: KnownRows, model: keras.Model, row: Any, winner: int
) -> tuple[ColumnEffect, ...]:
    """What each column does to the answer by itself, that which does most first."""
    ranges = [column for column in known.ranges if column.words or column.kind not in WORDS]
    if not ranges:
        return ()
    rows, steps = varied(row, ranges)
    predicted = predict(model, rows, known.data)
    raw_cells = dict(zip(column_names(known.raw), raw_values(row), strict=True))
    classes, found, start = bool(known.raw.info.classes), [], 0
    for column, values in zip(ranges, steps, strict=True):
        answers = predicted[start : start + len(values)]
        start += len(values)
        form = known.raw.date_forms.get(column.name)
        shown = values if form is None else [written_date(value, form) for value in values]
        found.append(
            ColumnEffect(
                column.name,
                tuple(shown),
                tuple(answers[:, winner].tolist()),
                tuple(answers.argmax(axis=1).tolist()) if classes else (),
                place_in(values, raw_cells[column.name]),
                column.kind == "category",
            )
        )
    return tuple(sorted(found, key=lambda effect: -effect.spread))


def _surface(known: KnownRows, model: keras.Model) -> Surface | None:
    """What the model says over the plane of its two columns, a little beyond the rows."""
    rows = known.raw.x
    if not isinstance(rows, np.ndarray) or rows.shape[1:] != (2,):
        return None
    low, high = rows.min(axis=0), rows.max(axis=0)
    room = (high - low) / 20
    x, y = (np.linspace(*ends, SURFACE_SIDE) for ends in zip(low - room, high + room, strict=True))
    across, down = np.meshgrid(x, y[::-1])
    grid = np.stack([across.ravel(), down.ravel()], axis=1)
    predicted = predict(model, grid, known.data)
    winners, levels = predicted.argmax(axis=1), predicted.max(axis=1)
    if not known.raw.info.classes:
        levels = (levels - levels.min()) / (np.ptp(levels) or 1.0)
    shape = (SURFACE_SIDE, SURFACE_SIDE)
    kept = np.linspace(0, len(rows) - 1, min(len(rows), SURFACE_POINTS)).astype(int)
    points = np.column_stack([rows[kept], known.raw.y[kept]])
    return Surface(
        (float(x[0]), float(x[-1])),
        (float(y[0]), float(y[-1])),
        Pixels.of(winners.astype(np.uint8).reshape(shape)),
        Pixels.of(np.rint(255 * levels).astype(np.uint8).reshape(shape)),
        tuple(map(tuple, points.astype(float).tolist())),
    )
