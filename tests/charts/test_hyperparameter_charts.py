"""Slices, contour, rank and curves by value: places, colours and groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.charts.test_charts import check, many, selections
from tuning_core.catalog import OBJECTIVES
from tuning_core.charts.hyperparameters.contour import contour, score_field
from tuning_core.charts.hyperparameters.slices import score_slice
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import PICKED
from tuning_core.charts.parts.place_axis import ASIDE, standing
from tuning_core.charts.parts.score_points import colour_ends, score_points
from tuning_core.charts.study.curve_multiples import curve_groups, curve_panels, median_curve
from tuning_core.charts.study.rank import rank

ACCURACY, LOSS = OBJECTIVES["val_accuracy"], OBJECTIVES["val_loss"]
LEARNING_RATE, UNITS, OPTIMIZER, MOMENTUM = range(4)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", [0, 1, 7, 2500])
def test_slices_and_contours_are_valid_on_every_kind_of_axis(trials, axes, count, dark):
    shown = many(trials, count)
    found = score_points(shown, ACCURACY, [2])
    for axis in axes:
        chart = score_slice(found, axis, ACCURACY, dark=dark)
        assert selections(check(chart)) == {PICKED}
        assert len(chart.frames["points"]) <= 1010
    for pair in ((LEARNING_RATE, UNITS), (OPTIMIZER, MOMENTUM)):
        chart = contour(shown, axes[pair[0]], axes[pair[1]], ACCURACY, picked=[2], dark=dark)
        assert selections(check(chart)) == {PICKED}
        assert len(chart.frames["field"]) <= 1024


def test_an_axis_says_its_values_and_not_their_places(trials, axes):
    found = score_points(trials, ACCURACY)
    document = score_slice(found, axes[LEARNING_RATE], ACCURACY).to_dict()
    said = {layer["encoding"]["x"]["axis"]["description"] for layer in document["layer"]
            if "axis" in layer["encoding"].get("x", {})}  # fmt: skip
    assert said == {"Axis of Learning rate (log scale): 0.0001 to 0.1"}


def test_new_scores_leave_the_slice_alone(trials, axes):
    early, late = (
        score_slice(score_points(shown, ACCURACY), axes[UNITS], ACCURACY)
        for shown in (trials.head(2), many(trials, 40))
    )
    assert early.specification == late.specification


def test_the_best_points_lie_on_top_and_the_picked_above_all(trials):
    found = score_points(trials, ACCURACY, picked=[1])
    assert found.points["trial"].tolist() == [3, 6, 4, 2, 5, 1]
    assert found.rows["number"].tolist() == found.points["trial"].tolist()
    assert found.points["lost"].tolist() == [True] + [False] * 5


def test_a_trial_that_does_not_use_a_hyperparameter_stands_aside(trials, axes):
    places = standing(trials, axes[MOMENTUM])
    assert (places[trials["momentum"].isna()] == ASIDE).all()
    assert places[trials["momentum"].notna()].between(0, 1).all()


def test_trials_of_one_category_are_spread_within_it(trials, axes):
    places = standing(many(trials, 200), axes[OPTIMIZER])
    adam = many(trials, 200)["optimizer"] == "adam"
    assert places[adam].between(0.1, 0.4).all()
    assert places[~adam].between(0.6, 0.9).all()
    assert places[adam].nunique() == adam.sum()


@pytest.mark.parametrize("up", [True, False])
def test_one_bad_score_does_not_take_the_colours(up):
    sign = 1 if up else -1
    scores = pd.Series([sign * (0.9 + 0.001 * n) for n in range(40)] + [sign * -50.0])
    low, high = colour_ends(scores, up)
    assert max(scores) * (1 if up else 0) <= high or not up
    assert high - low < 0.05
    assert (high if up else low) == pytest.approx(sign * 0.939)


def test_the_field_is_the_mean_of_the_trials_nearby(axes):
    rng = np.random.default_rng(0)
    rates = 10 ** rng.uniform(-4, -1, 400)
    study = pd.DataFrame(
        {
            "number": range(1, 401),
            "status": "completed",
            "learning_rate": rates,
            "units": rng.integers(16, 256, 400),
            "score": (np.log10(rates) + 4) / 3,
        }
    )
    field = score_field(study, axes[LEARNING_RATE], axes[UNITS], ACCURACY)
    middle = field["x"] + 1 / 64
    inner = middle.between(0.15, 0.85)
    assert len(field) > 1000
    assert (field["score"] - middle)[inner].abs().max() < 0.06


def test_the_field_is_empty_far_from_all_trials(axes):
    study = pd.DataFrame(
        {
            "number": [1, 2],
            "status": "completed",
            "learning_rate": [1e-4, 2e-4],
            "units": [16, 20],
            "score": [0.5, 0.7],
        }
    )
    field = score_field(study, axes[LEARNING_RATE], axes[UNITS], ACCURACY)
    assert 0 < len(field) < 32 * 32 / 4
    assert field["x_end"].max() < 0.7
    assert field["score"].between(0.5, 0.7).all()


def test_a_category_of_the_field_takes_nothing_from_its_neighbour(trials, axes):
    study = pd.DataFrame(
        {
            "number": [1, 2, 3, 4],
            "status": "completed",
            "optimizer": ["adam", "adam", "sgd", "sgd"],
            "units": [16, 256, 16, 256],
            "score": [0.9, 0.9, 0.1, 0.1],
        }
    )
    field = score_field(study, axes[OPTIMIZER], axes[UNITS], ACCURACY)
    assert field.groupby("x")["score"].agg(["min", "max"]).to_numpy() == pytest.approx(
        np.array([[0.9, 0.9], [0.1, 0.1]])
    )


@pytest.mark.parametrize("count", [0, 1, 7, 2500])
def test_rank_is_valid_over_the_order_and_over_an_axis(trials, axes, count):
    for over in (None, axes[OPTIMIZER]):
        chart = rank(many(trials, count), axes[LEARNING_RATE], ACCURACY, x=over, picked=[1])
        assert selections(check(chart)) == {PICKED}


@pytest.mark.parametrize(("objective", "best"), [(ACCURACY, 5), (LOSS, 1)])
def test_the_first_rank_is_the_best_score(trials, axes, objective, best):
    points = rank(trials, axes[UNITS], objective).frames["points"].set_index("trial")
    assert points.loc[best, "rank"] == 1
    assert points["rank"].isna().to_dict()[3]
    assert points["rank"].max() == 5


def test_curves_are_grouped_by_category_best_first_and_unused_last(trials, axes):
    groups = curve_groups(trials, axes[OPTIMIZER], ACCURACY)
    assert [(group.value, group.trials) for group in groups] == [
        ("adam", (4, 6, 1)),
        ("sgd", (5, 2)),
    ]
    assert [group.value for group in curve_groups(trials, axes[MOMENTUM], ACCURACY)] == [
        "0.5",
        "0.9",
        "not used",
    ]


def test_many_numbers_are_grouped_by_parts_of_their_own_scale():
    study = pd.DataFrame(
        {"number": range(1, 41), "score": 0.5, "learning_rate": np.geomspace(1e-4, 1e-1, 40)}
    )
    axis = Axis("learning_rate", "learning rate", "float", "log", 1e-4, 1e-1)
    groups = curve_groups(study, axis, ACCURACY, most=3)
    assert [len(group.trials) for group in groups] == [10] * 4
    assert groups[0].value == "0.0001 to 0.00049"
    assert [len(group.shown) for group in groups] == [3] * 4


def test_shown_curves_reach_from_the_best_to_the_worst():
    study = pd.DataFrame({"number": range(1, 101), "score": range(100), "optimizer": "adam"})
    axis = Axis("optimizer", "optimizer", "choice", choices=("adam", "sgd"))
    (group,) = curve_groups(study, axis, ACCURACY, most=5)
    assert group.shown[0] == 100
    assert group.shown[-1] == 1
    assert len(group.shown) == 5


def test_panels_share_their_axes_and_pick(trials, epochs, axes):
    groups = curve_groups(trials, axes[OPTIMIZER], ACCURACY)
    charts = curve_panels(epochs, "accuracy", groups, picked=[2], last_epoch=10)
    views = [chart.frames["view"] for chart in charts]
    assert views[0].equals(views[1])
    assert views[0]["epoch"].max() == 10
    for chart in charts:
        assert selections(check(chart)) == {PICKED}
    assert set(charts[1].frames["lines"]["trial"]) == {2}


def test_the_median_ends_where_most_curves_end():
    points = pd.DataFrame(
        {
            "trial": [1, 2, 3, 1, 2, 3, 1],
            "epoch": [1, 1, 1, 2, 2, 2, 3],
            "drawn": [0.1, 0.2, 0.9, 0.2, 0.3, 0.9, 0.99],
        }
    )
    assert median_curve(points).to_dict("list") == {"epoch": [1, 2], "drawn": [0.2, 0.3]}
