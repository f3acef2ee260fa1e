"""A new table scored by a study's best model: its rows, and what the model says to each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from tuning_core.datasets import DataError, load_rows
from tuning_core.datasets.spreadsheet import safe_text
from tuning_core.datasets.tables.encoding import CategoryColumn, TablePreprocessing
from tuning_core.datasets.tables.reading import Table, open_table
from tuning_core.datasets.tables.rows import column_values
from tuning_core.export.errors import ExportError
from tuning_core.export.evaluation import answer
from tuning_core.export.model import best_model_and_data
from tuning_core.spec import StudySpec
from tuning_core.spec_dataset import ColumnKind

PREDICTIONS = "predictions.csv"


def score_table(study_dir: Path, spec: StudySpec, home: Path, path: Path) -> Path:
    """Writes ``predictions.csv`` in one step: the rows of ``path`` and the model's answers.

    Columns that the model does not know are kept as they are. A class comes with a probability
    for each class, a value in its original unit. Texts that a spreadsheet would take for a
    formula get a leading apostrophe. Raises ExportError, or DataError that says line or column.
    """
    if spec.dataset_info.kind != "table":
        raise ExportError(f"{spec.dataset_info.title} is no table: only tables can be scored.")
    model, _, data = best_model_and_data(study_dir, spec, home)
    own, pre = spec.dataset, data.preprocessing
    columns: Mapping[str, str]
    if isinstance(pre, TablePreprocessing):
        columns = {
            column.name: "category" if isinstance(column, CategoryColumn) else "number"
            for column in pre.columns
        }
    else:
        columns = dict.fromkeys(data.info.feature_names, "number")
    texts = [name for name, kind in columns.items() if kind == "category"]
    table = open_table(path, header=own.header, texts=texts)
    missing = [name for name in columns if name not in table.cells]
    if missing:
        listed = ", ".join(repr(name) for name in missing[:10])
        raise DataError(
            f"The table has no column {listed}: the model needs {', '.join(columns)}. Its columns "
            f"are {', '.join(table.dialect.names[:20])}."
        )
    forms = load_rows(own, home).date_forms
    frame = _frame(table, columns, forms)
    rows = frame if isinstance(pre, TablePreprocessing) else frame.to_numpy(np.float64)
    if isinstance(rows, np.ndarray) and np.isnan(rows).any():
        row, column = (int(place[0]) for place in np.nonzero(np.isnan(rows)))
        raise DataError(
            f"Row {row + 1} has no value of {list(columns)[column]!r}: this model knows no missing "
            "values; fill it in or remove the row."
        )
    answers = answer(model, rows, data)
    return _write(study_dir / PREDICTIONS, table, answers, data.info.class_names, data.info.target)


def _frame(table: Table, columns: Mapping[str, str], forms: Mapping[str, str]) -> pd.DataFrame:
    values = {}
    for name, kind in columns.items():
        known: ColumnKind = "category" if kind == "category" else "number"
        if name in forms:
            known = "date"
        values[name] = column_values(table, table.cells[name], known, forms.get(name))
    return pd.DataFrame(values, copy=False)


def _write(
    path: Path, table: Table, answers: np.ndarray, classes: tuple[str, ...], target: str
) -> Path:
    written: dict[str, object] = {}
    for name, cells in table.cells.items():
        if cells.numbers is not None:
            written[safe_text(name)] = cells.as_texts()
        else:
            assert cells.texts is not None
            written[safe_text(name)] = cells.texts.rename_categories(
                lambda word: safe_text(str(word))
            )
    prediction = f"predicted {target}"
    if classes:
        names = np.array([safe_text(name) for name in classes], dtype=object)
        written[_free(prediction, written)] = names[answers.argmax(axis=1)]
        for number, name in enumerate(classes):
            written[_free(f"probability of {name}", written)] = answers[:, number].round(6)
    else:
        written[_free(prediction, written)] = answers[:, 0]
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        pd.DataFrame(written).to_csv(temporary, index=False, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _free(name: str, taken: Mapping[str, object]) -> str:
    """The name, or one with a number behind it where the table has it already."""
    found, copy = name, 1
    while found in taken:
        copy += 1
        found = f"{name} ({copy})"
    return found
