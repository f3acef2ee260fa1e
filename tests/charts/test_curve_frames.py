"""Learning curves: means, bands, best epochs, labels and thinning."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest

from tuning_core.charts.curve_frames import (
    LABEL_GAP,
    best_points,
    curve_frames,
    curve_points,
    thinned_curves,
)
from tuning_core.charts.theme import LIGHT


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
    assert best_points(points, metric)["epoch"].tolist() == [epoch]


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


def test_an_exploding_epoch_is_drawn_at_the_edge_with_its_true_value(epochs):
    epochs.loc[0, "val_accuracy"] = 1e6
    frames = curve_frames(epochs, "accuracy", [1, 2, 3], LIGHT)
    far = frames.points[frames.points["outside"]]
    assert far["epoch"].tolist() == [1]
    assert far["text"].tolist() == ["1e6"]
    assert far["drawn"].iloc[0] < 10


def test_each_line_has_one_label_at_its_end(epochs):
    labels = curve_frames(epochs, "accuracy", [1, 2, 3], LIGHT, running=2).labels
    assert sorted(labels["label"]) == ["trial 1", "trial 2 (running)", "trial 3"]
    assert set(labels["epoch"]) == {4.0}
    assert set(labels["part"]) == {"validation"}


def test_labels_of_equal_ends_do_not_touch(epochs):
    frames = curve_frames(epochs, "accuracy", [1, 2, 3], LIGHT)
    heights = sorted(frames.labels["label_at"])
    span = frames.points["drawn"].max() - frames.points["drawn"].min()
    assert all(b - a >= LABEL_GAP * span - 1e-9 for a, b in itertools.pairwise(heights))


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
