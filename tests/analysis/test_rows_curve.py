"""The curve over training rows: a power law is found again, and luck is not called a gain."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tuning_core.analysis.rows_curve import (
    Size,
    rows_curve,
    rows_curve_document,
    rows_curve_from,
)

ROWS = (125, 250, 500, 1000)


def sizes(means: list[float], noise: float) -> list[Size]:
    rng = np.random.default_rng(4)
    return [
        Size(rows / 1000, rows, 10, tuple(mean + noise * rng.normal(size=3)))
        for rows, mean in zip(ROWS, means, strict=True)
    ]


def test_a_power_law_is_found_again_with_what_twice_the_rows_gain() -> None:
    means = [0.95 - 2.0 * rows**-0.5 for rows in ROWS]
    found = rows_curve(sizes(means, 3e-4), "max")
    assert found.end == pytest.approx(0.95, abs=0.01)
    assert found.exponent == pytest.approx(0.5, rel=0.1)
    expected = 2.0 * (1000**-0.5 - 2000**-0.5)
    assert found.gain == pytest.approx(expected, rel=0.1)
    assert None not in (found.low, found.gain, found.high)
    assert (found.low or 0) <= expected <= (found.high or 0)
    assert found.helps
    assert found.last == pytest.approx(2.0 * (500**-0.5 - 1000**-0.5), rel=0.05)
    assert max(place.rows for place in found.curve) == pytest.approx(2000)


def test_of_an_error_the_gain_is_what_it_falls_by() -> None:
    means = [10.0 + 40.0 * rows**-0.5 for rows in ROWS]
    found = rows_curve(sizes(means, 1e-5), "min")
    assert found.gain == pytest.approx(40.0 * (1000**-0.5 - 2000**-0.5), rel=0.02)
    assert found.helps


def test_no_gain_beyond_luck_is_claimed_of_a_level_curve() -> None:
    found = rows_curve(sizes([0.9] * 4, 0.01), "max")
    assert not found.helps
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
    # Rounding alone leaves a doubt too: the same three scores at each size.
    step = rows_curve([Size(r / 1000, r, 10, (0.9,) * 3) for r in ROWS], "max", 1 / 50)
    assert step.low is not None
    assert step.low < 0


def test_lost_trainings_leave_out_their_size_and_two_sizes_make_no_curve() -> None:
    given = sizes([0.8, 0.85, 0.88, 0.9], 0.001)
    given[1] = Size(0.25, 250, 10, (None, 0.85, 0.85))
    found = rows_curve(given, "max")
    assert [mean.rows for mean in found.means] == [125, 500, 1000]
    assert found.gain is not None
    given[0] = Size(0.125, 125, 10, (None,) * 3)
    few = rows_curve(given, "max")
    assert (few.gain, few.curve) == (None, ())
    for curve in (found, few):
        assert rows_curve_from(json.loads(json.dumps(rows_curve_document(curve)))) == curve
