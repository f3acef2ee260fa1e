"""What the best model says of one new row, on the way from a worker to the pages."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Cell = float | str | None
"""A value of a table's row: a number, a text, a date as it is written, None where it is missing."""


@dataclass(frozen=True)
class Pixels:
    """A picture: ``data`` are its bytes uint8 in base64, of ``shape`` (h, w) or (h, w, 3)."""

    shape: tuple[int, ...]
    data: str

    @classmethod
    def of(cls, pixels: np.ndarray) -> Pixels:
        """Pixels uint8 as a document."""
        return cls(pixels.shape, b64encode(pixels.tobytes()).decode())

    def array(self) -> np.ndarray:
        """The pixels, read only; ValueError where the bytes are not those of the shape."""
        return np.frombuffer(b64decode(self.data, validate=True), np.uint8).reshape(self.shape)


@dataclass(frozen=True)
class ColumnRange:
    """What the training rows have in a column: ``low`` to ``high``, or the ``words``.

    ``whole`` numbers have no decimals; ``gaps``: a value may be missing.
    """

    name: str
    kind: Literal["number", "date", "category", "text"]
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    gaps: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowForm:
    """What a new row is made of: ``columns`` of a table, none of pictures.

    ``rows`` training rows can be started from, of ``total``, and of a table ``held`` validation
    rows; ``more`` columns are not listed.
    """

    rows: int
    total: int
    columns: tuple[ColumnRange, ...] = ()
    more: int = 0
    held: int = 0


@dataclass(frozen=True)
class Neighbour:
    """A training row: its number from 1, how far it is in the space of the preprocessed inputs."""

    row: int
    distance: float
    truth: float | str
    picture: Pixels | None = None
    cells: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnEffect:
    """What a column does to the answer over its range while the others stay.

    ``answers`` are those at ``values``: the probability of the class that the row got, or the
    value. ``winners`` are the classes by number, none of values. ``here`` is the place of the row's
    own value among them, between two of numbers; None outside. ``texts`` are no order.
    """

    name: str
    values: tuple[Cell, ...]
    answers: tuple[float, ...]
    winners: tuple[int, ...] = ()
    here: float | None = None
    texts: bool = False

    @property
    def spread(self) -> float:
        """By how much the answer differs over the range."""
        return max(self.answers) - min(self.answers)


@dataclass(frozen=True)
class Surface:
    """What a model says over the plane of its two columns, ``x`` and ``y`` from low to high.

    ``levels`` (side, side), the highest y first, are from 0 to 255 how probable the class
    ``winners`` (side, side) is, by number, or the value from the lowest to the highest. ``points``
    are training rows: x, y, and class by number or value.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    winners: Pixels
    levels: Pixels
    points: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class RowAnswer:
    """The answer of trial ``trial``'s model to one row.

    ``prediction`` has a probability for each of ``classes``, or one value in its own unit, of which
    ``below`` says what share of the training rows has less. ``picture`` or ``cells`` are the row
    as the model got it; ``nearest`` come first, ``effects`` by their size. ``surface`` is there
    where the model knows two columns.
    """

    trial: int
    classes: tuple[str, ...]
    prediction: tuple[float, ...]
    below: float | None = None
    picture: Pixels | None = None
    cells: Mapping[str, Cell] = field(default_factory=dict)
    nearest: tuple[Neighbour, ...] = ()
    effects: tuple[ColumnEffect, ...] = ()
    surface: Surface | None = None

    @property
    def winner(self) -> int:
        """The class that is most probable, by number."""
        return max(range(len(self.prediction)), key=self.prediction.__getitem__)
