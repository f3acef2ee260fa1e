"""Where a table begins: lines above it, the line of names, and names of columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tuning_core.datasets.tables.dates import LIKELY
from tuning_core.datasets.tables.numbers import MISSING, SIGNS, clean
from tuning_core.spec.dataset import MAX_COLUMN_NAME

Record = tuple[int, list[str]]

NUMBER = (
    rf"[+-]?[{SIGNS}]?\s?[+-]?(\d[\d.,' ]*|[.,]\d+)([eE][+-]?\d+)?\s?[{SIGNS}]?|[+-]?inf(inity)?"
)
"""What reads as a number, with any decimal, thousands or money sign."""
_NUMBER = re.compile(NUMBER)
COMMENT = re.compile(r"\s*(#|%|//)+\s*")
_NUMBERED = re.compile(r"column_[1-9]\d*")
_MOST_ABOVE = 100
_YEARS = range(1500, 2200)


@dataclass(frozen=True)
class Layout:
    """``above`` and ``skip``: lines before the names, and before the first values.

    ``values`` are the first records without the names; ``warnings`` are sentences.
    """

    above: int
    skip: int
    header: bool
    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...]


def find_layout(
    rows: Sequence[Record],
    above: int,
    header: bool | None,
    wanted: Collection[str],
    *,
    given: bool = False,
) -> Layout:
    """The layout of the first records of a file, ``above`` lines of it already left out.

    ``wanted`` are names that the spec speaks of: a line that holds them is the line of names.
    ``given`` says that ``above`` is what the spec says: no other line is left out.
    """
    rows, first_line = list(rows), above
    warnings: list[str] = []
    width = _usual_width(rows)
    comments, names = _comments(rows, width, header, wanted)
    if given and (names is None or len(comments) > 1):
        comments, names = [], None
    rows = rows[len(comments) :]
    if comments:
        above = comments[-1][0]
    left_out = comments if names is None else comments[:-1]
    if any(len(row) == width for _, row in left_out):
        # They may be rows whose first value begins like a comment.
        warnings.append(_skipped(left_out[0], left_out[-1][0]))
    if names is not None:
        # Files of numbers name their columns in a comment: "# a b c".
        above = comments[-2][0] if len(comments) > 1 else first_line
        rows = [(comments[-1][0], names), *rows]
        header = True
    elif len(rows) > 1 and _short_header(rows, width, header, wanted):
        rows[0], warning = _completed(rows, width)
        warnings.append(warning)
    elif not given and (skipped := _preamble(rows, width, header, wanted)):
        above = rows[skipped - 1][0]
        warnings.append(_skipped(rows[0], above))
        rows = rows[skipped:]
    first = rows[0][1]
    named = has_header([row for _, row in rows], wanted) if header is None else header
    if named and header is None:
        warnings += _numbers_among_names(first, wanted)
    found, more = column_names(first, named)
    values = rows[1:] if named else rows
    return Layout(
        above=above,
        skip=rows[0][0] if named else above,
        header=named,
        names=found,
        values=tuple(tuple(row) for _, row in values),
        warnings=(*warnings, *more),
    )


def is_number(text: str) -> bool:
    """Whether a cell reads as a number, with any decimal, thousands or money sign."""
    return bool(_NUMBER.fullmatch(clean(text)))


def has_header(rows: Sequence[Sequence[str]], wanted: Collection[str] = ()) -> bool:
    """Whether the first of these records names the columns.

    It does when it holds the ``wanted`` names, or a word above a column of numbers or dates, or
    years in a row; and where all is text, when most of its words do not come again below.
    """
    first = [cell.strip() for cell in rows[0]]
    if wanted and set(wanted) <= set(first):
        return True
    if not any(first) or (wanted and all(map(_NUMBERED.fullmatch, wanted))):
        return False
    columns = _columns_below(rows)
    if _word_above_numbers(first, columns):
        return True
    repeated = [cell in column for cell, column in zip(first, columns, strict=True)]
    measured = [_measured(cell) for cell in first]
    if any(measured):
        return _years_in_a_row(first, measured, repeated, columns)
    if any(is_number(cell) for column in columns for cell in column):
        return True
    return sum(repeated) * 2 < len(first)


def column_names(first: Sequence[str], header: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the names of the columns, each once, warnings about names that come twice)."""
    if not header:
        return tuple(f"column_{number}" for number in range(1, len(first) + 1)), ()
    names: list[str] = []
    warnings: list[str] = []
    taken = {cell.strip() for cell in first}
    for number, cell in enumerate(first, start=1):
        given = "".join(c if c.isprintable() else " " for c in cell.strip())
        given = given[: MAX_COLUMN_NAME - 10] or f"column_{number}"
        name, copy = given, 1
        while name in names or (copy > 1 and name in taken):
            copy += 1
            name = f"{given} ({copy})"
        if copy > 1:
            warnings.append(f"Two columns are named {given!r}: column {number} is now {name!r}.")
        names.append(name)
    return tuple(names), tuple(warnings)


