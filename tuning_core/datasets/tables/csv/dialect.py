"""How a CSV is written: delimiter, quotes, signs of numbers and names, found in its first lines.

The rules, in the order in which they are tried; what a spec gives is taken as given.
``docs/tables.md`` has them with an example each, and tests read them there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any

from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables import numbers
from tuning_core.datasets.tables.csv.encoding import Scan
from tuning_core.datasets.tables.csv.header import COMMENT, Record, find_layout
from tuning_core.datasets.tables.csv.records import WHITESPACE, QuoteError, head, split
from tuning_core.spec.dataset import MAX_COLUMNS

DELIMITERS = (",", ";", "\t", "|")

_SAMPLE = 200
_LINES = 400
_WEIGHED = 50
_ALIKE = 0.9
_GAP = re.compile(r"\S {2,}\S")
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """``names`` are those of the columns, made unique; ``skip`` lines stand before the values.

    ``quote`` encloses values, "" none; ``multiline`` says whether the file has any.
    ``delimiter`` " " is any run of blanks; ``above`` lines stand before the names.
    ``plain`` numbers have neither thousands signs nor others around them.
    ``sample`` holds the first records, without the header; ``warnings`` are sentences.
    """

    encoding: str
    delimiter: str
    decimal: str
    header: bool
    quote: str
    names: tuple[str, ...]
    skip: int
    sample: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...] = ()
    thousands: str = ""
    above: int = 0
    multiline: bool = False
    plain: bool = False

    def written(self) -> dict[str, Any]:
        """The fields of a spec that say all this."""
        return {
            "delimiter": self.delimiter,
            "decimal": self.decimal,
            "thousands": self.thousands,
            "encoding": self.encoding,
            "header": self.header,
            "quotes": self.quote or False,
            "skip": self.above,
        }


def find_dialect(
    path: Path,
    scan: Scan,
    delimiter: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    *,
    quote: str | None = None,
    thousands: str | None = None,
    skip: int | None = None,
    wanted: Collection[str] = (),
    least: int = 2,
) -> Dialect:
    """What is given is taken as given, the rest is found. Raises DataError.

    ``wanted`` are names of columns that a spec speaks of; ``least`` is how many there have to be.
    """
    if delimiter is not None and (not delimiter.isprintable() and delimiter != "\t"):
        raise DataError("dataset.delimiter: expected a printable character or a tab.")
    if delimiter is not None and delimiter in ('"', "\n", "\r", quote):
        raise DataError("dataset.delimiter: expected another character than a quote or line end.")
    lines, cut = head(path, scan.encoding, _LINES + (skip or 0))
    above = _first_line(lines) if skip is None else skip
    if skip is None and above and (named := _SEPARATOR.fullmatch(lines[above - 1])):
        delimiter = delimiter or named[1]
    used, sign, rows = _columns(lines[above:], above, cut, delimiter, quote)
    _check_width(rows)
    if quote is None:
        _check_blanks(rows, sign)
    layout = find_layout(rows[: _SAMPLE + 1], above, header, wanted, given=skip is not None)
    if len(layout.names) < least:
        raise DataError(
            "The table has one column, and two are needed: one to learn from and one to predict. "
            "If its columns are separated by something else than , ; tab or |, say so in "
            "dataset.delimiter."
        )
    if not layout.values:
        raise DataError("The table has a line of names and no line of values below it.")
    if decimal == used:
        raise DataError("dataset.decimal: expected another sign than the delimiter.")
    if thousands and thousands == decimal:
        raise DataError("dataset.thousands: expected another sign than the decimal sign.")
    columns = list(
        zip(*(row for row in layout.values if len(row) == len(layout.names)), strict=True)
    )
    form = numbers.find_form(columns, used, decimal, thousands)
    return Dialect(
        encoding=scan.encoding,
        delimiter=used,
        decimal=form.decimal,
        thousands=form.thousands,
        header=layout.header,
        quote=sign,
        multiline=bool({'"': scan.quotes, "'": scan.apostrophes}.get(sign)),
        names=layout.names,
        above=layout.above,
        skip=layout.skip,
        sample=layout.values[:_SAMPLE],
        warnings=layout.warnings,
    )


def _first_line(lines: Sequence[str]) -> int:
    """Lines at the top that are no records: empty ones, and Excel's sep=; which names a sign."""
    above = 0
    while above < len(lines) and not lines[above].strip():
        above += 1
    return above + 1 if above < len(lines) and _SEPARATOR.fullmatch(lines[above]) else above


