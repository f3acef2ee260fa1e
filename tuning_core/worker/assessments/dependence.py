"""How the best model's answer goes with a column, or with two, all others as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tuning_core.analysis.dependence import (
    MOST_WORDS_OF_PAIR,
    STEPS_OF_PAIR,
    counts_of_numbers,
    counts_of_words,
    dependence,
    grid_of_numbers,
    grid_of_words,
    nearest_places,
)
from tuning_core.datasets import take_rows
from tuning_core.model_export import ExportError
from tuning_core.worker.assessments.asked import Asked
from tuning_core.worker.assessments.columns import check_columns
from tuning_core.worker.assessments.subject import Subject, subject_of, with_column
from tuning_core.worker.requests.row_input import written_date

MOST_ROWS, MOST_ROWS_OF_PAIR, MOST_CURVES = 500, 200, 60
AT_ONCE = 4_096


def assess(asked: Asked) -> dict[str, Any]:
    """Answers ``dependence``: the average and single rows' curves, or a map of two columns."""
    options = asked.options
    subject = subject_of(asked, options.part, describing=True)
    check_columns(subject)
    first = subject.column(options.column) if options.column else 0
    number, name = _class(subject, options.of_class)
    common = {
        "part": subject.part,
        "of_rows": len(subject.truth),
        "class": name,
        "target": subject.target,
        "names": [column.name for column in subject.columns if column.kind != "text"],
        "classes": list(subject.classes),
        "column": subject.columns[first].name,
    }
    if options.second is None:
        return {**common, **_single(asked, subject, first, number)}
    second = subject.column(options.second)
    if second == first:
        raise ExportError(f"second: expected another column than {options.column}.")
    return {**common, **_pair(asked, subject, first, second, number)}


def _class(subject: Subject, name: str | None) -> tuple[int, str]:
    """(the output that is looked at, its class)."""
    classes = subject.classes
    if not classes:
        return 0, ""
    if name is None:
        return (1, classes[1]) if len(classes) == 2 else (0, classes[0])
    if name not in classes:
        raise ExportError(
            f"of_class: expected one of {', '.join(classes[:8])}, received {name[:60]!r}."
        )
    return classes.index(name), name


def _single(asked: Asked, subject: Subject, place: int, output: int) -> dict[str, Any]:
    column = subject.columns[place]
    grid = _grid(subject, place)
    every, subject = subject.values(place), subject.taken(MOST_ROWS)
    rows = len(subject.truth)
    said = _said(asked, subject, [(place, grid)], output)
    kept = np.linspace(0, rows - 1, min(rows, MOST_CURVES)).astype(int)
    ordered = column.kind in ("number", "date")
    found = dependence(said, kept.tolist(), ordered=ordered)
    counts: Any = counts_of_numbers(every) if ordered else counts_of_words(every, grid)
    return {
        "rows": rows,
        "kind": column.kind,
        "grid": _shown(grid, column.form),
        "numbers": grid if ordered else None,
        "average": found.average,
        "curves": found.curves,
        "against": found.against,
        "counts": counts,
        "missing": int(every.isna().sum()),
        "more_words": 0 if ordered else max(0, every.nunique() - sum(w is not None for w in grid)),
    }


def _pair(asked: Asked, subject: Subject, first: int, second: int, output: int) -> dict[str, Any]:
    grids = [_grid(subject, place, pair=True) for place in (first, second)]
    here, there = (
        nearest_places(subject.values(place), grid)
        for place, grid in zip((first, second), grids, strict=True)
    )
    counts = np.zeros((len(grids[0]), len(grids[1])), int)
    known = (here >= 0) & (there >= 0)
    np.add.at(counts, (here[known], there[known]), 1)
    forms = [subject.columns[place] for place in (first, second)]
    subject = subject.taken(MOST_ROWS_OF_PAIR)
    said = _said(asked, subject, [(first, grids[0]), (second, grids[1])], output)
    average = said.mean(axis=1).reshape(counts.shape)
    return {
        "rows": len(subject.truth),
        "second": forms[1].name,
        "grids": [_shown(grid, c.form) for grid, c in zip(grids, forms, strict=True)],
        "average": average.tolist(),
        "counts": counts.tolist(),
    }


def _grid(subject: Subject, place: int, pair: bool = False) -> list[Any]:
    column, values = subject.columns[place], subject.values(place)
    if column.kind == "text":
        raise ExportError(
            f"{column.name} is free text, which has no range to go along: choose another column."
        )
    if column.kind == "category":
        return list(grid_of_words(values, *((MOST_WORDS_OF_PAIR,) if pair else ())))
    grid = grid_of_numbers(values, *((STEPS_OF_PAIR,) if pair else ()))
    if not grid:
        raise ExportError(f"{column.name} has no value in these rows: choose another column.")
    return list(grid)


def _said(
    asked: Asked, subject: Subject, grids: list[tuple[int, list[Any]]], output: int
) -> np.ndarray:
    """What the model says (g, n) of all rows at each value, or at each pair of values."""
    rows = len(subject.truth)
    shape = [len(grid) for _, grid in grids]
    points = np.indices(shape).reshape(len(shape), -1)
    each = max(1, AT_ONCE // rows)
    said = np.empty((points.shape[1], rows))
    for start in range(0, len(said), each):
        asked.progress(start / len(said), subject.columns[grids[0][0]].name)
        some = points[:, start : start + each]
        count = some.shape[1]
        changed = take_rows(subject.rows, np.tile(np.arange(rows), count))
        for (place, grid), at in zip(grids, some, strict=True):
            changed = with_column(changed, place, _repeated(grid, at, rows))
        answers = subject.say(changed, np.tile(subject.truth, count))
        said[start : start + count] = answers.predictions[:, output].reshape(count, rows)
    return said


def _repeated(grid: list[Any], at: np.ndarray, rows: int) -> Any:
    """The values of a grid at these places, each for all rows."""
    if all(isinstance(value, float) for value in grid):
        return np.repeat(np.array(grid)[at], rows)
    return pd.Categorical([grid[place] for place in np.repeat(at, rows)])


def _shown(grid: list[Any], form: str | None) -> list[Any]:
    return grid if form is None else [written_date(value, form) for value in grid]
