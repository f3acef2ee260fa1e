"""A new table scored by a study's best model: its rows, and what the model says to each."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tuning_core.datasets import DataError, load_rows
from tuning_core.datasets.columns import TablePreprocessing
from tuning_core.datasets.raw import RawData
from tuning_core.datasets.spreadsheet import safe_text
from tuning_core.datasets.tables.csv.header import is_number
from tuning_core.datasets.tables.readers import likely, open_table
from tuning_core.datasets.tables.rows import column_values
from tuning_core.datasets.tables.table import Table
from tuning_core.files import whole
from tuning_core.model_export.evaluation import predict
from tuning_core.model_export.model import ExportError, best_model_and_data
from tuning_core.model_export.script.loading import known_words
from tuning_core.spec.dataset import WORDS, ColumnKind, DatasetSpec
from tuning_core.spec.decision import Decision
from tuning_core.spec.study import StudySpec


def score_table(
    best: Path,
    target: Path,
    spec: StudySpec,
    home: Path,
    path: Path,
    decision: Decision | None = None,
) -> Path:
    """Writes the rows of ``path`` and its predictions to ``target`` in one step; returns it.

    Every cell is kept as it stands in the file, whatever it was read as. A class comes with a
    probability for each class, a value in its original unit. Texts that a spreadsheet would take
    for a formula get a leading apostrophe. Raises ExportError, or DataError that says line or
    column.
    """
    if spec.dataset_info.kind != "table":
        raise ExportError(f"{spec.dataset_info.title} is no table: only tables can be scored.")
    model, _, data = best_model_and_data(best, spec, home, decision=decision)
    own, pre = spec.dataset, data.preprocessing
    columns: Mapping[str, ColumnKind]
    if isinstance(pre, TablePreprocessing):
        columns = {column.name: column.kind for column in pre.columns}
    else:
        columns = dict.fromkeys(data.info.feature_names, "number")
    raw = load_rows(own, home)
    table, frame = _read(path, own, columns, raw, known_words(pre))
    rows = frame if isinstance(pre, TablePreprocessing) else frame.to_numpy(np.float64)
    if isinstance(rows, np.ndarray) and np.isnan(rows).any():
        row, column = (int(place[0]) for place in np.nonzero(np.isnan(rows)))
        raise DataError(
            f"Row {row + 1} has no value of {list(columns)[column]!r}: this model knows no missing "
            "values; fill it in or remove the row."
        )
    predictions = predict(model, rows, data)
    return _write(target, table, predictions, data.info.class_names, data.info.target)


def _read(
    path: Path,
    own: DatasetSpec,
    columns: Mapping[str, ColumnKind],
    raw: RawData,
    words: Mapping[str, tuple[str, ...]],
) -> tuple[Table, pd.DataFrame]:
    """The table and its columns for the model, read as the study's was.

    Where that does not fit, it is read as it looks by itself. Raises DataError.
    """
    refused: list[tuple[bool, DataError]] = []
    for given in likely(path, own):
        complete = False
        try:
            table = _opened(path, columns, given)
            complete = True
            return table, _frame(table, columns, raw, words)
        except DataError as error:
            refused.append((complete, error))
    # Where all columns were there, what is added_cells of a value is what has to be corrected.
    raise max(refused, key=lambda attempt: attempt[0])[1]


def _opened(path: Path, columns: Mapping[str, ColumnKind], given: Mapping[str, Any]) -> Table:
    texts = [name for name, kind in columns.items() if kind in WORDS]
    table = open_table(path, texts=texts, only=columns, least=1, **given)
    missing = [name for name in columns if name not in table.cells]
    if missing:
        listed = ", ".join(repr(name) for name in missing[:10])
        raise DataError(
            f"The table has no column {listed}: the model needs {', '.join(columns)}. Its columns "
            f"are {', '.join(table.names[:20])}."
        )
    return table


def _frame(
    table: Table,
    columns: Mapping[str, ColumnKind],
    raw: RawData,
    words: Mapping[str, tuple[str, ...]],
) -> pd.DataFrame:
    values, forms = {}, raw.date_forms
    for name, kind in columns.items():
        known: ColumnKind = "date" if name in forms else kind
        # Of the words for what is missing those that the model knows are values.
        cells = table.cells[name].as_known(words.get(name, ()))
        if cells.unit not in ("", raw.units.get(name, "")):
            raise DataError(
                f"The values of {name!r} are in {cells.unit}, those that the model has learnt from "
                f"in {raw.units.get(name) or 'no unit'}: write them alike."
            )
        values[name] = column_values(table, cells, known, forms.get(name))
    return pd.DataFrame(values, copy=False)


def _write(
    path: Path, table: Table, predictions: np.ndarray, classes: tuple[str, ...], target: str
) -> Path:
    added: dict[str, list[object]] = {}
    taken = set(table.names)
    prediction = _free(f"predicted {target}", taken)
    if classes:
        names = [safe_text(name) for name in classes]
        added[prediction] = [names[place] for place in predictions.argmax(axis=1)]
        for number, name in enumerate(classes):
            added[_free(f"probability of {name}", taken)] = predictions[:, number].round(6).tolist()
    else:
        added[prediction] = predictions[:, 0].tolist()
    path.parent.mkdir(exist_ok=True)
    with whole(path) as draft, draft.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*map(safe_text, (*table.names, *added))])
        for cells, *predicted in zip(_cells(table), *added.values(), strict=True):
            writer.writerow([*map(_kept, cells), *predicted])
    return path


def _cells(table: Table) -> Iterator[list[str]]:
    """The cells of each row, letter for letter."""
    with table.records() as found:
        for _, row in found:
            yield row


def _kept(cell: str) -> str:
    """A cell as it is, unless a spreadsheet would run it: a number is none to run."""
    return cell if is_number(cell) or cell.strip() in ("-", "+") else safe_text(cell)


def _free(name: str, taken: set[str]) -> str:
    """The name, or one with a number behind it where the table has it already."""
    found, copy = name, 1
    while found in taken:
        copy += 1
        found = f"{name} ({copy})"
    taken.add(found)
    return found
