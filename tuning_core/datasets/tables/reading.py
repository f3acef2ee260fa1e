"""A look at a table: how its file is written, what is in its columns, and what is odd about it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tuning_core.catalog.dataset import LogScale
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables import dates
from tuning_core.datasets.tables.kinds import ColumnInfo, look_at, mostly_numbers
from tuning_core.datasets.tables.numbers import MARKERS, clean
from tuning_core.datasets.tables.readers import open_table
from tuning_core.datasets.tables.table import Cells, Table, number_text
from tuning_core.datasets.tables.target_notes import about_classes, about_values, log_scale
from tuning_core.datasets.tables.targets import (
    LEAK,
    Task,
    find_task,
    graded,
    imbalance,
    labels_of,
    leak_sample,
    leaks,
    suggested_target,
)
from tuning_core.spec.dataset import WORDS, ColumnKind

HEAD_ROWS = 20
_SHOWN = 3
_LETTERS = 40

Odd = Mapping[str, tuple[int, str]]
"""Row and text of what keeps a column from being numbers, by column."""


@dataclass(frozen=True)
class TableReading:
    """What a table holds. ``target`` and ``task`` are given ones, or suggestions.

    ``written`` says how its file is written, in the fields of a spec that its reader knows.
    ``labels`` are the different values of the target of a classification, sorted; ``log_scale``
    is offered for the values of a regression that are skewed.
    ``head`` holds the first rows as text; ``warnings`` are sentences.
    """

    written: Mapping[str, Any]
    rows: int
    columns: tuple[ColumnInfo, ...]
    target: str
    task: Task
    labels: tuple[str, ...]
    warnings: tuple[str, ...]
    head: pd.DataFrame
    sha256: str
    log_scale: LogScale | None = None


def read_table(
    path: Path,
    *,
    columns: Mapping[str, ColumnKind] | None = None,
    target: str | None = None,
    task: Task | None = None,
    classes: Sequence[str] | None = None,
    group: str | None = None,
    time: str | None = None,
    target_scale: LogScale | None = None,
    **written: Any,
) -> TableReading:
    """What is in a table; what is given is taken as given, the rest is inferred.

    ``written`` says how the file is written, as ``open_table`` takes it. Raises DataError: one
    sentence that says the line or the column and what to do.
    """
    given = dict(columns or {})
    texts = [name for name, kind in given.items() if kind in WORDS]
    named = [name for name in (target, group, time, *given) if name is not None]
    table = open_table(path, texts=texts, wanted=named, **written)
    check_names(table.names, given, target, group, time)
    infos = {name: look_at(table.cells[name], given.get(name)) for name in table.names}
    for field, name in (("group", group), ("time", time)):
        if name is not None and name not in given:
            why = f"Rows are split by it (dataset.{field})."
            infos[name] = replace(infos[name], kind="ignore", note=why)
    codes = {name for name in table.names if table.cells[name].code_length}
    chosen = target or suggested_target(infos, codes)
    answers = table.cells[chosen].as_answers(classes)
    used = task or find_task(answers, *table.signs)
    odd = _odd_numbers(table, {chosen, *given})
    _annotate(table, infos, answers, used, odd)
    hint = graded(answers) if task is None and used == "classification" else ""
    found = log_scale(answers) if used == "regression" else None
    labels = tuple(labels_of(answers)) if used == "classification" else ()
    notes = (
        about_classes(answers, labels)
        if used == "classification"
        else about_values(answers, target_scale)
    )
    return TableReading(
        written=table.written,
        rows=len(answers),
        columns=tuple(infos.values()),
        target=chosen,
        task=used,
        labels=labels,
        log_scale=found[0] if found else None,
        warnings=(
            *_remarks(table, infos, answers, used, odd, classes is not None, (group, time)),
            *filter(None, [hint]),
            *notes,
        ),
        head=pd.DataFrame(list(table.sample[:HEAD_ROWS]), columns=list(table.names), dtype=str),
        sha256=table.sha256,
    )


def _odd_numbers(table: Table, but: set[str]) -> Odd:
    return {
        name: found
        for name in table.names
        if name not in but and (found := mostly_numbers(table.cells[name], *table.signs))
    }


def _annotate(
    table: Table, infos: dict[str, ColumnInfo], answers: Cells, task: Task, odd: Odd
) -> None:
    """Adds to each column what is odd about it, and a few values as they are written."""
    rows = leak_sample(answers.absent)
    for name, info in infos.items():
        if name in odd:
            text = odd[name][1][:_LETTERS]
            note = f"Would be numbers but for {text!r}: correct it or leave it empty."
            info = replace(info, note=note)
        if name == answers.name:
            info = replace(info, missing=int(answers.absent.sum()))
        elif info.kind != "ignore" and leaks(answers, table.cells[name], task, rows):
            info = replace(info, note=LEAK)
        infos[name] = replace(info, shown=_shown_values(table, info))


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


def _remarks(
    table: Table,
    infos: Mapping[str, ColumnInfo],
    answers: Cells,
    task: Task,
    odd: Odd,
    listed: bool,
    split_by: Sequence[str | None],
) -> Iterable[str]:
    """Sentences about a table. ``listed``: the spec lists the classes."""
    yield from table.warnings
    yield from _about_target(table, answers, task, listed)
    for name in filter(None, split_by):
        if missing := int(table.cells[name].absent.sum()):
            yield f"{missing:,} rows without a value of {name!r} are left out."
    for name, info in infos.items():
        if name != answers.name:
            yield from _about_column(table, info, odd.get(name))


def _shown_values(table: Table, info: ColumnInfo) -> tuple[tuple[str, str], ...]:
    """A few values as they are written, each with what was read from it; the oddest first."""
    place = table.names.index(info.name)
    pairs: dict[str, str] = {}
    cells = table.cells[info.name]
    for row, record in enumerate(table.sample[: len(cells)]):
        if place < len(record) and record[place] not in pairs:
            pairs[record[place]] = _read_value(cells, row, info)
    # Stable: among equals the first of the file.
    odd = sorted(pairs.items(), key=lambda pair: pair[0].strip() == pair[1])
    return tuple((raw[:_LETTERS], read[:_LETTERS]) for raw, read in odd[:_SHOWN])


def _read_value(cells: Cells, row: int, info: ColumnInfo) -> str:
    if np.isnan(cells.numbers[row]) if cells.numbers is not None else cells.codes[row] < 0:
        return "missing"
    if cells.numbers is None:
        text = str(cells.texts[row])  # type: ignore[index]
    else:
        text = (number_text if info.kind == "number" else cells.text_of)(cells.numbers[row])
    if info.kind == "date" and info.form is not None:
        since = dates.days([text], info.form)[0]
        if np.isnan(since):
            return "no date"
        moment = pd.Timestamp(0) + pd.Timedelta(days=float(since))
        moment = moment.round("s")
        if dates.is_time(info.form):
            return f"{moment:%H:%M}"
        return f"{moment:%Y-%m-%d}" if moment == moment.normalize() else f"{moment:%Y-%m-%d %H:%M}"
    return text


def _about_target(table: Table, answers: Cells, task: Task, listed: bool) -> Iterable[str]:
    name = answers.name
    yield from _endless(table, answers, "row is left out", "rows are left out")
    missing = int(answers.absent.sum()) - answers.infinite[0]
    if missing:
        yield f"{missing:,} rows without a value of {name!r} are left out."
    if answers.texts is not None and (odd := mostly_numbers(answers, *table.signs)):
        yield _but_for(table, name, odd)
    if task != "classification":
        return
    if answers.texts is not None:
        for word in MARKERS if not listed else ():
            if count := int(np.sum(answers.texts == word)):
                yield (
                    f"{word!r} counts as a class of {name!r} ({count:,} rows): if it stands for a "
                    "missing value, list the other classes in dataset.classes."
                )
        yield from _alike(answers.texts.categories, f"Classes of {name!r}")
    if uneven := imbalance(answers):
        yield uneven


def _about_column(table: Table, info: ColumnInfo, odd: tuple[int, str] | None) -> Iterable[str]:
    cells = table.cells[info.name]
    yield from _endless(table, cells, "counts as missing", "count as missing")
    if odd is not None:
        yield _but_for(table, info.name, odd, ignored=info.kind == "ignore")
    elif info.note:
        ignored = " is ignored" if info.kind == "ignore" else ""
        yield f"Column {info.name!r}{ignored}: {info.note}"
    if info.kind == "category" and cells.texts is not None:
        yield from _alike(cells.texts.categories, f"Categories of {info.name!r}")


def _but_for(table: Table, name: str, odd: tuple[int, str], *, ignored: bool = False) -> str:
    is_ignored = "is ignored: it " if ignored else ""
    return (
        f"Column {name!r} {is_ignored}would be numbers, but {table.place_of(odd[0])} holds "
        f"{odd[1][:_LETTERS]!r}: correct it or leave it empty."
    )


def _endless(table: Table, cells: Cells, one: str, many: str) -> Iterable[str]:
    count, row = cells.infinite
    if count:
        yield (
            f"Column {cells.name!r} holds inf, a number without end, on {table.place_of(row)}"
            + (f": it {one}." if count == 1 else f" and {count - 1:,} more: they {many}.")
        )


def _alike(words: Iterable[str], what: str) -> Iterable[str]:
    """A sentence when words differ in nothing but case, blanks or the form of their letters."""
    same: dict[str, list[str]] = {}
    for word in words:
        folded = " ".join(unicodedata.normalize("NFKC", clean(str(word))).casefold().split())
        same.setdefault(folded, []).append(str(word))
    groups = [group for group in same.values() if len(group) > 1]
    if groups:
        listed = ", ".join(repr(word[:_LETTERS]) for word in groups[0])
        more = f" (and {len(groups) - 1:,} more such)" if len(groups) > 1 else ""
        yield (
            f"{what} differ only in capitals or blanks: {listed}{more}. Write them alike if they "
            "are the same."
        )
