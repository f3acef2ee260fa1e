"""A look at a CSV: how it is written and what is in its columns."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables.cells import Cells, check_quotes, line_of, read_cells
from tuning_core.datasets.tables.dialect import Dialect, find_dialect
from tuning_core.datasets.tables.kinds import ColumnInfo, look_at, mostly_numbers
from tuning_core.datasets.tables.leaks import LEAK, leak_sample, predicts_alone
from tuning_core.datasets.tables.scan import scan
from tuning_core.datasets.tables.targets import Task, graded, imbalance, infer_task, labels_of
from tuning_core.spec_dataset import ColumnKind

HEAD_ROWS = 20
_USUAL_TARGETS = ("target", "label", "class", "y", "outcome", "answer", "result")


@dataclass(frozen=True)
class TableReading:
    """What a CSV holds. ``target`` and ``task`` are given ones, or suggestions.

    ``labels`` are the different values of the target of a classification, sorted.
    ``head`` holds the first rows as text; ``warnings`` are sentences.
    """

    delimiter: str
    decimal: str
    encoding: str
    header: bool
    rows: int
    columns: tuple[ColumnInfo, ...]
    target: str
    task: Task
    labels: tuple[str, ...]
    warnings: tuple[str, ...]
    head: pd.DataFrame
    sha256: str


@dataclass(frozen=True)
class Table:
    """An open table: how it is written, and its columns."""

    path: Path
    sha256: str
    dialect: Dialect
    cells: dict[str, Cells]


def open_table(
    path: Path,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    texts: Iterable[str] = (),
    only: Iterable[str] | None = None,
    least: int = 2,
) -> Table:
    """Reads a CSV whole, or ``only`` some of its columns; those in ``texts`` as texts.

    Raises DataError, also for a table of less than ``least`` columns.
    """
    found = scan(path, encoding)
    dialect = find_dialect(path, found, delimiter, decimal, header, least)
    if found.quotes % 2:
        check_quotes(path, dialect)
    chosen = None if only is None else [name for name in dialect.names if name in set(only)]
    cells = read_cells(path, dialect, chosen, set(texts))
    return Table(path, found.sha256, dialect, {column.name: column for column in cells})


def read_table(
    path: Path,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    columns: Mapping[str, ColumnKind] | None = None,
    target: str | None = None,
    task: Task | None = None,
    group: str | None = None,
    time: str | None = None,
) -> TableReading:
    """What is in a CSV; what is given is taken as given, the rest is inferred.

    Raises DataError: one sentence that says the line or the column and what to do.
    """
    given = dict(columns or {})
    texts = [name for name, kind in given.items() if kind == "category"]
    table = open_table(
        path, delimiter=delimiter, decimal=decimal, encoding=encoding, header=header, texts=texts
    )
    names = table.dialect.names
    check_names(names, given, target, group, time)
    infos = {name: look_at(table.cells[name], given.get(name)) for name in names}
    for field, name in (("group", group), ("time", time)):
        if name is not None and name not in given:
            why = f"Rows are split by it (dataset.{field})."
            infos[name] = replace(infos[name], kind="ignore", note=why)
    chosen = target or _suggested(infos)
    used = task or infer_task(table.cells[chosen])
    hint = graded(table.cells[chosen])
    rows = leak_sample(table.cells[chosen].absent)
    for name, info in infos.items():
        if name != chosen and info.kind != "ignore" and _leaks(table, name, chosen, used, rows):
            infos[name] = replace(info, note=LEAK)
    return TableReading(
        delimiter=table.dialect.delimiter,
        decimal=table.dialect.decimal,
        encoding=table.dialect.encoding,
        header=table.dialect.header,
        rows=len(table.cells[chosen]),
        columns=tuple(infos.values()),
        target=chosen,
        task=used,
        labels=tuple(labels_of(table.cells[chosen])) if used == "classification" else (),
        warnings=(
            *_warnings(table, infos, chosen, used, given),
            *([hint] if task is None and used == "classification" and hint else []),
        ),
        head=pd.DataFrame(list(table.dialect.sample[:HEAD_ROWS]), columns=list(names), dtype=str),
        sha256=table.sha256,
    )


def check_names(
    names: Iterable[str],
    columns: Iterable[str],
    target: str | None,
    group: str | None,
    time: str | None,
) -> None:
    """Raises DataError for a name that is no column, with the nearest one."""
    known = list(names)
    wanted = [("target", target), ("group", group), ("time", time)]
    wanted += [(f"columns.{name}", name) for name in columns]
    for field, name in wanted:
        if name is not None and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
            hint = f"did you mean {close[0]!r}?" if close else f"its columns are {listed}."
            raise DataError(f"dataset.{field}: the table has no column {name!r}; {hint}")


def _suggested(infos: Mapping[str, ColumnInfo]) -> str:
    """A column with a usual name for a target, else the last that is good for anything."""
    for usual in _USUAL_TARGETS:
        for name in infos:
            if name.lower() == usual:
                return name
    usable = [name for name, info in infos.items() if info.kind != "ignore"]
    return usable[-1] if usable else list(infos)[-1]


def _leaks(table: Table, name: str, target: str, task: Task, rows: np.ndarray) -> bool:
    answers, column = table.cells[target], table.cells[name]
    if task == "regression" and answers.numbers is None:
        return False
    y = answers.numbers if answers.numbers is not None else answers.codes
    x = column.numbers if column.numbers is not None else column.codes
    return predicts_alone(
        x[rows].astype(np.float64), y[rows].astype(np.float64), task == "classification"
    )


def _warnings(
    table: Table,
    infos: Mapping[str, ColumnInfo],
    target: str,
    task: Task,
    given: Mapping[str, ColumnKind],
) -> Iterable[str]:
    yield from table.dialect.warnings
    if table.dialect.encoding not in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii"):
        yield (
            f"The file is not UTF-8 and was read as {table.dialect.encoding}: if letters look "
            "wrong, choose another encoding."
        )
    if not table.dialect.header:
        yield "The first line holds values, not names: the columns are numbered."
    missing = infos[target].missing
    if missing:
        yield f"{missing:,} rows without a value of {target!r} are left out."
    if task == "classification" and (uneven := imbalance(table.cells[target])):
        yield uneven
    for name, info in infos.items():
        if name == target:
            continue
        odd = (
            mostly_numbers(table.cells[name], table.dialect.decimal) if name not in given else None
        )
        if odd is not None:
            line = line_of(table.path, table.dialect, odd[0])
            yield (
                f"Column {name!r} would be numbers, but line {line} holds {odd[1][:40]!r}: correct "
                "it or leave it empty."
            )
        elif info.note:
            yield f"Column {name!r}{' is ignored' if info.kind == 'ignore' else ''}: {info.note}"
