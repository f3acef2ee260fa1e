"""What is said about a table: sentences on what is odd, and values beside what was read of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tuning_core.datasets.tables import dates
from tuning_core.datasets.tables.cells import Cells, line_of, number_text
from tuning_core.datasets.tables.kinds import ColumnInfo, mostly_numbers
from tuning_core.datasets.tables.numbers import COMPLEMENT, MARKERS, NumberForm, clean, read_numbers
from tuning_core.datasets.tables.targets import Task, imbalance

if TYPE_CHECKING:
    from tuning_core.datasets.tables.reading import Table

SHOWN = 3
_LETTERS = 40
_PLAIN = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii")


def remarks(
    table: Table,
    infos: Mapping[str, ColumnInfo],
    answers: Cells,
    task: Task,
    odd: Mapping[str, tuple[int, str]],
    listed: bool,
    split_by: Sequence[str | None],
) -> Iterable[str]:
    """Sentences about a table. ``listed``: the spec lists the classes.

    ``odd`` has row and text of what keeps a column from being numbers.
    """
    yield from table.dialect.warnings
    yield from _about_letters(table)
    yield from _about_numbers(table)
    if not table.dialect.header:
        yield "The first line holds values, not names: the columns are numbered."
    yield from _about_target(table, answers, task, listed)
    for name in filter(None, split_by):
        if missing := int(table.cells[name].absent.sum()):
            yield f"{missing:,} rows without a value of {name!r} are left out."
    for name, info in infos.items():
        if name != answers.name:
            yield from _about_column(table, info, odd.get(name))


def shown_values(table: Table, info: ColumnInfo) -> tuple[tuple[str, str], ...]:
    """A few values as they are written, each with what was read from it; the oddest first."""
    names = table.dialect.names
    place = names.index(info.name)
    pairs: dict[str, str] = {}
    cells = table.cells[info.name]
    for row, record in enumerate(table.dialect.sample[: len(cells)]):
        if place < len(record) and record[place] not in pairs:
            pairs[record[place]] = _read(cells, row, info)
    # Stable: among equals the first of the file.
    odd = sorted(pairs.items(), key=lambda pair: pair[0].strip() == pair[1])
    return tuple((raw[:_LETTERS], read[:_LETTERS]) for raw, read in odd[:SHOWN])


def _read(cells: Cells, row: int, info: ColumnInfo) -> str:
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


def _about_letters(table: Table) -> Iterable[str]:
    if table.dialect.encoding in _PLAIN:
        return
    how = "was guessed to be" if table.guessed else "was read as"
    yield (
        f"The file is not UTF-8 and {how} {table.dialect.encoding}: if letters look wrong, choose "
        "another encoding."
    )


def _about_numbers(table: Table) -> Iterable[str]:
    form = NumberForm(table.dialect.decimal, table.dialect.thousands)
    for text in table.unsure[:SHOWN]:
        number = read_numbers([text], form.decimal, form.thousands)
        other = read_numbers([text], COMPLEMENT[form.decimal], form.decimal)
        if number is None or other is None or not table.unsure:
            continue
        yield (
            f"{text} could be {number_text(number[0])} or {number_text(other[0])}: it is read as "
            f"{number_text(number[0])}. If that is wrong, set dataset.decimal to "
            f"{COMPLEMENT[form.decimal]!r}."
        )


def _about_target(table: Table, answers: Cells, task: Task, listed: bool) -> Iterable[str]:
    name = answers.name
    yield from _endless(table, answers, "row is left out", "rows are left out")
    missing = int(answers.absent.sum()) - answers.infinite[0]
    if missing:
        yield f"{missing:,} rows without a value of {name!r} are left out."
    if answers.texts is not None and (odd := mostly_numbers(answers, *_signs(table))):
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


def _signs(table: Table) -> tuple[str, str]:
    return table.dialect.decimal, table.dialect.thousands


def _but_for(table: Table, name: str, odd: tuple[int, str], *, ignored: bool = False) -> str:
    line = line_of(table.path, table.dialect, odd[0])
    is_ignored = "is ignored: it " if ignored else ""
    return (
        f"Column {name!r} {is_ignored}would be numbers, but line {line} holds "
        f"{odd[1][:_LETTERS]!r}: correct it or leave it empty."
    )


def _endless(table: Table, cells: Cells, one: str, many: str) -> Iterable[str]:
    count, row = cells.infinite
    if count:
        line = line_of(table.path, table.dialect, row)
        yield (
            f"Column {cells.name!r} holds inf, a number without end, on line {line}"
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
