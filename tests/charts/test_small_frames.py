"""The frames of the small charts: picks, titles and colours."""

from __future__ import annotations

import pytest

from tuning_core.charts.parts.chart import picked_trials
from tuning_core.charts.parts.labels import title_lines
from tuning_core.charts.parts.theme import DARK, LIGHT, blend, series_colours


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        ({}, []),
        ({"picked": {}}, []),
        ({"picked": [{"trial": 3}, {"trial": 1}, {"trial": 3}]}, [3, 1]),
        ({"picked": [{"trial": 3, "turn": 1}, {"trial": 1, "turn": 2}]}, [3, 1]),
        (
            {"picked": [{"trial": 3, "turn": 1}, {"trial": 1, "turn": 2}, {"trial": 3, "turn": 3}]},
            [1],
        ),
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


def test_a_title_is_broken_to_fit_a_low_chart():
    assert title_lines("validation accuracy (0 to 1)", 120) == ["validation", "accuracy (0 to 1)"]
    assert title_lines("validation accuracy (0 to 1)", 300) == ["validation accuracy (0 to 1)"]
