"""A new row as the exported model takes it: of a drawing, a picture or the cells of a form."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.catalog.row_answer import Cell, ColumnRange, Pixels
from tuning_core.datasets import DataError, RawData
from tuning_core.datasets.drawing import DrawingStyle, drawn, read_strokes, resembling
from tuning_core.datasets.pictures.picture import grey_levels
from tuning_core.datasets.tables import dates
from tuning_core.spec.dataset import WORDS

MOST_COLUMNS = 60
"""Columns of a form, and those that are varied; others stay as in the row that was started from."""
STEPS = 25
"""Values at which a column of numbers is looked at."""
_LONGEST_SIDE = 1_024


def column_names(raw: RawData) -> list[str]:
    """The columns that the model learnt from, in their order."""
    if isinstance(raw.x, pd.DataFrame):
        return [str(name) for name in raw.x.columns]
    return list(raw.info.feature_names) or [f"x{n + 1}" for n in range(raw.x.shape[1])]


def column_ranges(
    raw: RawData, vocabularies: Mapping[str, Sequence[str]], texts: Collection[str] = ()
) -> list[ColumnRange]:
    """What the training rows ``raw`` have in each column of a form.

    ``vocabularies`` are the categories that the model knows by column, ``texts`` the columns that
    it reads word by word.
    """
    found = []
    for place, name in enumerate(column_names(raw)[:MOST_COLUMNS]):
        if name in vocabularies:
            gaps = bool(raw.x.iloc[:, place].isna().any())
            words = tuple(vocabularies[name])
            found.append(ColumnRange(name, "category", gaps=gaps, words=words))
            continue
        if name in texts:
            found.append(ColumnRange(name, "text", gaps=True))
            continue
        values = _numbers(raw, place)
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
        found.append(
            ColumnRange(
                name,
                "date" if name in raw.date_forms else "number",
                low,
                high,
                whole=bool(len(known)) and not np.any(known % 1),
                # An array of numbers knows nothing that is missing.
                gaps=isinstance(raw.x, pd.DataFrame) and len(known) < len(values),
            )
        )
    return found


def _numbers(raw: RawData, place: int) -> np.ndarray:
    column = raw.x.iloc[:, place] if isinstance(raw.x, pd.DataFrame) else raw.x[:, place]
    return np.asarray(column, dtype=np.float64)


def cells_of(row: Any, raw: RawData) -> dict[str, Cell]:
    """The cells of one raw row as a form has them: dates in letters, None for what is missing."""
    return {
        name: _cell(value, raw.date_forms.get(name))
        for name, value in zip(column_names(raw), raw_values(row), strict=True)
    }


def raw_values(row: Any) -> list[Any]:
    """The values of one raw row: numbers, days since 1970, texts."""
    if isinstance(row, pd.DataFrame):
        return [row.iloc[0, place] for place in range(row.shape[1])]
    values: list[Any] = row[0].tolist()
    return values


def _cell(value: Any, form: str | None) -> Cell:
    if isinstance(value, str):
        return value
    if value is None or not math.isfinite(value):
        return None
    return float(value) if form is None else written_date(float(value), form)


def written_date(days: float, form: str) -> str:
    """Days since 1970 as a table writes them."""
    moment = pd.Timestamp(0) + pd.Timedelta(days=days)
    if form != dates.ISO:
        return moment.strftime(form)
    return moment.strftime("%Y-%m-%d") if days == int(days) else moment.isoformat(" ", "seconds")


def row_of_cells(given: object, start: Any, raw: RawData, ranges: Sequence[ColumnRange]) -> Any:
    """The raw row of a form: its cells, and those of the row ``start`` in columns that it lacks.

    Raises DataError that names the column.
    """
    known = {column.name: column for column in ranges}
    if not isinstance(given, Mapping) or not {*given} <= {*known}:
        raise DataError("The form does not have this study's columns: reload the page.")
    if all(value is None or value == "" for value in given.values()):
        raise DataError("The form is empty: fill in a value, or start from a training row.")
    values = {
        name: _value(given[name], column, raw) for name, column in known.items() if name in given
    }
    if isinstance(start, np.ndarray):
        row = start.copy()
        for place, name in enumerate(column_names(raw)):
            row[0, place] = values.get(name, row[0, place])
        return row
    return _replaced(start, values)


def _value(given: object, column: ColumnRange, raw: RawData) -> float | str | None:
    name = column.name
    if given is None or given == "":
        if not isinstance(raw.x, pd.DataFrame):
            raise DataError(f"{name}: is not filled in, and this model knows no missing values.")
        return None if column.kind in WORDS else math.nan
    if column.kind in WORDS:
        if not isinstance(given, str):
            raise DataError(f"{name}: expected a text, received {str(given)[:40]!r}.")
        return given
    if column.kind == "date":
        days = dates.days([str(given)], raw.date_forms[name])[0]
        if math.isnan(days):
            example = written_date(column.high, raw.date_forms[name])
            raise DataError(f"{name}: expected a date such as {example}, received {given!r:.40}.")
        return float(days)
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        example = f"{column.high:g}"
        raise DataError(f"{name}: expected a number such as {example}, received {given!r:.40}.")
    return float(given)


def _replaced(rows: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """Rows with these values, one for all or one for each, in place of what they had."""
    columns: dict[str, Any] = {}
    for name in rows.columns:
        column = rows[name]
        if name not in values:
            columns[name] = column.array
        elif isinstance(column.dtype, pd.CategoricalDtype):
            words = values[name] if isinstance(values[name], list) else [values[name]] * len(rows)
            columns[name] = pd.Categorical(words)
        else:
            columns[name] = np.broadcast_to(np.asarray(values[name], np.float64), len(rows))
    return pd.DataFrame(columns)


def varied(row: Any, ranges: Sequence[ColumnRange]) -> tuple[Any, list[list[Any]]]:
    """(rows in which one column after the other takes values of its range, those values).

    Values are numbers, or the words of a category.
    """
    steps = [_steps(column) for column in ranges]
    count, ends = sum(map(len, steps)), np.cumsum([0, *map(len, steps)])
    if isinstance(row, np.ndarray):
        rows = np.repeat(row, count, axis=0)
        for place, values in enumerate(steps):
            rows[ends[place] : ends[place + 1], place] = values
        return rows, steps
    repeated = row.iloc[np.zeros(count, dtype=int)]
    changed: dict[str, Any] = {}
    for place, (column, values) in enumerate(zip(ranges, steps, strict=True)):
        old = repeated[column.name].tolist()
        old[ends[place] : ends[place + 1]] = values
        changed[column.name] = old
    return _replaced(repeated, changed), steps


def _steps(column: ColumnRange) -> list[Any]:
    if column.kind in WORDS:
        return list(column.words)
    span = column.high - column.low
    if column.whole and span < STEPS:
        return [column.low + step for step in range(int(span) + 1)]
    return [float(value) for value in np.linspace(column.low, column.high, STEPS)]


def place_in(values: Sequence[Any], value: Any) -> float | None:
    """Where a value lies among those of ``varied``, also between two numbers; None outside."""
    if isinstance(value, str):
        return float(values.index(value)) if value in values else None
    if not values or isinstance(values[0], str) or not values[0] <= value <= values[-1]:
        return None
    return float(np.interp(value, values, range(len(values))))


def row_of_strokes(given: object, info: DatasetInfo, style: DrawingStyle | None) -> np.ndarray:
    """The raw row (1, *input_shape) of what was drawn on the pad. Raises DataError."""
    strokes = read_strokes(given)
    height, width, *colours = info.row_shape
    if colours or style is None:
        raise DataError(
            f"The pictures of {info.title} are no drawings on a dark ground: upload a picture."
        )
    return _raw_row(drawn(strokes, (height, width), style), info)


def row_of_picture(given: object, info: DatasetInfo, style: DrawingStyle | None) -> np.ndarray:
    """The raw row (1, *input_shape) of an upload's ``Pixels`` (h, w, 3). Raises DataError.

    Where the dataset is drawn bright on dark, so is what comes out, unless it came in its size.
    """
    pixels = pixels_in(given)
    height, width, *colours = info.row_shape
    if colours:
        return _raw_row(_resized(pixels / 255, height, width), info)
    grey = grey_levels(pixels) / 255
    if style is None or (grey.shape == (height, width) and grey[0].mean() < 0.25):
        return _raw_row(_resized(grey, height, width), info)
    return _raw_row(resembling(grey, style, (height, width)), info)


def pixels_in(given: object) -> np.ndarray:
    """The pixels uint8 (h, w, 3) of a document of ``Pixels``. Raises DataError."""
    try:
        if not isinstance(given, Mapping):
            raise ValueError("no document")
        height, width, colours = (int(length) for length in given["shape"])
        if not (0 < height <= _LONGEST_SIDE and 0 < width <= _LONGEST_SIDE and colours == 3):
            raise ValueError("no picture's shape")
        return Pixels((height, width, colours), given["data"]).array()
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("What came is no picture: upload it again.") from error


def _resized(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture from 0 to 1 in another size."""
    if values.shape[:2] == (height, width):
        return values
    image = Image.fromarray(np.rint(values * 255).astype(np.uint8))
    return np.asarray(image.resize((width, height), Image.Resampling.BOX), np.float64) / 255


def _raw_row(values: np.ndarray, info: DatasetInfo) -> np.ndarray:
    """Brightness from 0 to 1 in the whole numbers that the dataset's files have."""
    return np.rint(values * (info.full_scale or 255)).reshape(1, *info.input_shape)
