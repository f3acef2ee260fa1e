"""The charts of What-if: valid, still, and with nothing to show."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.charts.test_charts import check
from tuning_core.charts.models.regression import truth_points
from tuning_core.charts.what_if.landscape import Surface, Trail, landscape, loss_bands
from tuning_core.charts.what_if.rate_test import rate_test
from tuning_core.charts.what_if.what_if_curves import WhatIfCurve, axis_ends, what_if_curves

PRESENT = WhatIfCurve("run 3", "present", [0.5, 0.7], [0.4, 0.6])
PINNED = WhatIfCurve("run 1", "pinned", [0.5, 0.8, 0.9], [0.4, 0.7, 5.0], place=0)
FADED = WhatIfCurve("run 2", "faded", [0.5, 0.8, 0.9], [0.4, 0.7, 0.8])


CHANGED = replace(PRESENT, changes=[(1, "learning rate 0.1 \u2192 0.01"), (8, "l2 " * 30)])


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("curves", [[], [PRESENT], [FADED, PINNED, PRESENT], [CHANGED]])
def test_curves_are_valid_and_reach_to_the_last_epoch(curves, compact, dark):
    chart = what_if_curves(
        curves, "accuracy", epochs=10, ends=(0.0, 1.0), dark=dark, compact=compact
    )
    if not compact:
        check(chart)
    view = chart.frames["view"]
    assert view["epoch"].iloc[0] == 0
    assert 10 < view["epoch"].iloc[1] < 12


def test_a_faded_run_has_no_training_line_and_names_lie_apart():
    frames = what_if_curves([FADED, PRESENT], "loss", epochs=5, ends=(0.0, 1.0)).frames
    assert set(frames["points"].query("name == 'run 2'")["part"]) == {"validation"}
    assert list(frames["labels"]["name"]) == ["run 2", "run 3"]
    crowd = [WhatIfCurve(f"run {n}", "faded", [], [0.5, 0.9]) for n in range(4)]
    labels = what_if_curves(crowd, "loss", epochs=5, ends=(0.0, 1.0), height=340).frames["labels"]
    assert set(labels["value"]) == {0.9}
    assert np.diff(np.sort(labels["place"])).min() * (340 - 70) > 13


def test_changes_are_marked_inside_the_picture_and_their_words_lie_apart():
    faded = replace(FADED, changes=[(1, "dropout 0 \u2192 0.5")])
    for metric, ends in (("loss", (0.0, 3.0)), ("accuracy", (0.6, 1.0))):
        marks = what_if_curves([faded, CHANGED], metric, epochs=9, ends=ends).frames["changes"]
        assert list(marks["epoch"]) == [1, 8]
        assert list(marks["side"]) == ["left", "right"]
        assert marks["place"].between(*ends).all()
        assert marks["place"].nunique() == 2
        assert marks["words"].iloc[0] == marks["short"].iloc[0] == "learning rate 0.1 \u2192 0.01"
        assert len(marks["short"].iloc[1]) < len(marks["words"].iloc[1])


def test_a_name_stays_in_the_picture_when_its_line_leaves_it():
    labels = what_if_curves([PINNED], "loss", epochs=5, ends=(0.0, 1.0)).frames["labels"]
    assert labels["value"].iloc[0] == 1.0


def test_an_epoch_more_leaves_the_specification_as_it_is():
    more = WhatIfCurve("run 3", "present", [0.5, 0.7, 0.8], [0.4, 0.6, 0.7])
    charts = [
        what_if_curves([curve], "accuracy", epochs=9, ends=(0.0, 1.0)) for curve in (PRESENT, more)
    ]
    assert charts[0].specification == charts[1].specification


@pytest.mark.parametrize(
    ("metric", "curves", "ends"),
    [
        ("loss", [[2.3, 1.0], [500.0, 3.0], [2.0]], (0.0, 3.0)),
        ("loss", [[math.nan], [math.inf]], None),
        ("loss", [[0.0]], (0.0, 1.0)),
        ("accuracy", [[0.57, 0.97]], (0.5, 1.0)),
        ("r2", [[-50.0, 0.6]], (-1.0, 1.0)),
        ("mae", [], None),
    ],
)
def test_the_ends_are_round_and_no_explosion_flattens_the_rest(metric, curves, ends):
    assert axis_ends(metric, curves) == ends


@pytest.mark.parametrize("dark", [False, True])
def test_truth_and_rates_are_valid_with_and_without_points(dark):
    check(truth_points([], [], "price", dark=dark))
    check(truth_points([1.0, 2.0], [1.5, 9.0], "price", dark=dark))
    check(rate_test([], [], [], None, (1e-6, 10.0), dark=dark))
    rates, losses = [1e-3, 1e-2, 1e-1], [2.0, 1.0, 90.0]
    chart = rate_test(rates, losses, losses, (1e-3, 1e-2), (1e-6, 10.0), dark=dark)
    check(chart)
    assert chart.frames["view"]["loss"].iloc[1] < 10


AXIS = np.linspace(-1.0, 1.0, 31)
BOWL = Surface(AXIS, AXIS, 0.3 + AXIS**2 + AXIS[:, np.newaxis] ** 2)
PATH = Trail("run 1", [(0, -0.9, 0.5, 1.4), (1, -0.2, 0.1, 0.35), (2, 0.0, 0.0, 0.3)])


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("trails", [[PATH], [PATH, Trail("run 2", [(4, 0.1, 0.2, 0.4)], 1)]])
def test_a_landscape_has_bands_that_follow_the_loss(trails, dark):
    bands = loss_bands([BOWL])
    chart = landscape(BOWL, trails, bands, ("x", "y"), dark=dark)
    check(chart)
    field = chart.frames["field"]
    assert len(field) < 4_000
    around = field[(field["x"] <= 0) & (field["x_end"] >= 0)]
    nearest = around.iloc[(around["y"] - 0).abs().argmin()]
    assert nearest["words"].startswith("below")
    assert field["loss"].max() == bands.edges[-1]
    assert list(chart.frames["ends"]["run"]) == [trail.name for trail in trails]
    assert list(chart.frames["starts"]["run"]) == ["run 1"]


@pytest.mark.parametrize("loss", [0.0, 1e-9, 2.5, math.nan, math.inf])
def test_a_plain_or_a_void_is_drawn_too(loss):
    surface = Surface(AXIS, AXIS, np.full((31, 31), loss))
    chart = landscape(surface, [PATH], loss_bands([surface]), ("x", "y"))
    check(chart)
    assert chart.frames["field"].empty != math.isfinite(loss)


def test_where_there_is_no_number_there_is_no_colour():
    loss = BOWL.loss.copy()
    loss[:, 20:] = math.inf
    surface = Surface(AXIS, AXIS, loss)
    field = landscape(surface, [], loss_bands([surface, BOWL]), ("x", "y")).frames["field"]
    assert 0.2 < field["x_end"].max() < 0.4
