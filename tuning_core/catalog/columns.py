"""What a column of a table becomes, before anything is fitted to rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DAY, WEEK, YEAR = 1.0, 7.0, 365.25
"""Days of the periods in which dates come again; all are whole in single precision."""


@dataclass(frozen=True)
class ColumnPlan:
    """What a column becomes: ``width`` numbers, the same for every split of its table.

    ``gaps``: a number of its own says whether a value is missing. ``periods`` are days after
    which a date counts as the same again: each is a sine and a cosine. ``means``: that many
    numbers beside a category's slots hold the mean answer of its training rows. ``characters``:
    the terms of a text are its characters instead of its words.
    """

    name: str
    kind: Literal["number", "category", "text"]
    width: int = 1
    gaps: bool = False
    periods: tuple[float, ...] = ()
    means: int = 0
    characters: bool = False
