"""A column of numbers or dates: standardised, with what it says beside its amount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from tuning_core.catalog.columns import ColumnPlan

_SINGLE = 2.0**-24
"""Largest relative error of a number in single precision."""
_BLUR = 1e-3
"""Share of a standard deviation by which numbers may be rounded."""
_SMALLEST = 1e-30
"""Scales below it, or above its inverse, come near the ends of single precision."""


@dataclass(frozen=True)
class NumberColumn:
    """x' = (x - mean) / scale, with ``fill`` for what is missing; all in original units.

    Behind it comes 1 for a missing value and else 0, where ``missing`` is not None; it stays 0
    where ``missing`` is False, because no training row had such. Then a sine and a cosine of
    2 pi x / period for each of the ``periods``, 0 for what is missing. ``fractions`` says that
    the training rows had values that are not whole.
    """

    name: str
    fill: float
    mean: float
    scale: float
    missing: bool | None = None
    periods: tuple[float, ...] = ()
    fractions: bool = False

    kind: ClassVar[Literal["number"]] = "number"

    @property
    def width(self) -> int:
        """Numbers that the column becomes."""
        return 1 + (self.missing is not None) + 2 * len(self.periods)

    @property
    def double(self) -> bool:
        """Whether raw values need double precision: dates in milliseconds, masses of planets."""
        if self.periods and self.fractions:
            return True
        return needs_double(max(abs(self.fill), abs(self.mean)), self.scale)

    def encoded(self, values: np.ndarray) -> np.ndarray:
        """Raw values (n,) as float64 (n, width)."""
        known = np.isfinite(values)
        shifted = np.where(known, values - self.fill, 0.0)
        parts = [(shifted - (self.mean - self.fill)) / self.scale]
        if self.missing is not None:
            parts.append(np.where(known, 0.0, float(self.missing)))
        for period in self.periods:
            angle = 2 * np.pi / period * (values - period * np.floor(values / period))
            parts += [np.where(known, np.sin(angle), 0.0), np.where(known, np.cos(angle), 0.0)]
        return np.column_stack(parts)


def needs_double(centre: float, scale: float) -> bool:
    """Whether single precision would blur numbers that lie about ``scale`` around ``centre``."""
    return abs(centre) * _SINGLE > _BLUR * scale or not _SMALLEST < scale < 1 / _SMALLEST


def fit_number(plan: ColumnPlan, values: np.ndarray) -> NumberColumn:
    """Median, mean and standard deviation; 0 without any number, scale 1 where all are the same."""
    known = np.isfinite(values)
    present = values[known]
    missing = bool(not known.all()) if plan.gaps else None
    fractions = bool(plan.periods) and bool(np.any(present % 1))
    if not len(present):
        return NumberColumn(plan.name, 0.0, 0.0, 1.0, missing, plan.periods, fractions)
    fill = float(np.median(present))
    filled = np.where(known, values, fill)
    scale = 0.0 if filled.min() == filled.max() else float(filled.std())
    mean = float(filled.mean())
    return NumberColumn(plan.name, fill, mean, scale or 1.0, missing, plan.periods, fractions)
