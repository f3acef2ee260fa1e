"""What was found out about a study beside its search: every assessment that is kept.

One that has no words of its own (:data:`TELLERS`) is told by its sentences, figures and
tables, as far as its result has such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuning_core.findings.formatting import count, number
from tuning_core.report.elements import Piece, Section, facts, heading, says, table
from tuning_core.report.sections.tellers import OLD, TELLERS
from tuning_core.report.told import Told
from tuning_core.spec.assessments import ASSESSMENTS

MOST_ROWS, MOST_COLUMNS = 20, 8
"""Of a table."""

_SIMPLE = (str, int, float, bool, type(None))


def assessed(told: Told) -> Section | None:
    """A part for each, under its label and question."""
    pieces: list[Piece] = []
    for id, result in told.kept.items():
        info = ASSESSMENTS.get(id)
        if info is None:
            continue
        pieces += [heading(info.label), says(info.question, quiet=True)]
        if info.shows_rows and not told.rows:
            pieces.append(says("It holds values of the data, which are their owner's to show."))
        else:
            pieces += _told(id, told, result)
    return Section("assessed", "Beside the search", pieces) if pieces else None


def _told(id: str, told: Told, result: dict[str, Any]) -> list[Piece]:
    try:
        return TELLERS.get(id, _bare)(told, result)
    except (KeyError, TypeError, ValueError):
        return [says(OLD)]  # Of another version, or changed by hand.


def _bare(told: Told, result: dict[str, Any]) -> list[Piece]:
    """Sentences first, then figures, then tables."""
    sentences = [v for v in result.values() if isinstance(v, str) and v.endswith((".", "?"))]
    figures = [
        (_title(name), _cell(value))
        for name, value in result.items()
        if isinstance(value, _SIMPLE) and value is not None and value not in sentences
    ]
    pieces: list[Piece] = [says(words) for words in sentences]
    pieces += [facts(figures)] * bool(figures)
    for name, value in result.items():
        if isinstance(value, Sequence) and not isinstance(value, str) and value:
            pieces += _table(name, [row for row in value if isinstance(row, Mapping)])
    return pieces


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> list[Piece]:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    plain = [key for key in columns if all(isinstance(row.get(key), _SIMPLE) for row in rows)]
    plain = plain[:MOST_COLUMNS]
    if not plain:
        return []
    cells = [[_cell(row.get(key)) for key in plain] for row in rows[:MOST_ROWS]]
    more = [says(f"{count(len(rows) - MOST_ROWS, 'more row')}.", quiet=True)]
    head = [_title(key) for key in plain]
    return [says(f"{_title(name)}:"), table(head, cells), *more * (len(rows) > MOST_ROWS)]


def _title(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: object) -> str:
    return "-" if value is None else number(value)
