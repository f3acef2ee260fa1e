"""Learning curves: means, bands, best epochs, labels and thinning."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest

from tuning_core.catalog import OBJECTIVES
from tuning_core.charts.parts.theme import LIGHT
from tuning_core.charts.study.curve_frames import LABEL_HEIGHT, curve_frames
from tuning_core.charts.study.curve_points import best_points, curve_points, thinned_curves


def long_epochs(count, trials=(1,)):
    rows = [(t, 1, e, 0.5, 1.0 / (1 + abs(e - 37))) for t in trials for e in range(1, count + 1)]
    return pd.DataFrame(rows, columns=["trial", "execution", "epoch", "accuracy", "val_accuracy"])


def test_only_the_asked_trials_are_shown(epochs):
    assert set(curve_points(epochs, "accuracy", [1, 3])["trial"]) == {1, 3}


def test_executions_make_a_mean_and_a_band(epochs):
    points = curve_points(epochs, "accuracy", [3])
    point = points[(points["part"] == "validation") & (points["epoch"] == 2)].iloc[0]
    assert point["executions"] == 2
    assert point["value"] == pytest.approx(0.63)
    assert (point["low"], point["high"]) == (pytest.approx(0.62), pytest.approx(0.64))


def test_the_execution_that_trains_now_widens_the_band_alone(epochs):
    under_way = epochs[(epochs["execution"] == 1) | (epochs["epoch"] <= 2)]
    points = curve_points(under_way, "accuracy", [3], running=[3])
    line = points[points["part"] == "validation"].set_index("epoch")
    assert line["value"].tolist() == pytest.approx([0.52, 0.62, 0.72, 0.82])
    assert line["high"].tolist() == pytest.approx([0.54, 0.64, 0.72, 0.82])
    assert set(line["executions"]) == {1}


def test_both_parts_have_a_band_that_says_what_the_mean_is_of(epochs):
    points = curve_frames(epochs, "accuracy", [3, 1], LIGHT, unit="fold").points
    bands = points[(points["trial"] == 3) & (points["epoch"] == 2)].set_index("part")
    assert bands.loc["validation", "mean_of"] == "2 folds, 0.62 to 0.64"
    assert (bands["band_high"] >= bands["band_low"]).all()
    assert set(points.loc[points["trial"] == 1, "mean_of"]) == {"1 fold"}


def test_the_band_of_the_best_trial_is_inside_the_picture(epochs):
    epochs = epochs[epochs["trial"] == 3]
    epochs.loc[epochs["execution"] == 2, "val_accuracy"] += 0.2
    view = curve_frames(epochs, "accuracy", [3], LIGHT).view["value"]
    assert view.max() >= epochs["val_accuracy"].max()


def test_epochs_without_a_number_are_left_out(epochs):
    epochs.loc[epochs["epoch"] == 2, "val_accuracy"] = math.nan
    points = curve_points(epochs, "accuracy", [1])
    assert points[points["part"] == "validation"]["epoch"].tolist() == [1, 3, 4]


def test_an_unknown_metric_gives_an_empty_frame(epochs):
    points = curve_points(epochs, "f1", [1])
    assert points.empty
    assert {"trial", "part", "epoch", "value"} <= set(points.columns)


@pytest.mark.parametrize(("metric", "epoch"), [("accuracy", 3), ("loss", 1), ("mae", 1), ("r2", 3)])
def test_the_best_epoch_honours_the_metrics_direction(metric, epoch):
    epochs = pd.DataFrame(
        {"trial": 1, "execution": 1, "epoch": [1, 2, 3, 4], f"val_{metric}": [0.1, 0.5, 0.9, 0.9]}
    )
    points = curve_points(epochs, metric, [1])
    lower = OBJECTIVES[f"val_{metric}"].direction == "min"
    assert best_points(points, lower=lower)["epoch"].tolist() == [epoch]


def test_thinning_keeps_the_ends_of_every_line():
    points = thinned_curves(curve_points(long_epochs(3000, (1, 2)), "accuracy", [1, 2]), 1000)
    assert len(points) <= 1000
    for _, line in points.groupby(["trial", "part"]):
        assert line["epoch"].min() == 1
        assert line["epoch"].max() == 3000


def test_the_best_epoch_survives_thinning():
    frames = curve_frames(long_epochs(3000), "accuracy", [1], LIGHT)
    assert frames.best["epoch"].tolist() == [37]


def test_a_growing_line_keeps_the_points_it_has_shown():
    before = thinned_curves(curve_points(long_epochs(2200), "accuracy", [1]), 1000)
    after = thinned_curves(curve_points(long_epochs(2300), "accuracy", [1]), 1000)
    assert set(before["epoch"]) - {2200} <= set(after["epoch"])


def test_an_exploding_epoch_leaves_the_picture_and_keeps_its_true_value(epochs):
    epochs.loc[epochs["epoch"] == 4, "val_accuracy"] = -1e6
    epochs.loc[epochs["trial"] != 2, "val_accuracy"] = 0.9
    frames = curve_frames(epochs, "accuracy", [1, 2, 3], LIGHT)
    assert frames.view["value"].min() > 0
    end = frames.labels[frames.labels["outside"]]
    assert end["trial"].tolist() == [2]
    assert end["text"].tolist() == ["-1e6"]
    assert end["edge"].tolist() == [frames.view["value"].min()]


def test_the_first_steps_of_a_training_do_not_take_the_height():
    rises = [0.2, 0.88, 0.93, 0.95, 0.96]
    frame = pd.DataFrame(
        {"trial": 1, "execution": 1, "epoch": range(1, 6), "accuracy": 0.5, "val_accuracy": rises}
    ).drop(columns="accuracy")
    assert curve_frames(frame, "accuracy", [1], LIGHT).view["value"].tolist() == [0.88, 0.96]
    fall = frame.assign(val_loss=[2.0, 0.4, 0.3, 0.2, 0.1])
    assert curve_frames(fall, "loss", [1], LIGHT, lower=True).view["value"].tolist() == [0.1, 0.4]


def test_a_bad_trial_is_in_sight_when_it_is_selected():
    epochs = pd.concat(
        [long_epochs(10, [t]).assign(val_accuracy=0.9 + t / 90) for t in range(1, 8)]
    )
    epochs.loc[epochs["trial"] == 4, "val_accuracy"] = 0.1
    shown = [7, 6, 5, 3, 2, 1, 4]
    plain = curve_frames(epochs, "accuracy", shown, LIGHT).view["value"].min()
    selected = curve_frames(epochs, "accuracy", shown, LIGHT, selected=[4]).view["value"].min()
    assert plain >= 0.5
    assert selected == pytest.approx(0.1)


def test_each_line_has_one_label_at_its_end(epochs):
    labels = curve_frames(epochs, "accuracy", [1, 2, 3], LIGHT, running=[2]).labels
    assert sorted(labels["label"]) == ["trial 1", "trial 2", "trial 3"]
    assert set(labels["epoch"]) == {4.0}
    assert set(labels["part"]) == {"validation"}


@pytest.mark.parametrize("plot_height", [140.0, 208.0, 350.0])
def test_labels_of_equal_ends_do_not_touch(epochs, plot_height):
    frames = curve_frames(epochs, "accuracy", [1, 2, 3], LIGHT, plot_height=plot_height)
    heights = sorted(frames.labels["label_at"])
    pixels = plot_height / (frames.view["value"].max() - frames.view["value"].min())
    assert all((b - a) * pixels >= LABEL_HEIGHT - 1e-6 for a, b in itertools.pairwise(heights))


def test_of_many_lines_only_those_in_front_are_labelled():
    trials = list(range(1, 21))
    labels = curve_frames(long_epochs(5, trials), "accuracy", trials, LIGHT, selected=[4, 9]).labels
    assert sorted(labels["trial"]) == [4, 9]


def test_the_label_of_a_running_trial_stands_clear_of_the_lines():
    epochs = long_epochs(40, [1, 2]).assign(val_accuracy=lambda f: 1 - 1 / (f["epoch"] + 1))
    shown = epochs[(epochs["trial"] == 1) | (epochs["epoch"] <= 10)]
    frames = curve_frames(shown, "accuracy", [1, 2], LIGHT, running=[2], plot_height=200.0)
    label = frames.labels.set_index("trial").loc[2]
    beside = frames.points[frames.points["epoch"].between(10, 19)]["drawn"]
    pixels = 200.0 / (frames.view["value"].max() - frames.view["value"].min())
    assert label["label"] == "trial 2 (running)"
    assert (beside - label["label_at"]).abs().min() * pixels > LABEL_HEIGHT / 2


@pytest.mark.parametrize("reached", [32, 33, 34])
def test_the_label_of_a_running_trial_stands_clear_of_the_others(reached: int):
    """Near the end of its epochs its label reaches into the column of those that have ended."""
    trials = [1, 2, 3, 4, 5]
    epochs = long_epochs(40, trials).assign(
        val_accuracy=lambda f: 0.9 - 0.3 / (f["epoch"] + 1) - f["trial"] / 100
    )
    shown = epochs[(epochs["trial"] != 3) | (epochs["epoch"] <= reached)]
    frames = curve_frames(shown, "accuracy", trials, LIGHT, running=[3], plot_height=200.0)
    labels = frames.labels.set_index("trial")
    pixels = 200.0 / (frames.view["value"].max() - frames.view["value"].min())
    others = labels["label_at"].drop(3)
    assert labels["label"][3] == "trial 3 (running)"
    assert (others - labels["label_at"][3]).abs().min() * pixels > LABEL_HEIGHT / 2


def test_of_more_running_trials_than_there_is_room_some_are_labelled():
    trials = list(range(1, 33))
    drawn = curve_frames(long_epochs(5, trials), "accuracy", trials, LIGHT, running=trials)
    assert set(drawn.points["trial"]) == set(trials)
    assert 5 <= len(drawn.labels) <= 200 / LABEL_HEIGHT


def test_all_running_trials_stand_out(epochs):
    frames = curve_frames(epochs, "accuracy", [1, 2, 3], LIGHT, running=[2, 3])
    assert set(frames.points.loc[frames.points["part"] == "training", "trial"]) == {1, 2, 3}
    assert frames.points["strong"].all()


def test_lines_for_comparison_have_no_training_part(epochs):
    points = curve_frames(epochs, "accuracy", [1, 2, 3], LIGHT, running=[3]).points
    assert set(points.loc[points["part"] == "training", "trial"]) == {1, 3}


def test_a_log_axis_drops_what_it_cannot_show(epochs):
    epochs["val_accuracy"] -= 0.6
    frames = curve_frames(epochs, "accuracy", [1, 2, 3], LIGHT, log=True)
    assert (frames.points["value"] > 0).all()
    assert (frames.labels["label_at"] > 0).all()


def test_with_a_selection_all_others_are_grey_and_beneath(epochs):
    points = curve_frames(epochs, "accuracy", [1, 2, 3], LIGHT, selected=[2]).points
    assert set(points.loc[points["trial"] != 2, "colour"]) == {LIGHT.faded}
    assert points["trial"].iloc[-1] == 2
    assert points.loc[points["trial"] == 2, "colour"].iloc[0] != LIGHT.faded


def test_a_selected_trial_that_is_not_shown_greys_nothing(epochs):
    points = curve_frames(epochs, "accuracy", [1, 2], LIGHT, selected=[9]).points
    assert LIGHT.faded not in set(points["colour"])


def test_the_first_trial_has_the_accent(epochs):
    points = curve_frames(epochs, "accuracy", [3, 1, 2], LIGHT).points
    assert set(points.loc[points["trial"] == 3, "colour"]) == {LIGHT.accent}
    assert points.groupby("trial")["colour"].first().nunique() == 3