def _columns_below(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    below = rows[1:]
    return [[row[at].strip() for row in below if at < len(row)] for at in range(len(rows[0]))]


def _word_above_numbers(first: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    for cell, column in zip(first, columns, strict=True):
        if cell in MISSING or _measured(cell):
            continue
        known = [value for value in column if value not in MISSING]
        if known and all(map(_measured, known)):
            return True
    return False


def _measured(cell: str) -> bool:
    return is_number(cell) or bool(LIKELY.match(cell))


def _years_in_a_row(
    first: Sequence[str],
    measured: Sequence[bool],
    repeated: Sequence[bool],
    columns: Sequence[Sequence[str]],
) -> bool:
    """Whether the numbers of a first line are years, one after the other, below which are none."""
    numbers = [cell for cell, number in zip(first, measured, strict=True) if number]
    if len(numbers) < 2 or not all(cell.isdecimal() for cell in numbers) or any(repeated):
        return False
    years = [int(cell) for cell in numbers]
    steps = {after - before for before, after in pairwise(years)}
    if len(steps) != 1 or 0 in steps or not all(year in _YEARS for year in years):
        return False
    below = [v for column, n in zip(columns, measured, strict=True) if n for v in column]
    return sum(v.isdecimal() and int(v) in _YEARS for v in below) * 2 < len(below)


def _usual_width(rows: Sequence[Record]) -> int:
    widths = Counter(len(row) for _, row in rows)
    return max(widths.items(), key=lambda item: (item[1], item[0]))[0]


def _comments(
    rows: Sequence[Record], width: int, header: bool | None, wanted: Collection[str]
) -> tuple[list[Record], list[str] | None]:
    """(records at the top that are comments, the names if the last of these holds them)."""
    count = 0
    while count < len(rows) - 1 and COMMENT.match(rows[count][1][0]):
        count += 1
    rest = [row for _, row in rows[count:]]
    if not count or COMMENT.match(rest[0][0]):
        return [], None
    last = rows[count - 1][1]
    if len(last) == width + 1 and COMMENT.fullmatch(last[0]):
        last = last[1:]
    below = [cell.strip() for cell in rest[0]]
    if header is False or len(last) != width or len(below) != width:
        return list(rows[:count]), None
    named_below = set(wanted) <= set(below) if wanted else False
    values = len(last) > 1 and all(map(is_number, last[1:])) and not set(wanted) & set(last)
    if values or named_below or _word_above_numbers(below, _columns_below(rest)):
        return list(rows[:count]), None
    return list(rows[:count]), last


def _short_header(
    rows: Sequence[Record], width: int, header: bool | None, wanted: Collection[str]
) -> bool:
    """Whether the first record is a line of names that lacks one."""
    names = rows[0][1]
    if header is False or len(names) != width - 1 or len(names) < 1:
        return False
    if not all(cell.strip() and not is_number(cell) for cell in names):
        return False
    below = [row for _, row in rows[1:] if len(row) == width]
    return bool(below) and not has_header(below, wanted) and len(set(names)) == len(names)


def _completed(rows: Sequence[Record], width: int) -> tuple[Record, str]:
    """(the line of names with an empty name where it lacks one, a warning)."""
    line, names = rows[0]
    empty = all(not row[-1].strip() for _, row in rows[1:] if len(row) == width)
    return (line, [*names, ""] if empty else ["", *names]), (
        f"The line of names has {width - 1:,} where the others have {width:,} values: the "
        + ("last values are taken to be empty." if empty else "first are taken for row names.")
    )


def _numbers_among_names(first: Sequence[str], wanted: Collection[str]) -> list[str]:
    """A warning on a number that is taken for a name, unless the spec speaks of such names."""
    names = [cell.strip() for cell in first]
    numeric = [name for name in names if is_number(name)]
    if not numeric or set(wanted) & set(names):
        return []
    return [
        f"The first line is taken for names, though {numeric[0]!r} is a number: set "
        "dataset.header to false if it holds values."
    ]


def _preamble(
    rows: Sequence[Record], width: int, header: bool | None, wanted: Collection[str]
) -> int:
    """How many records at the top are none of the table: another width, and names below them."""
    count = next(at for at, (_, row) in enumerate(rows) if len(row) == width)
    rest = [row for _, row in rows[count:]]
    if not count or count > _MOST_ABOVE or len(rest) < max(2, count):
        return 0
    return count if header is not None or has_header(rest, wanted) else 0


def _skipped(first: Record, above: int) -> str:
    words = " ".join(cell.strip() for cell in first[1]).strip()[:40]
    lines = "Line 1 is" if above == 1 else f"Lines 1 to {above:,} are"
    return (
        f"{lines} no part of the table and left out (it begins with {words!r}): set dataset.skip "
        "to the number of lines above the names if that is wrong."
    )