def _columns(
    lines: list[str], above: int, cut: bool, delimiter: str | None, quote: str | None
) -> tuple[str, str, list[Record]]:
    """(delimiter, quote, records): the pair that cuts most lines into equally many values."""
    tried = [
        _Cut(lines, above, cut, sign, quote)
        for sign in ([delimiter] if delimiter else [*DELIMITERS, WHITESPACE])
    ]
    # Prose has blanks as well: they count when they alone make columns of equal number.
    best = max(tried[: len(DELIMITERS)], key=lambda one: one.score)
    if tried[-1].score[0] >= _ALIKE and (best.score[0] < _ALIKE or best.gaps):
        best = tried[-1]
    if best.error is not None:
        raise best.error
    if not best.rows:
        raise DataError("The file is empty: a table needs a line of names and lines of values.")
    return best.delimiter, best.quote, best.rows


class _Cut:
    """The lines cut into values by one delimiter; ``score`` says how well that went."""

    def __init__(
        self, lines: list[str], above: int, cut: bool, delimiter: str, quote: str | None
    ) -> None:
        self.delimiter = delimiter
        self.quote = quote if quote is not None else ("'" if _enclosed(lines, delimiter) else '"')
        self._read(lines, above, cut)
        if isinstance(self.error, QuoteError) and quote is None and delimiter == "\t":
            # Files of texts between tabs often have no quotes at all.
            self._unquote(lines, above, cut)

    def _read(self, lines: list[str], above: int, cut: bool) -> None:
        self.rows: list[Record] = []
        self.error: DataError | None = None
        try:
            for record in split(lines, self.delimiter, self.quote, above):
                self.rows.append(record)
        except QuoteError as error:
            self.error = error
        except DataError as error:
            self.error = None if cut and self.rows else error
        self.score = self._score([row for _, row in self.rows[:_WEIGHED]])

    @property
    def gaps(self) -> bool:
        """Whether most lines have a value with a gap, as between columns aligned by blanks."""
        rows = [row for _, row in self.rows[:_WEIGHED]]
        return sum(any(map(_GAP.search, row)) for row in rows) * 2 > len(rows)

    def _score(self, rows: Sequence[Sequence[str]]) -> tuple[float, ...]:
        """The share of lines of the usual width, then what speaks for it among equals."""
        rows = list(dropwhile(lambda row: COMMENT.match(row[0]), rows))
        widths = Counter(map(len, rows))
        if not widths:
            return (0.0,)
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        share = count / widths.total() if width > 1 else 0.0
        # "0;1.100" is what a comma leaves of 40,0;1.100.
        others = set(DELIMITERS[1:]) - {self.delimiter}
        torn = sum(not others.isdisjoint(cell) for row in rows for cell in row)
        whole = 1 - torn / sum(widths[size] * size for size in widths)
        return (round(share, 1), len(rows[0]) == width, round(whole, 1), share, width)

    def _unquote(self, lines: list[str], above: int, cut: bool) -> None:
        before = (self.quote, self.rows, self.error, self.score)
        self.quote = ""
        self._read(lines, above, cut)
        if self.score[0] < _ALIKE:
            self.quote, self.rows, self.error, self.score = before


def _enclosed(lines: Sequence[str], delimiter: str) -> bool:
    """Whether single quotes enclose values: all of them do, in most lines or round a delimiter."""
    sign = r"\s" if delimiter == WHITESPACE else re.escape(delimiter)
    value = re.compile(rf"(?:(?<={sign})|^)[ ]?'((?:[^']|'')*)'[ ]?(?={sign}|\s*$)")
    having, needed = 0, False
    for line in lines:
        if "'" not in line:
            continue
        inside = [found[1] for found in value.finditer(line)]
        if sum(text.count("'") + 2 for text in inside) != line.count("'"):
            return False
        having += 1
        needed = needed or any(re.search(sign, text) for text in inside)
    return needed or having * 2 > len(lines)


def _check_blanks(rows: Sequence[Record], quote: str) -> None:
    for line, row in rows:
        if quote and any(cell[:1] == " " and cell.lstrip()[:1] == quote for cell in row):
            raise DataError(
                f"Line {line}: a blank before a quote ({quote}) keeps it from enclosing the value; "
                "remove the blank, or set dataset.quotes to false where quotes are part of the "
                "text."
            )


def _check_width(rows: Sequence[Record]) -> None:
    for line, row in rows:
        if len(row) > MAX_COLUMNS:
            raise DataError(
                f"Line {line} has {len(row):,} columns, more than the {MAX_COLUMNS:,} that can "
                "be used: leave some out."
            )
