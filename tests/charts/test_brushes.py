"""Brushes keep the trials that a reader of the axes would expect."""

from __future__ import annotations

import pandas as pd
import pytest

from tuning_core.catalog import OBJECTIVES
from tuning_core.catalog.objectives import objective_named
from tuning_core.charts.parts.theme import LIGHT
from tuning_core.charts.study.parallel_frames import (
    JITTER,
    UNUSED,
    axis_frame,
    brush_names,
    brushed,
    brushed_trials,
    score_axis,
    trial_lines,
)

ACCURACY = OBJECTIVES["val_accuracy"]


def brush(axis, low, high):
    return {f"brush_{axis}": {f"at_{axis}": [low, high]}}


def test_without_brushes_all_ended_trials_are_in(trials, axes):
    empty: dict[str, dict[str, list[float]]] = {name: {} for name in brush_names(axes)}
    assert brushed_trials(empty, trials, axes, ACCURACY) == {1, 2, 3, 4, 5, 6}
    assert brushed_trials({}, trials, axes, ACCURACY) == {1, 2, 3, 4, 5, 6}
    assert not brushed(empty, axes)


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        (brush("learning_rate", 0.3, 0.7), {2, 4, 5, 6}),
        (brush("learning_rate", 0.7, 0.3), {2, 4, 5, 6}),
        (brush("units", 0.9, 1.1), {4}),
        (brush("optimizer", 0.2, 0.3), {1, 4, 6}),
        (brush("optimizer", 0.6, 0.9), {2, 3, 5}),
        (brush("momentum", UNUSED - 0.03, UNUSED + 0.03), {1, 4, 6}),
        (brush("momentum", 0.9, 1.0), {3}),
        (brush("score", 0.94, 0.98), {2, 5}),
        (brush("optimizer", 0.6, 0.9) | brush("score", 0.94, 0.98), {2, 5}),
        (brush("optimizer", 0.2, 0.3) | brush("score", 0.94, 0.98), set()),
        (brush("gone", 0.0, 0.1), {1, 2, 3, 4, 5, 6}),
    ],
)
def test_a_trial_is_in_when_it_is_inside_every_brush(trials, axes, selection, numbers):
    assert brushed_trials(selection, trials, axes, ACCURACY) == numbers


def test_the_stub_below_the_score_holds_the_trials_without_one(trials, axes):
    score = score_axis(trials, ACCURACY)
    stub = score.low + UNUSED * (score.high - score.low)
    selection = brush("score", stub - 0.001, stub + 0.001)
    assert brushed_trials(selection, trials, axes, ACCURACY) == {3}


def test_a_brush_on_the_score_keeps_its_scores_when_the_axis_grows(trials, axes):
    selection = brush("score", 0.94, 0.98)
    worse = trials.copy()
    worse.loc[0, "score"] = 0.85
    assert score_axis(worse, ACCURACY) != score_axis(trials, ACCURACY)
    assert brushed_trials(selection, worse, axes, ACCURACY) == {2, 5}


def test_an_objective_that_was_declared_keeps_its_name(trials, axes):
    theirs = objective_named("my_score", "max")
    assert axis_frame(axes, score_axis(trials, theirs))["title"].iloc[-1].strip() == "my_score"
    known = axis_frame(axes, score_axis(trials, ACCURACY))["title"].iloc[-1]
    assert known.strip().startswith("Validation")


def test_any_brush_counts_as_brushed(axes):
    assert brushed(brush("score", 0.1, 0.2), axes)
    assert brushed(brush("units", 0.0, 0.0), axes)


def test_no_trials_give_no_numbers(trials, axes):
    assert brushed_trials(brush("units", 0, 1), trials.head(0), axes, ACCURACY) == set()


def test_the_names_of_the_brushes_end_with_the_score(axes):
    assert brush_names(axes) == [
        "brush_learning_rate",
        "brush_units",
        "brush_optimizer",
        "brush_momentum",
        "brush_score",
    ]


def test_lines_cross_each_axis_at_the_place_that_a_brush_compares(trials, axes):
    score = score_axis(trials, ACCURACY)
    lines = trial_lines(trials, axes, score, ACCURACY, LIGHT)
    for index, axis in enumerate(axes):
        assert (lines[f"line_{index}"] - lines[f"at_{axis.name}"]).abs().max() <= JITTER


def test_unused_values_and_missing_scores_are_said_in_words(trials, axes):
    lines = trial_lines(trials, axes, score_axis(trials, ACCURACY), ACCURACY, LIGHT)
    texts = lines.set_index("number")
    assert texts.loc[1, "text_momentum"] == "not used"
    assert texts.loc[3, "text_score"] == "no score"
    assert texts.loc[2, "text_learning_rate"] == "0.001"


@pytest.mark.parametrize(("objective", "best"), [("val_accuracy", 5), ("val_loss", 1)])
def test_the_best_trial_is_drawn_last_in_the_strongest_colour(trials, axes, objective, best):
    goal = OBJECTIVES[objective]
    lines = trial_lines(trials, axes, score_axis(trials, goal), goal, LIGHT)
    assert lines["number"].iloc[-1] == best
    assert lines["colour"].iloc[-1] == LIGHT.ramp[-1]
    assert lines["number"].iloc[0] == 3
    assert lines["colour"].iloc[0] == LIGHT.bad


def test_selected_trials_are_thick_and_on_top(trials, axes):
    lines = trial_lines(trials, axes, score_axis(trials, ACCURACY), ACCURACY, LIGHT, [1])
    assert lines["number"].iloc[-1] == 1
    assert lines["width"].iloc[-1] == lines["width"].max()


def test_of_thousands_of_trials_the_best_and_the_selected_are_drawn(axes):
    count = 5000
    trials = pd.DataFrame(
        {
            "number": range(1, count + 1),
            "status": "completed",
            "score": [n / count for n in range(count)],
            "units": 64,
        }
    )
    score = score_axis(trials, ACCURACY)
    lines = trial_lines(trials, axes, score, ACCURACY, LIGHT, [17])
    assert len(lines) < 1000
    assert {17, *range(count - 99, count + 1)} <= set(lines["number"])
    assert len(brushed_trials(brush("units", 0, 1), trials, axes, ACCURACY)) == count
