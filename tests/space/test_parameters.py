"""Values drawn from ranges: always inside, evenly on their scale, and back again."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuning_core.space import Choice, Fixed, Parameter, Range

shares = st.floats(0, 1, exclude_max=True)


@st.composite
def ranges(draw: Any) -> Range:
    scale = draw(st.sampled_from(["linear", "log", "reverse_log"]))
    integer = scale != "reverse_log" and draw(st.booleans())
    if integer:
        low, high = sorted(draw(st.tuples(st.integers(1, 500), st.integers(1, 500))))
        step = draw(st.none() | st.integers(1, 50)) if scale == "linear" else None
        return Range("x", low, high, step, scale, True)
    top = 0.9999 if scale == "reverse_log" else 10.0
    bottom = 1e-6 if scale == "log" else 0.0
    low, high = sorted(draw(st.tuples(st.floats(bottom, top), st.floats(bottom, top))))
    factor = draw(st.none() | st.floats(1.5, 20))
    step = factor if scale != "linear" or factor is None else factor / 10
    return Range("x", low, high, step, scale)


@given(ranges(), shares)
def test_a_drawn_value_is_always_inside(parameter: Range, share: float) -> None:
    value = parameter.quantile(share)
    assert parameter.contains(value)
    assert parameter.low <= float(value) <= parameter.high
    assert isinstance(value, int if parameter.integer else float)


@given(ranges(), shares)
def test_position_finds_the_way_back(parameter: Range, share: float) -> None:
    value = parameter.quantile(share)
    position = parameter.position(value)
    assert 0 <= position <= 1
    assert float(parameter.quantile(min(position, 1 - 1e-12))) == pytest.approx(
        float(value), rel=1e-6, abs=1e-9
    )


@given(ranges(), st.integers(2, 12))
def test_a_grid_holds_distinct_values_of_the_range_in_order(parameter: Range, points: int) -> None:
    grid = [float(value) for value in parameter.grid(points)]
    assert grid == sorted(set(grid))
    assert all(parameter.contains(value) for value in parameter.grid(points))
    if parameter.step is None:
        assert len(grid) <= points
        assert (grid[0], grid[-1]) == (parameter.low, parameter.high)


def test_grid_values_are_the_numbers_that_a_person_would_write() -> None:
    assert Range("x", 1e-4, 1e-1, scale="log").grid(4) == (0.0001, 0.001, 0.01, 0.1)
    assert Range("x", 0.9, 0.999, scale="reverse_log").grid(3) == (0.9, 0.99, 0.999)
    assert Range("x", 0.1, 0.5).grid(5) == (0.1, 0.2, 0.3, 0.4, 0.5)
    assert Range("x", 1, 5, integer=True).grid(3) == (1, 3, 5)


@pytest.mark.parametrize(
    ("parameter", "median"),
    [
        (Range("x", 1e-5, 1e-1, scale="log"), 1e-3),
        (Range("x", 0.9, 0.999, scale="reverse_log"), 0.99),
        (Range("x", 0.0, 0.5), 0.25),
        (Range("x", 1, 256, scale="log", integer=True), 11),
        (Range("x", 16, 128, 16, integer=True), 80),
    ],
)
def test_the_median_shows_the_scale(parameter: Range, median: float) -> None:
    assert parameter.quantile(0.5) == pytest.approx(median, rel=1e-9)


def test_log_draws_fill_every_decade_alike() -> None:
    parameter = Range("x", 1e-5, 1e-2, scale="log")
    draws = [float(parameter.quantile(share)) for share in np.random.default_rng(0).random(6000)]
    decades = np.bincount([int(math.log10(x) + 5) for x in draws])
    assert decades.min() > 1850


def test_integers_on_a_log_scale_have_their_ends_drawn() -> None:
    parameter = Range("x", 1, 4, scale="log", integer=True)
    draws = {parameter.quantile(share) for share in np.linspace(0, 0.999, 500)}
    assert draws == {1, 2, 3, 4}


def test_a_step_is_a_distance_or_on_other_scales_a_factor() -> None:
    assert Range("x", 0.0, 0.3, 0.1).values() == (0.0, 0.1, 0.2, 0.3)
    assert Range("x", 1e-3, 1.0, 10, "log").values() == (0.001, 0.01, 0.1, 1.0)
    assert Range("x", 0.9, 0.999, 10, "reverse_log").values() == (0.9, 0.99, 0.999)
    assert Range("x", 8, 64, 2, "log", True).values() == (8, 16, 32, 64)
    assert Range("x", 10, 45, 16, integer=True).values() == (10, 26, 42)


@pytest.mark.parametrize("parameter", [Fixed("x", 3), Choice("x", (1, "a", True))])
def test_listed_values_are_all_reachable_and_nothing_else(parameter: Parameter) -> None:
    values = parameter.values()
    assert values is not None
    shares_ = [(index + 0.5) / len(values) for index in range(len(values))]
    assert tuple(parameter.quantile(share) for share in shares_) == values
    assert [parameter.position(value) for value in values] == shares_
    assert not parameter.contains("elsewhere")


def test_true_is_not_one() -> None:
    assert not Choice("x", (0, 1)).contains(True)
    assert not Range("x", 0.0, 2.0).contains(True)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_wide_range_of_whole_numbers_is_drawn_without_being_listed(scale: Any) -> None:
    seeds = Range("seed", 1, 2**31, scale=scale, integer=True)
    assert seeds.values() is None
    drawn = [seeds.quantile(share) for share in np.linspace(0, 0.999, 50)]
    assert all(isinstance(value, int) and seeds.contains(value) for value in drawn)
    assert drawn == sorted(drawn)
    assert not seeds.contains(1.5)
    for share in (0.5, 0.7, 0.9):
        assert seeds.position(seeds.quantile(share)) == pytest.approx(share, abs=1e-3)
    assert len(seeds.grid(5)) == 5
