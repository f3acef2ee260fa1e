"""Every chart is valid Vega-Lite for no, one and many rows, in light and dark."""

from __future__ import annotations

import json
import math
from functools import cache

import jsonschema  # type: ignore[import-untyped]
import pandas as pd
import pytest
from altair.vegalite.v6.schema.core import load_schema

from tuning_core.catalog import OBJECTIVES
from tuning_core.charts.models.plane import scatter_preview
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import PICKED
from tuning_core.charts.parts.theme import DARK, LIGHT
from tuning_core.charts.study.best_so_far import best_so_far
from tuning_core.charts.study.learning_curves import ZOOM, learning_curves
from tuning_core.charts.study.parallel_coordinates import parallel_coordinates
from tuning_core.charts.study.parallel_frames import axis_frame, axis_ticks, brush_names

VEGA_LITE = jsonschema.Draft7Validator(load_schema())
ACCURACY, LOSS = OBJECTIVES["val_accuracy"], OBJECTIVES["val_loss"]


def many(trials, count):
    """``count`` trials with numbers of their own."""
    repeated = pd.concat([trials] * (count // len(trials) + 1), ignore_index=True).head(count)
    return repeated.assign(number=range(1, count + 1))


def selections(document):
    return {param["name"] for param in document["params"] if "select" in param}


@cache
def valid(text):
    """Raise where Vega-Lite's schema refuses a document, which many tests have in common.

    Asked of the schema that Altair has: ``alt.Chart.from_json`` asks it again for every part.
    """
    VEGA_LITE.validate(json.loads(text))


def check(chart):
    """The document is valid, refers to its own frames alone and survives JSON."""
    document = chart.to_dict()
    frames = document.pop("datasets")
    text = json.dumps(document)
    valid(text)
    used = {part.split('"')[0] for part in text.split('"data": {"name": "')[1:]}
    assert used == set(frames)
    assert all(isinstance(frame, pd.DataFrame) for frame in frames.values())
    # What is read out in place of the picture: a sentence, the same while the data grows.
    assert document["description"].endswith(".")
    return document


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", [0, 1, 7, 300])
def test_parallel_coordinates_is_valid_with_a_brush_on_every_axis(trials, axes, count, dark):
    document = check(parallel_coordinates(many(trials, count), axes, ACCURACY, dark=dark))
    assert selections(document) == {*brush_names(axes), PICKED}


@pytest.mark.parametrize("count", [0, 1, 12])
def test_parallel_coordinates_takes_any_number_of_axes(trials, count):
    axes = [
        Axis(f"units_{n}", f"Units of layer {n}", "integer", "log", 8, 512) for n in range(count)
    ]
    document = check(parallel_coordinates(trials, axes, LOSS))
    assert selections(document) == {*brush_names(axes), PICKED}


def test_live_data_leaves_the_specification_alone(trials, axes):
    before = parallel_coordinates(trials.head(2), axes, ACCURACY)
    after = parallel_coordinates(many(trials, 50), axes, ACCURACY, selected=[4])
    assert before.specification == after.specification


def test_a_changed_document_does_not_change_the_next_one(trials, axes):
    document = parallel_coordinates(trials, axes, ACCURACY).to_dict()
    document["layer"].clear()
    assert parallel_coordinates(trials, axes, ACCURACY).to_dict()["layer"]


def test_scores_beyond_the_axis_are_announced_at_its_end(trials, axes):
    chart = parallel_coordinates(many(trials, 60), axes, ACCURACY)
    outlier = many(trials, 60)
    outlier.loc[0, "score"] = -5.0
    far = parallel_coordinates(outlier, axes, ACCURACY)
    starts = [
        frames["ticks"].query("axis == 4")["text"].iloc[0] for frames in (chart.frames, far.frames)
    ]
    assert not starts[0].startswith("≤")
    assert starts[1].startswith("≤")


def test_a_stub_stands_below_the_axes_that_some_trial_does_not_use(trials, axes):
    score = Axis("score", "validation accuracy", "float", "linear", 0.9, 1.0)
    ticks = axis_ticks(trials, axes, score)
    stubs = ticks[ticks["height"] < 0]
    assert stubs["text"].tolist() == ["not used", "no score"]
    assert stubs["axis"].tolist() == [3, 4]


def test_titles_are_broken_into_equally_many_lines(axes):
    score = Axis("score", "validation accuracy", "float", "linear", 0.9, 1.0)
    titles = axis_frame([*axes] * 3, score)["title"]
    assert titles.str.count("\n").nunique() == 1
    assert titles.iloc[-1].split() == ["Validation", "accuracy"]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("shown", [[], [1], [1, 2, 3]])
def test_learning_curves_is_valid_and_zooms_and_picks(epochs, shown, log):
    for dark in (False, True):
        chart = learning_curves(epochs, "accuracy", shown, log=log, selected=shown[:1], dark=dark)
        assert selections(check(chart)) == {ZOOM, PICKED}


def test_the_legend_says_what_several_executions_make(epochs):
    single = learning_curves(epochs, "accuracy", [1]).specification
    several = learning_curves(epochs, "accuracy", [3], executions=5, unit="fold")
    assert "mean of" not in single
    assert "mean of 5 folds, band from lowest to highest" in several.specification
    check(several)


def test_growing_curves_leave_the_specification_alone(epochs):
    early, late = (
        learning_curves(shown, "accuracy", [1, 2, 3], running=[3], last_epoch=10)
        for shown in (epochs[epochs["epoch"] < 3], epochs)
    )
    assert early.specification == late.specification


def test_new_scores_leave_the_specification_alone(trials):
    ended = trials[trials["status"] == "completed"]
    before = best_so_far(ended.head(1), ACCURACY)
    after = best_so_far(ended.assign(score=[0.5, 0.6, 0.7]), ACCURACY)
    assert before.specification == after.specification


@pytest.mark.parametrize("count", [0, 1, 7])
def test_the_ends_of_the_axes_are_numbers_apart_in_every_state(trials, epochs, count):
    numbers = [1, 2, 3][: min(count, 3)]
    for chart in (
        best_so_far(many(trials, count), ACCURACY),
        learning_curves(epochs[epochs["epoch"] == 1], "accuracy", numbers),
        learning_curves(epochs, "accuracy", numbers, log=True),
    ):
        view = chart.frames["view"]
        assert len(view) == 2
        assert (view.diff().iloc[1] > 0).all()


def test_the_axis_reaches_the_last_epoch_from_the_start(epochs):
    room = learning_curves(epochs, "accuracy", [1], last_epoch=40).frames["view"]
    assert room["epoch"].max() > 40


@pytest.mark.parametrize("objective", [ACCURACY, LOSS])
@pytest.mark.parametrize("count", [0, 1, 7, 3000])
def test_best_so_far_is_valid_and_picks(trials, count, objective):
    for dark in (False, True):
        chart = best_so_far(many(trials, count), objective, picked=[2], dark=dark)
        assert selections(check(chart)) == {PICKED}
        assert len(chart.frames["points"]) <= 1010


@pytest.mark.parametrize("count", [0, 1, 50])
def test_scatter_preview_is_valid(count):
    points = [(n / 50, math.sin(n) / 2 + 0.5) for n in range(count)]
    frame = pd.DataFrame(points, columns=["x", "y"]).assign(
        label=[f"class {n % 9}" for n in range(count)]
    )
    check(scatter_preview(frame))
    check(scatter_preview(frame[["x", "y"]].assign(value=frame["x"] / 7)))


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_is_legible_on_the_page(colours):
    def luminance(colour):
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour in (colours.text, colours.muted, colours.accent):
        light, dark = sorted((luminance(colour), luminance(colours.halo)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
