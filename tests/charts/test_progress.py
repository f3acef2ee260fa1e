"""Best so far of several searches or people: valid, legible and not stretched by a bad start."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from tests.charts.test_charts import check
from tuning_core.charts.compare.progress import (
    BOARD,
    LABEL_HEIGHT,
    ProgressLine,
    progress_lines,
)

ELK = ProgressLine("elk", [10, 30, 110], [0.2, 0.94, 0.97], end=200)
TPE = ProgressLine("TPE", [10, 20], [0.9, 0.95], "machine", low=[0.8, 0.94], high=[0.92, 0.96])
OTHER = ProgressLine("newt", [15, 40], [0.9, 0.93], "faded")
LOST = ProgressLine("seal", [], [])


def drawn(lines, **options):
    options = {"y_title": "validation accuracy (0 to 1)", "direction": "max", **options}
    return progress_lines(lines, **options)


@pytest.mark.parametrize(
    ("lines", "spent"), [([LOST], "epochs"), ([OTHER, ELK, TPE, LOST], "seconds")]
)
def test_lines_are_valid(lines, spent):
    chart = drawn(lines, spent=spent, until=250)
    check(chart)
    assert chart.frames["view"]["x"].iloc[1] >= (250 / 60 if spent == "seconds" else 250)


def test_each_line_goes_on_to_its_end_and_faded_ones_have_no_name():
    frames = drawn([OTHER, ELK, TPE]).frames
    steps = frames["steps"]
    assert list(steps.query("label == 'elk'")["x"]) == [10, 30, 110, 200]
    assert list(steps.query("label == 'elk'")["y"]) == [0.2, 0.94, 0.97, 0.97]
    assert list(frames["labels"]["name"]) == ["elk", "TPE"]
    assert set(steps["high"].dropna()) == {0.92, 0.96}


def test_a_bad_start_does_not_stretch_the_axis():
    low, high = drawn([ELK, OTHER, TPE]).frames["view"]["y"]
    assert 0.85 < low < 0.93
    assert 0.97 < high < 1.0
    exploded = ProgressLine("one", [1, 2, 50, 100], [1e9, math.inf, 0.5, 0.3])
    low, high = drawn([exploded], direction="min").frames["view"]["y"]
    assert 0.2 < low < 0.3
    assert 0.5 < high < 0.6


@pytest.mark.parametrize("scale", [1.0, BOARD])
@pytest.mark.parametrize("count", [2, 8, 60])
@pytest.mark.parametrize("direction", ["min", "max"])
def test_names_never_overlap_and_the_best_have_theirs(count, scale, direction):
    crowd = [ProgressLine(f"person {n}", [1, 2], [0.5, 0.9 + n * 1e-6]) for n in range(count)]
    chart = drawn(crowd, scale=scale, height=400, direction=direction)
    labels, (low, high) = chart.frames["labels"], chart.frames["view"]["y"]
    gaps = np.diff(np.sort(labels["place"])) / (high - low) * (400 / scale - 56)
    assert gaps.min() > LABEL_HEIGHT - 1e-6
    assert labels["place"].between(low, high).all()
    best = f"person {count - 1 if direction == 'max' else 0}"
    assert best in set(labels["name"])


def test_no_text_of_the_board_is_below_18_pixels():
    document = json.loads(drawn([ELK], scale=BOARD).specification)

    def sizes(part):
        if isinstance(part, dict):
            for name, value in part.items():
                if name.lower().endswith("fontsize"):
                    yield value
                yield from sizes(value)
        elif isinstance(part, list):
            for item in part:
                yield from sizes(item)

    found = list(sizes(document))
    assert len(found) >= 4
    assert min(found) >= 18


def test_a_colour_stays_while_lines_come_and_go():
    def colour(lines):
        return drawn(lines).frames["labels"].set_index("name")["colour"]["elk"]

    elk = ProgressLine("elk", ELK.x, ELK.y, place=3)
    assert colour([elk]) == colour([TPE, OTHER, elk])
    assert colour([ELK]) != colour([TPE, ELK])


def test_a_step_more_leaves_the_specification_as_it_is():
    more = ProgressLine("elk", [*ELK.x, 150], [*ELK.y, 0.98], end=200)
    assert drawn([ELK]).specification == drawn([more]).specification


def test_a_long_line_is_thinned_and_keeps_its_last_step():
    x = list(range(1, 5_001))
    steps = drawn([ProgressLine("one", x, [1 - 1 / at for at in x])]).frames["steps"]
    assert len(steps) <= 201
    assert steps["x"].iloc[-1] == 5_000
