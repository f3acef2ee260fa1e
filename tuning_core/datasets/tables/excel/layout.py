"""What stands where in a sheet: names over several rows, merged cells, notes below the table.

These functions are also written, as they stand here, into the scripts of a bundle, which so read
what the app reads: they need nothing but the standard library.
"""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

Row = tuple[int, list[Any]]
"""A row that holds something: its number, from 1, and its cells."""
Merged = list[tuple[tuple[int, int], tuple[int, int]]]
"""(first row, first column), (last row, last column) of merged cells, counted from 0."""

LAST = 30
"""Rows at the end of a sheet that may be notes."""
SUMS = [
    "total",
    "totals",
    "grand total",
    "sum",
    "summe",
    "gesamt",
    "insgesamt",
    "totale",
    "somme",
    "suma",
    "итого",
    "всего",
    "合計",
    "合计",
    "总计",
]
"""First cells of a last row that sums up."""
ABSENT = ["na", "n/a", "n.a.", "nan", "null", "none", "nil", "missing", "unknown", "k.a.", "tbd"]
"""Words among numbers that are no names."""


def cell_text(cell: Any, decimal: str = ".") -> str:
    """A cell as text: numbers with this decimal sign, dates as 2024-12-31."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime.timedelta):
        cell = cell / datetime.timedelta(days=1)
    if isinstance(cell, (int, float)):
        whole = cell == cell // 1 and abs(cell) < 2**53
        return str(int(cell)) if whole else repr(float(cell)).replace(".", decimal)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")[:19].removesuffix(" 00:00:00")
    return cell.isoformat()[:10]


def filled(cell: Any) -> bool:
    """Whether a cell holds something."""
    return not isinstance(cell, str) or bool(cell.strip())


def filled_rows(sheet: Any) -> Iterator[Row]:
    """The rows of an open sheet that hold something, cells merged downwards filled."""
    left = sheet.start[1] if sheet.start else 0
    downward: dict[int, list[tuple[int, int]]] = {}
    for (top, column), (bottom, right) in sheet.merged_cell_ranges or []:
        if bottom > top and column == right:
            downward.setdefault(top, []).append((bottom, column - left))
    open_ones: list[tuple[int, int, Any]] = []
    for number, cells in enumerate(sheet.iter_rows()):
        for bottom, column, value in open_ones:
            if number <= bottom and column < len(cells) and not filled(cells[column]):
                cells[column] = value
        if open_ones:
            open_ones = [one for one in open_ones if one[0] > number]
        for bottom, column in downward.get(number, ()):
            if 0 <= column < len(cells) and filled(cells[column]):
                open_ones.append((bottom, column, cells[column]))
        if any(map(filled, cells)):
            yield number + 1, cells


def first_table(rows: Iterable[Row], another: list[Row]) -> Iterator[Row]:
    """The rows of values up to another table below; its row of names goes to ``another``."""
    before: deque[Row] = deque(maxlen=LAST)
    behind: list[Row] = []
    for row in rows:
        if not behind and (not before or row[0] - before[-1][0] == 1):
            before.append(row)
            yield row
            continue
        behind.append(row)
        if all(isinstance(cell, str) for cell in row[1]) and len(behind) < 4:
            continue
        if is_another(list(before), behind):
            another.append(behind[-2])
            return
        yield from behind
        before.extend(behind)
        behind = []
    yield from behind


def is_another(before: list[Row], behind: list[Row]) -> bool:
    """Whether the rows behind an empty one are titles, names, and a first row of values.

    A name stands between numbers: those above it in its column, and one right below it.
    """
    if len(behind) < 2 or behind[-1][0] - behind[-2][0] > 1:
        return False
    if any(sum(map(filled, cells)) > 1 for _, cells in behind[:-2]):
        return False
    names, values = behind[-2][1], behind[-1][1]
    given = [name.strip().casefold() for name in names if filled(name)]
    if len(given) < 2 or len(set(given)) < len(given) or set(given) & set(ABSENT):
        return False
    for name, value, *above in zip(names, values, *[cells for _, cells in before], strict=True):
        found = [cell for cell in above if filled(cell)]
        numbers = sum(not isinstance(cell, str) for cell in found)
        below = not isinstance(value, str)
        if below and numbers > 1 and numbers * 2 > len(found) and any(map(str.isalpha, name)):
            return True
    return False


def names_end(merged: Merged, first: int) -> int:
    """The last of the rows of names that begin in row ``first`` (from 1).

    A merged cell in them reaches over several rows, or has names below it.
    """
    last = first
    for row in range(first, first + 4):
        if row > last:
            break
        for (top, left), (bottom, right) in merged:
            if top + 1 == row:
                last = max(last, bottom + 1, row + 1 if right > left else 0)
    return last


def joined_names(rows: list[Row], merged: Merged, left: int) -> list[str]:
    """The names of the columns from ``left`` on, those above one another joined."""
    names: list[list[str]] = [[] for _ in rows[0][1]]
    for number, cells in rows:
        texts = [" ".join(cell_text(cell).split()) for cell in cells]
        for (top, first), (bottom, last) in merged:
            if top < number <= bottom + 1 and last > first:
                for column in range(max(first - left, 0), min(last - left + 1, len(texts))):
                    texts[column] = texts[max(first - left, 0)]
        for parts, text in zip(names, texts, strict=True):
            if text and text not in parts:
                parts.append(text)
    return [" ".join(parts) for parts in names]


def notes_below(rows: list[Row], width: int) -> int:
    """How many of the last rows of a table of so many named columns are none of it.

    Notes fill at most a third of the columns, begin with a text, and follow an empty row or are
    words; sums begin with a word for it.
    """
    count = 0
    for back in range(1, len(rows)):
        number, cells = rows[-back]
        found = [cell for cell in cells if filled(cell)]
        if not isinstance(found[0], str) or width < 2:
            break
        gap = number - rows[-back - 1][0] > 1
        if len(found) <= max(1, width // 3) and (gap or (width > 2 and " " in found[0].strip())):
            count = back
        elif len(found) > max(1, width // 3) or back - count > 2:
            break
    if count < len(rows) - 1:
        first = [cells[0] for _, cells in rows[: len(rows) - count]]
        words = [
            cell.strip().rstrip(":").casefold() if isinstance(cell, str) else "" for cell in first
        ]
        if words[-1] in SUMS and words.count(words[-1]) == 1:
            count += 1
    return count
