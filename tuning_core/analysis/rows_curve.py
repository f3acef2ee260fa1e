"""The score over the number of training rows: whether more rows would help."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError
from scipy.special import stdtrit

from tuning_core.analysis.observations import Array

COVERAGE = 0.95
RESAMPLES = 400
_EXPONENTS = np.geomspace(0.1, 2.0, 40)
"""Of the power law: error that falls slower than n^-0.1 is taken for none that falls."""
_POINTS = 40


@dataclass(frozen=True)
class Size:
    """So many ``rows``, a ``share`` of all, trained for ``epochs``: a score per seed."""

    share: float
    rows: int
    epochs: int
    scores: tuple[float | None, ...]


@dataclass(frozen=True)
class Mean:
    """The mean over the seeds with its 95% interval, None for a single score."""

    rows: int
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Place:
    """The fitted curve at so many rows, with its 95% interval."""

    rows: float
    fitted: float
    low: float
    high: float


@dataclass(frozen=True)
class RowsCurve:
    """The ``sizes`` as trained, ``means`` of those with every score, and the fit.

    The fit is score = end - slope * rows^-exponent. ``gain`` is what twice the rows are expected
    to gain, in the objective's own direction, with its 95% interval; all None where fewer than
    three sizes have every score. ``last`` is what the last doubling gained, as measured.
    """

    sizes: tuple[Size, ...]
    means: tuple[Mean, ...]
    curve: tuple[Place, ...]
    end: float | None
    exponent: float | None
    gain: float | None
    low: float | None
    high: float | None
    last: float | None

    @property
    def helps(self) -> bool:
        """Whether more rows are expected to gain more than luck."""
        return self.low is not None and self.low > 0


_STORED = TypeAdapter(RowsCurve)


def rows_curve_document(curve: RowsCurve) -> dict[str, Any]:
    """The curve as plain JSON."""
    found: dict[str, Any] = _STORED.dump_python(curve, mode="json")
    return found


def rows_curve_from(document: Mapping[str, Any]) -> RowsCurve | None:
    """The curve that :func:`rows_curve_document` wrote; None for anything else."""
    try:
        return _STORED.validate_python(document, strict=False)
    except ValidationError:
        return None


def rows_curve(
    sizes: Sequence[Size], direction: str, resolution: float = 0.0, *, seed: int = 0
) -> RowsCurve:
    """Means, a power law through them, and what twice the rows would gain.

    Errors fall about as a power of the number of rows (Hestness et al. 2017, "Deep Learning
    Scaling is Predictable, Empirically"; Viering and Loog 2022, "The Shape of Learning Curves").
    Least squares of end and slope for each of forty exponents. The spread of the seeds is one for
    all sizes; the fit is repeated on means drawn from it (a parametric bootstrap, with Student's
    distribution for how little is known of that spread).
    """
    whole = [size for size in sizes if None not in size.scores]
    means = tuple(_mean(size) for size in whole)
    if len(whole) < 3 or len(whole[0].scores) < 2:
        return RowsCurve(tuple(sizes), means, (), None, None, None, None, None, None)
    sign = 1.0 if direction == "max" else -1.0
    table = np.array([size.scores for size in whole], dtype=float)
    rows = np.array([size.rows for size in whole], dtype=float)
    left = table - table.mean(axis=1, keepdims=True)
    free = table.size - len(table)
    variance = max(float(np.square(left).sum()) / free, resolution**2 / 12)
    rng = np.random.default_rng(seed)
    error = math.sqrt(variance / table.shape[1])
    drawn = table.mean(axis=1) + error * rng.standard_t(free, (RESAMPLES, len(table)))
    everything = float(rows[-1])
    asked = np.append(np.geomspace(rows[0], 2 * everything, _POINTS), [everything, 2 * everything])
    end, exponent, fitted = _fit(rows, table.mean(axis=1)[None], asked)
    _, _, others = _fit(rows, drawn, asked)
    ends = [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2]
    low, high = np.quantile(others, ends, axis=0)
    gains = sign * (others[:, -1] - others[:, -2])
    gain = sign * float(fitted[0, -1] - fitted[0, -2])
    least, most = np.quantile(gains, ends)
    places = zip(asked[:-2], fitted[0, :-2], low[:-2], high[:-2], strict=True)
    return RowsCurve(
        sizes=tuple(sizes),
        means=means,
        curve=tuple(Place(*map(float, place)) for place in places),
        end=float(end[0]),
        exponent=float(exponent[0]),
        gain=gain,
        low=min(float(least), gain),
        high=max(float(most), gain),
        last=sign * (means[-1].mean - means[-2].mean),
    )


def _mean(size: Size) -> Mean:
    known = np.array(size.scores, dtype=float)
    mean = float(known.mean())
    if len(known) < 2:
        return Mean(size.rows, mean, None, None)
    half = float(stdtrit(len(known) - 1, (1 + COVERAGE) / 2) * known.std(ddof=1))
    half /= math.sqrt(len(known))
    return Mean(size.rows, mean, mean - half, mean + half)


def _fit(rows: Array, means: Array, asked: Array) -> tuple[Array, Array, Array]:
    """The end, the exponent, and the curve at ``asked``, of each row of ``means`` (m, sizes)."""
    best = np.full(len(means), np.inf)
    end, exponent = np.zeros(len(means)), np.zeros(len(means))
    curves = np.zeros((len(means), len(asked)))
    for power in _EXPONENTS:
        # In units of the last size, so that both columns are of one order.
        design = np.column_stack([np.ones(len(rows)), -((rows / rows[-1]) ** -power)])
        found, *_ = np.linalg.lstsq(design, means.T, rcond=None)
        errors = np.square(design @ found - means.T).sum(axis=0)
        better = errors < best - 1e-15
        best = np.where(better, errors, best)
        end, exponent = np.where(better, found[0], end), np.where(better, power, exponent)
        there = np.column_stack([np.ones(len(asked)), -((asked / rows[-1]) ** -power)]) @ found
        curves = np.where(better[:, None], there.T, curves)
    return end, exponent, curves
