"""The column to predict as a study's answers: classes in order, or values; and what is wrong."""

from __future__ import annotations

import numpy as np

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.kinds import odd_number
from tuning_core.datasets.tables.numbers import SIGNS
from tuning_core.datasets.tables.table import Cells, Table
from tuning_core.datasets.tables.targets import class_labels
from tuning_core.spec.dataset import DatasetSpec


def odd_value(table: Table, cells: Cells) -> tuple[int, str, str] | None:
    """(row, text, what it is not) of a value that keeps a column from being numbers."""
    odd = odd_number(cells, *table.signs)
    if odd is not None:
        return *odd, "number"
    if cells.texts is None or cells.absent.all():
        return None
    # Each is a number by itself: 5 % and 6 are not in one column.
    present = np.flatnonzero(~cells.absent)
    signs = ["".join(sign for sign in text if sign in SIGNS) for text in cells.texts.categories]
    written_with = np.array(signs, object)[cells.codes[present]]
    others = present[written_with != written_with[0]]
    row = int(others[0] if len(others) else present[0])
    return row, str(cells.texts[row]), "number written like the others" if len(others) else "number"


def answers_of(
    spec: DatasetSpec, table: Table, target: Cells
) -> tuple[np.ndarray, tuple[str, ...]]:
    """(answers of all rows, class labels)."""
    if spec.task == "regression":
        if target.numbers is None:
            row, text, kind = odd_value(table, target) or (0, "", "number")
            raise DataError(
                f"dataset.target: {table.place_of(row)} of {spec.target!r} holds {text[:40]!r}, "
                f"which is no {kind}; correct it, or choose classification."
            )
        if not target.absent.all() and np.nanmin(target.numbers) == np.nanmax(target.numbers):
            raise DataError(
                f"dataset.target: all values of {spec.target!r} are the same; choose another "
                "column."
            )
        _check_scale(spec, table, target)
        return target.numbers, ()
    words = target.as_texts()
    found = class_labels(target)
    labels = list(spec.classes or found)
    place = {label: number for number, label in enumerate(labels)}
    moved = np.array([*(place.get(str(word), -1) for word in words.categories), -1])
    y = moved[words.codes]
    strange = np.flatnonzero((y < 0) & ~target.absent)
    if len(strange):
        raise DataError(
            f"dataset.classes: {table.place_of(int(strange[0]))} holds "
            f"{str(words[strange[0]])[:40]!r}, which is none of the classes; add "
            "it, or leave classes out to have them found."
        )
    return y.astype(np.int64), tuple(labels)


def _check_scale(spec: DatasetSpec, table: Table, target: Cells) -> None:
    """Raises DataError for a value that has no logarithm."""
    assert target.numbers is not None
    if spec.target_scale is None:
        return
    least = 0.0 if spec.target_scale == "log" else -1.0
    below = np.flatnonzero(target.numbers <= least)
    if len(below):
        raise DataError(
            f"dataset.target_scale: {spec.target_scale} needs values above {least:g}, and "
            f"{table.place_of(int(below[0]))} of {spec.target!r} holds "
            f"{target.numbers[below[0]]:g}; "
            + ("choose log1p, or leave it out." if least == 0 else "leave it out.")
        )
