"""The frames of the small charts: histogram, thumbnail, classes, picks and colours."""

from __future__ import annotations

import pytest

from tuning_core.charts import Axis, picked_trials
from tuning_core.charts.class_balance import class_counts
from tuning_core.charts.range_histogram import category_shares, histogram_bins
from tuning_core.charts.strategy_thumbnail import thumbnail_points
from tuning_core.charts.theme import DARK, LIGHT, blend, series_colours


def test_log_bins_span_equal_factors_and_hold_every_draw():
    axis = Axis("a", "A", "float", "log", 1e-4, 1e-1)
    bins = histogram_bins([1e-4, 1e-3, 1e-2, 1e-1], axis, bins=3)
    assert (bins["high"] / bins["low"]).tolist() == pytest.approx([10, 10, 10])
    assert bins["share"].sum() == pytest.approx(1.0)


def test_few_whole_numbers_get_a_bin_each():
    bins = histogram_bins([1, 1, 2, 3], Axis("a", "A", "integer", "linear", 1, 3))
    assert bins["low"].tolist() == [0.5, 1.5, 2.5]
    assert bins["share"].tolist() == [0.5, 0.25, 0.25]


@pytest.mark.parametrize("draws", [[], [2.0, 2.0]])
def test_a_histogram_of_nothing_or_one_value_is_still_one(draws):
    bins = histogram_bins(draws, Axis("a", "A", "float", "linear", 2.0, 2.0))
    assert bins["share"].sum() == pytest.approx(1.0 if draws else 0.0)


def test_category_shares_follow_the_choices_in_order():
    shares = category_shares(["b", "a", "b", "b"], ("a", "b", "c"))
    assert shares["value"].tolist() == ["a", "b", "c"]
    assert shares["share"].tolist() == [0.25, 0.75, 0.0]


def test_thumbnail_points_are_ordered_and_longer_training_is_larger():
    points = thumbnail_points([(0.1, 0.2), (0.3, 0.4)], [0.1, 1.0])
    assert points["order"].tolist() == [0.0, 1.0]
    assert points["size"].is_monotonic_increasing


def test_class_counts_say_rows_and_shares():
    assert class_counts({"a": 150, "b": 50})["text"].tolist() == [
        "150 rows (75 %)",
        "50 rows (25 %)",
    ]


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        ({}, []),
        ({"picked": {}}, []),
        ({"picked": [{"trial": 3}, {"trial": 1}, {"trial": 3}]}, [3, 1]),
    ],
)
def test_picked_trials_come_in_the_order_of_the_clicks(selection, numbers):
    assert picked_trials(selection) == numbers


def test_a_trial_keeps_its_colour_while_the_list_changes():
    before = series_colours([5, 2, 3], LIGHT)
    after = series_colours([5, 2, 6], LIGHT)
    assert before[5] == after[5] == LIGHT.accent
    assert before[2] == after[2]


def test_colours_are_distinct_up_to_the_palette_and_repeat_beyond():
    assert len(set(series_colours([1, 8, 15, 22, 3, 4, 5, 6], LIGHT).values())) == 8
    assert len(series_colours(list(range(1, 30)), DARK)) == 29


def test_a_blend_starts_and_ends_at_the_ramps_ends():
    assert blend(LIGHT.ramp, 0.0) == LIGHT.ramp[0]
    assert blend(LIGHT.ramp, 1.0) == LIGHT.ramp[-1]
    assert blend(("#000000", "#ffffff"), 0.5) == "#808080"


@pytest.mark.parametrize(("colours", "brighter"), [(LIGHT, False), (DARK, True)])
def test_the_ramp_reads_without_hue(colours, brighter):
    steps = [blend(colours.ramp, share / 20) for share in range(21)]
    light = [0.2126 * int(c[1:3], 16) + 0.7152 * int(c[3:5], 16) for c in steps]
    light = [value + 0.0722 * int(c[5:7], 16) for value, c in zip(light, steps, strict=True)]
    assert light == sorted(light, reverse=not brighter)
