"""The pictures of an explanation draw whatever an oracle may say."""

from __future__ import annotations

import pytest

from tests.charts.test_charts import check, selections
from tuning_core.catalog import OBJECTIVES
from tuning_core.catalog.explanation import Profile
from tuning_core.charts.explanations.earlier_trials import place_slice, round_ranking
from tuning_core.charts.explanations.profiles import density_slice, score_ends, surrogate_slice
from tuning_core.charts.parts.chart import PICKED

ACCURACY = OBJECTIVES["val_accuracy"]

RATE = Profile(
    "learning_rate",
    1e-3,
    (1e-4, 1e-3, 1e-1),
    {
        "mean": (0.8, 0.9, 0.7),
        "deviation": (0.05, 0.1, 0.0),
        "acquisition": (0.93, 1.16, 0.7),
        "good": (0.5, 2.0, 0.0),
        "rest": (1.0, 0.5, 0.0),
    },
    spans=((5e-4, 2e-3),),
)
OPTIMIZER = Profile(
    "optimizer",
    "sgd",
    ("adam", "sgd"),
    {
        "mean": (0.8, 0.9),
        "deviation": (0.05, 0.1),
        "acquisition": (0.93, 1.16),
        "good": (0.4, 0.6),
        "rest": (0.9, 0.1),
    },
    spans=(("sgd", "sgd"),),
)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("profile", [RATE, OPTIMIZER])
def test_the_lines_of_a_profile_are_drawn_with_the_chosen_value(profile, axes, dark):
    axis = next(axis for axis in axes if axis.name == profile.name)
    ends = score_ends((RATE, OPTIMIZER))
    assert ends == [0.7, 1.16]
    for chart in (
        surrogate_slice(profile, axis, ACCURACY, ends, dark=dark),
        density_slice(profile, axis, dark=dark),
    ):
        assert "params" not in check(chart)
        (place,) = chart.frames["chosen"]["place"]
        assert place == axis.position(profile.value)


@pytest.mark.parametrize("upwards", ["trial", "score"])
@pytest.mark.parametrize("profile", [RATE, OPTIMIZER, Profile("momentum", None)])
def test_earlier_trials_stand_by_their_part(trials, axes, profile, upwards):
    axis = next(axis for axis in axes if axis.name == profile.name)
    roles = {"parent": (2, 5), "population": (1, 2, 5)}
    chart = place_slice(trials, 7, profile, axis, ACCURACY, roles, upwards=upwards, picked=[2])
    assert selections(check(chart)) == {PICKED}
    parts = chart.frames["points"].set_index("trial")["part"]
    assert parts[[1, 2, 4, 5]].tolist() == [
        "could be a parent",
        "parent",
        "earlier trial",
        "parent",
    ]
    assert (3 in parts.index) == (upwards == "trial")
    assert len(chart.frames["chosen"]) == (profile.value is not None)


def test_the_first_trial_of_a_study_has_nothing_before_it(trials, axes):
    chart = place_slice(trials, 1, RATE, axes[0], ACCURACY, {})
    check(chart)
    assert chart.frames["points"].empty


def test_a_round_ranks_who_went_on_before_who_stayed(trials):
    chart = round_ranking(trials, 2, [5, 2], [4, 1, 3], ACCURACY, picked=[4])
    assert selections(check(chart)) == {PICKED}
    points = chart.frames["points"].sort_values("rank")
    assert points["trial"].tolist() == [5, 2, 4, 1, 3]
    assert points["part"].tolist() == ["goes on"] * 2 + ["passed over"] * 3
    assert chart.frames["limit"]["rank"].tolist() == [2.5]
