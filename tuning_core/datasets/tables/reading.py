"""A look at a CSV: how it is written and what is in its columns."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables import numbers
from tuning_core.datasets.tables.cells import Cells, check_records, read_cells
from tuning_core.datasets.tables.dialect import Dialect, find_dialect
from tuning_core.datasets.tables.kinds import ColumnInfo, look_at, mostly_numbers
from tuning_core.datasets.tables.leaks import LEAK, leak_sample, predicts_alone
from tuning_core.datasets.tables.records import QuoteError
from tuning_core.datasets.tables.remarks import remarks, shown_values
from tuning_core.datasets.tables.scan import Scan, scan
from tuning_core.datasets.tables.targets import Task, graded, infer_task, labels_of
from tuning_core.spec.dataset import ColumnKind, Quotes

HEAD_ROWS = 20
MAX_SIGNED_CLASSES = 20
_WRITTEN = 5_000
_USUAL_TARGETS = ("target", "label", "class", "y", "outcome", "answer", "result")


@dataclass(frozen=True)
class TableReading:
    """What a CSV holds. ``target`` and ``task`` are given ones, or suggestions.

    ``labels`` are the different values of the target of a classification, sorted.
    ``head`` holds the first rows as text; ``warnings`` are sentences.
    """

    delimiter: str
    decimal: str
    thousands: str
    quotes: Quotes
    skip: int
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
    """An open table: how it is written, and its columns.

    ``guessed``: its encoding is a guess; ``unsure`` holds values that could be two numbers.
    """

    path: Path
    sha256: str
    dialect: Dialect
    cells: dict[str, Cells]
    guessed: bool = False
    unsure: tuple[str, ...] = ()


def open_table(
    path: Path,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    thousands: str | None = None,
    quotes: Quotes | None = None,
    skip: int | None = None,
    plain: bool = False,
    texts: Iterable[str] = (),
    only: Iterable[str] | None = None,
    wanted: Iterable[str] = (),
    least: int = 2,
) -> Table:
    """Reads a CSV whole, or ``only`` some of its columns; those in ``texts`` as texts.

    What is None is found, ``wanted`` names of columns help with that. ``plain`` numbers have no
    thousands signs and no others around them: so read versions that knew none. Raises DataError,
    also for a table of less than ``least`` columns.
    """
    found = scan(path, encoding)
    quote = None if quotes is None else quotes or ""
    dialect = find_dialect(
        path,
        found,
        delimiter,
        decimal,
        header,
        quote=quote,
        thousands=thousands,
        skip=skip,
        wanted=set(wanted),
        least=least,
    )
    if plain:
        dialect = replace(dialect, plain=True, thousands="")
    chosen = None if only is None else [name for name in dialect.names if name in set(only)]
    named = set(texts)
    dialect, cells = _read_quoted(path, dialect, found, quote is None, chosen, named)
    form = numbers.NumberForm(dialect.decimal, dialect.thousands)
    if not plain:
        form = numbers.find_form(_written(dialect, cells), dialect.delimiter, decimal, thousands)
    if (form.decimal, form.thousands) != (dialect.decimal, dialect.thousands):
        # The first lines did not show how numbers are written that come later.
        dialect = replace(dialect, decimal=form.decimal, thousands=form.thousands)
        cells = read_cells(path, dialect, chosen, named)
    return Table(
        path,
        found.sha256,
        dialect,
        {column.name: column for column in cells},
        found.guessed,
        form.unsure,
    )


def _read_quoted(
    path: Path,
    dialect: Dialect,
    found: Scan,
    free: bool,
    only: list[str] | None,
    texts: set[str],
) -> tuple[Dialect, list[Cells]]:
    """The cells, once it is sure that quotes enclose values; without quotes where that is free."""
    count = {'"': found.quotes, "'": found.apostrophes}.get(dialect.quote, 0)
    unquoted = free and dialect.delimiter == "\t"
    try:
        if count % 2 or (count and unquoted):
            check_records(path, dialect)
        cells = read_cells(path, dialect, only, texts)
        rows = len(cells[0]) if cells else 0
        if count and rows < found.lines - 1 - dialect.skip:
            # Values of several lines, or quotes that swallow the lines between them.
            check_records(path, dialect)
    except QuoteError:
        if not unquoted:
            raise
        dialect = replace(dialect, quote="", multiline=False)
        check_records(path, dialect)
        cells = read_cells(path, dialect, only, texts)
    return dialect, cells


def _written(dialect: Dialect, cells: Iterable[Cells]) -> Iterable[Sequence[str]]:
    """What is known of the texts of each column: all that differ, or its first ones."""
    whole = {column.name: column.words for column in cells if column.words is not None}
    for place, name in enumerate(dialect.names):
        if name in whole and len(whole[name].categories):
            yield list(whole[name].categories[:_WRITTEN])
        else:
            yield [row[place] for row in dialect.sample if place < len(row)]


def read_table(
    path: Path,
    *,
    columns: Mapping[str, ColumnKind] | None = None,
    target: str | None = None,
    task: Task | None = None,
    classes: Sequence[str] | None = None,
    group: str | None = None,
    time: str | None = None,
    **written: Any,
) -> TableReading:
    """What is in a CSV; what is given is taken as given, the rest is inferred.

    ``written`` says how the file is written, as ``open_table`` takes it. Raises DataError: one
    sentence that says the line or the column and what to do.
    """
    given = dict(columns or {})
    texts = [name for name, kind in given.items() if kind == "category"]
    named = [name for name in (target, group, time, *given) if name is not None]
    table = open_table(path, texts=texts, wanted=named, **written)
    names = table.dialect.names
    check_names(names, given, target, group, time)
    infos = {name: look_at(table.cells[name], given.get(name)) for name in names}
    for field, name in (("group", group), ("time", time)):
        if name is not None and name not in given:
            why = f"Rows are split by it (dataset.{field})."
            infos[name] = replace(infos[name], kind="ignore", note=why)
    codes = {name for name in names if table.cells[name].code_length}
    chosen = target or _suggested(infos, codes)
    answers = table.cells[chosen].as_answers(classes)
    used = task or _task_of(answers, table.dialect)
    hint = graded(answers)
    rows = leak_sample(answers.absent)
    signs = table.dialect.decimal, table.dialect.thousands
    odd = {
        name: found
        for name in infos
        if name not in (chosen, *given) and (found := mostly_numbers(table.cells[name], *signs))
    }
    for name, (_, text) in odd.items():
        note = f"Would be numbers but for {text[:40]!r}: correct it or leave it empty."
        infos[name] = replace(infos[name], note=note)
    for name, info in infos.items():
        leaks = name != chosen and info.kind != "ignore"
        if leaks and _leaks(answers, table.cells[name], used, rows):
            infos[name] = replace(info, note=LEAK)
        infos[name] = replace(infos[name], shown=shown_values(table, infos[name]))
    infos[chosen] = replace(infos[chosen], missing=int(answers.absent.sum()))
    return TableReading(
        delimiter=table.dialect.delimiter,
        decimal=table.dialect.decimal,
        thousands=table.dialect.thousands,
        quotes=cast(Quotes, table.dialect.quote or False),
        skip=table.dialect.above,
        encoding=table.dialect.encoding,
        header=table.dialect.header,
        rows=len(answers),
        columns=tuple(infos.values()),
        target=chosen,
        task=used,
        labels=tuple(labels_of(answers)) if used == "classification" else (),
        warnings=(
            *remarks(table, infos, answers, used, odd, classes is not None, (group, time)),
            *([hint] if task is None and used == "classification" and hint else []),
        ),
        head=pd.DataFrame(list(table.dialect.sample[:HEAD_ROWS]), columns=list(names), dtype=str),
        sha256=table.sha256,
    )


def _task_of(target: Cells, dialect: Dialect) -> Task:
    """The task; a column that would be numbers but for a few values or a sign is one of numbers."""
    if target.texts is None:
        return infer_task(target)
    words = list(target.texts.categories)
    if mostly_numbers(target, dialect.decimal, dialect.thousands):
        values = numbers.numbers_of(words, dialect.decimal, dialect.thousands)
        return infer_task(Cells(target.name, numbers=np.append(values, np.nan)[target.codes]))
    if len(words) > MAX_SIGNED_CLASSES and numbers.signs_around(words):
        return "regression"
    return infer_task(target)


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
            if all(re.fullmatch(r"column_\d+", column) for column in known):
                hint += (
                    " The first line is taken for values: set dataset.header to true if it holds "
                    "the names."
                )
            raise DataError(f"dataset.{field}: the table has no column {name!r}; {hint}")


def _suggested(infos: Mapping[str, ColumnInfo], codes: Collection[str]) -> str:
    """A column with a usual name for a target, else the last that is good for anything.

    Codes, such as those of places, are seldom what is asked for.
    """
    for usual in _USUAL_TARGETS:
        for name in infos:
            if name.lower() == usual:
                return name
    usable = [name for name, info in infos.items() if info.kind != "ignore"]
    others = [name for name in usable if name not in codes]
    return (others or usable or list(infos))[-1]


def _leaks(answers: Cells, column: Cells, task: Task, rows: np.ndarray) -> bool:
    if task == "regression" and answers.numbers is None:
        return False
    y = answers.numbers if answers.numbers is not None else answers.codes
    x = column.numbers if column.numbers is not None else column.codes
    return predicts_alone(
        x[rows].astype(np.float64), y[rows].astype(np.float64), task == "classification"
    )
