"""The pictures of the lessons: named lines, strips, draws and the larger letters of a presenter."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuning_core.charts.lessons.draws import draws
from tuning_core.charts.lessons.labelled_lines import Mark, labelled_lines
from tuning_core.charts.lessons.line_frames import Line
from tuning_core.charts.lessons.strips import strips
from tuning_core.charts.parts.chart import Chart, enlarged


def lines_chart(lines: list[Line], **options: object) -> Chart:
    return labelled_lines(
        lines,
        x_title="epoch",
        y_title="loss",
        x_limits=(1, 10),
        y_limits=(0.1, 10),
        **options,  # type: ignore[arg-type]
    )


def test_names_at_the_line_ends_do_not_touch():
    lines = [Line(str(n), [1, 2], [1.0, 1.0 + n / 1000]) for n in range(6)]
    ends = lines_chart(lines, height=400).frames["ends"]
    heights = np.sort(ends["y"].to_numpy())
    assert len(ends) == 6
    assert np.diff(heights).min() > 0.3
    assert heights.min() >= 0.1
    assert heights.max() <= 10


def test_a_line_outside_is_drawn_at_the_edge_and_told_with_its_value():
    chart = lines_chart([Line("up", [1, 2, 3, 4], [1.0, 50.0, math.inf, math.nan])], log=True)
    points = chart.frames["points"]
    assert points["y"].tolist() == [1.0, 10.0, 10.0]
    assert points["text"].tolist() == ["1", "50", "∞"]


@pytest.mark.parametrize("x_log", [False, True])
def test_lines_without_points_keep_the_axes_of_those_with(x_log: bool):
    full = lines_chart([Line("a", [1, 2], [1.0, 2.0])], x_log=x_log)
    empty = lines_chart([Line("a", [], [])], x_log=x_log)
    assert full.specification == empty.specification
    assert len(empty.frames["points"]) == 0


def test_a_quiet_line_has_no_name_and_a_mark_has_its_word():
    lines = [Line("a", [1, 2], [1.0, 2.0]), Line("b", [1, 2], [3.0, 4.0], quiet=True)]
    chart = lines_chart(lines, marks=[Mark(2, 99.0, "here")])
    assert chart.frames["ends"]["name"].tolist() == ["a"]
    assert chart.frames["marks"].iloc[0].tolist() == [2.0, 10.0, "here"]


def test_every_draw_is_a_dot_and_counted_in_its_power_of_ten():
    values = {"linear": [0.5, 0.5, 0.02], "log": [0.002, 0.02, 0.2]}
    frames = draws(values, (0.001, 1.0), title="rate").frames
    assert len(frames["dots"]) == 6
    counts = frames["counts"].groupby("scale")["words"].apply(list)
    assert counts["linear"] == ["0", "1", "2"]
    assert counts["log"] == ["1", "1", "1"]


def test_strips_take_groups_of_any_size():
    groups: dict[str, list[float]] = {"none": [], "one": [0.5], "some": [0.4, 0.6, 7.0]}
    chart = strips(groups, x_title="group", y_title="score", y_limits=(0, 1))
    assert len(chart.frames["dots"]) == 4
    assert chart.frames["dots"]["value"].max() == 1.0
    assert chart.frames["means"]["group"].tolist() == ["one", "some"]


def test_a_picture_for_the_back_row_has_larger_letters_and_the_same_data():
    document = lines_chart([Line("a", [1, 2], [1.0, 2.0])]).to_dict()
    large = enlarged(document, 2.0)
    axis, wide = document["config"]["axis"], large["config"]["axis"]
    assert wide["labelFontSize"] == 2 * axis["labelFontSize"]
    assert large["height"] == document["height"]
    assert large["datasets"] is document["datasets"]
