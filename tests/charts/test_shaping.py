"""Thinning, limits and the parting of labels."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuning_core.charts.parts.shaping import clipped, dodged, good_limits, stride, thinned


@pytest.mark.parametrize(("count", "step"), [(0, 1), (100, 1), (101, 2), (250, 4), (400, 4)])
def test_the_stride_is_the_smallest_power_of_two_that_fits(count, step):
    assert stride(count, 100) == step


def test_thinning_keeps_what_matters_and_the_last_row():
    frame = pd.DataFrame({"n": range(1001)})
    kept = thinned(frame, frame["n"].isin([3, 77]), 100)["n"].tolist()
    assert {0, 3, 77, 1000} <= set(kept)
    assert len(kept) <= 103


def test_a_short_frame_is_not_thinned():
    frame = pd.DataFrame({"n": range(10)})
    assert thinned(frame, frame["n"] < 0, 10) is frame


@pytest.mark.parametrize("up", [True, False])
def test_the_limits_end_at_the_data_when_nothing_is_far(up):
    assert good_limits([2.3, 1.0, 0.5, 1.7, 0.2], up=up) == (0.2, 2.3)


def test_one_bad_trial_does_not_squeeze_the_rest():
    limits = good_limits([0.6] + [0.95 + 0.002 * n for n in range(13)], up=True)
    assert limits is not None
    assert 0.94 < limits[0] < 0.95
    assert limits[1] == pytest.approx(0.974)


def test_half_of_all_trials_are_never_left_out():
    assert good_limits([0.2, 0.21, 0.9, 0.91], up=True) == (0.2, 0.91)


@pytest.mark.parametrize("values", [[], [math.nan], [math.inf, None]])
def test_without_finite_values_there_are_no_limits(values):
    assert good_limits(values, up=True) is None


def test_equal_values_stay_inside_their_limits():
    assert good_limits([0.5, 0.5, 0.5], up=True) == (0.5, 0.5)
    assert good_limits([1.0] * 40 + [3.0], up=False) == (1.0, 3.0)


def test_clipping_moves_infinities_and_leaves_gaps():
    values = clipped(pd.Series([math.inf, -math.inf, math.nan, 0.5]), (0.0, 1.0))
    assert values.tolist()[:2] == [1.0, 0.0]
    assert math.isnan(values[2])


@pytest.mark.parametrize(("up", "sign"), [(True, 1), (False, -1)])
def test_the_best_score_is_never_off_the_scale(up, sign):
    scores = [0.5 + 0.001 * n for n in range(40)] + [0.5 + 30 * sign, 0.5 - 30 * sign]
    limits = good_limits(scores, up=up)
    assert limits is not None
    low, high = limits
    best, worst = 0.5 + 30 * sign, 0.5 - 30 * sign
    assert low <= best <= high
    assert not low <= worst <= high


def test_labels_already_apart_stay_put():
    assert dodged([0.1, 0.5, 0.9], 0.1, 0.0, 1.0) == [0.1, 0.5, 0.9]


def test_labels_on_one_spot_part_evenly_around_it():
    assert dodged([0.5, 0.5, 0.5], 0.1, 0.0, 1.0) == pytest.approx([0.4, 0.5, 0.6])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_parted_labels_keep_their_order_their_distance_and_the_frame(positions):
    placed = dodged(positions, 0.08, 0.0, 1.0)
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    heights = [placed[index] for index in order]
    gap = min(0.08, 1.0 / max(len(positions), 1))
    assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(heights))
    assert all(-1e-9 <= height <= 1 + 1e-9 for height in heights)
