"""Timeline, distribution, cost, brackets and what was spent: the data that they draw."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from tests.charts.test_charts import check, many, selections
from tuning_core.catalog import OBJECTIVES
from tuning_core.charts.parts.chart import PICKED
from tuning_core.charts.parts.labels import AXIS_NUMBERS
from tuning_core.charts.study.best_so_far import best_so_far
from tuning_core.charts.study.brackets import FINAL, PASSED, PROMOTED, bracket_places, brackets
from tuning_core.charts.study.cost import pareto_front, score_cost
from tuning_core.charts.study.edf import ALL, FIRST, SECOND, edf, edf_steps
from tuning_core.charts.study.replay import SPARED, TRAINED, replayed
from tuning_core.charts.study.short_trainings import rank_agreement
from tuning_core.charts.study.timeline import RUNNING, bars, timeline

ACCURACY, LOSS = OBJECTIVES["val_accuracy"], OBJECTIVES["val_loss"]


@pytest.fixture
def searched(trials):
    """The trials with what they took: they ran one after the other."""
    seconds = trials["seconds"].fillna(0.5)
    return trials.assign(
        started=1e9 + seconds.cumsum() - seconds,
        parameters=[100, 400, 300, 200, 800, 50, math.nan],
        epochs=[5, 5, 1, 3, 5, 2, 4],
    )


@pytest.fixture
def hyperband():
    """One iteration with 9 epochs by hand: nine, three and one trial, then three and one."""
    return pd.DataFrame(
        {
            "number": range(1, 18),
            "status": "completed",
            "score": [n / 100 for n in range(1, 18)],
            "parent": [None] * 9 + [9, 8, 7, 12] + [None] * 3 + [16],
            "bracket": [2] * 13 + [1] * 4,
            "round": [0] * 9 + [1] * 3 + [2] + [0] * 3 + [1],
            "target": [1] * 9 + [3] * 3 + [9] + [3] * 3 + [9],
        }
    )


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", [0, 1, 7, 2500])
def test_the_charts_are_valid(searched, count, dark):
    shown = many(searched, count)
    drawn = [
        timeline(shown, ACCURACY, picked=[2], now=1e9 + 9, dark=dark),
        score_cost(shown, "parameters", ACCURACY, picked=[2], dark=dark),
        score_cost(shown, "seconds", LOSS, dark=dark),
    ]
    for chart in drawn:
        assert selections(check(chart)) == {PICKED}
        assert all(len(frame) <= 1030 for frame in chart.frames.values())
    assert selections(check(edf(shown, ACCURACY, picked=[2], dark=dark))) == {PICKED}


def test_a_point_of_the_distribution_stands_on_the_line_of_all_trials(searched):
    chart = edf(searched, ACCURACY, picked=[5])
    points = chart.frames["points"].set_index("trial")
    assert list(points.index[points["picked"]]) == [5]
    steps = chart.frames["steps"]
    line = steps[steps["part"] == ALL]
    for _, point in points.iterrows():
        on_line = line[(line["drawn"] == point["drawn"]) & (line["share"] >= point["share"] - 1e-9)]
        assert len(on_line)


@pytest.mark.parametrize("against", ["epochs", "seconds"])
def test_best_so_far_counts_what_was_spent_until_a_trial_ended(searched, against):
    chart = best_so_far(searched, ACCURACY, against=against)
    check(chart)
    points = chart.frames["points"].set_index("trial")
    expected = {"epochs": [5, 10, 11, 14, 19, 21], "seconds": [0.8, 1.7, 1.8, 2.2, 3.4, 3.4]}
    assert points["at"].tolist() == pytest.approx(expected[against])
    steps = chart.frames["steps"]
    assert steps["at"].is_monotonic_increasing
    assert steps["at"].iloc[0] == pytest.approx(points["at"].iloc[0])


def test_bars_follow_one_another_and_a_running_one_reaches_now(searched):
    drawn = bars(searched, now=searched["started"].max() + 3).bars.set_index("trial")
    assert drawn.loc[1, "start"] == 0
    assert drawn.loc[2, "start"] == pytest.approx(drawn.loc[1, "end"])
    assert drawn.loc[7, "state"] == RUNNING
    assert (drawn["end"] - drawn["start"]).to_dict()[7] == pytest.approx(3)


def test_trials_side_by_side_are_in_the_rows_of_their_lanes(searched):
    number = searched["number"]
    lanes = searched.assign(lane=(number - 1) % 3, started=1e9 + (number - 1) // 3 * 2.0)
    alone, chart = timeline(searched, ACCURACY), timeline(lanes, ACCURACY, picked=[2], now=1e9 + 9)
    assert selections(check(chart)) == {PICKED}
    drawn = chart.frames["bars"].set_index("trial")
    assert drawn["row"].to_dict() == {n: (n - 1) % 3 for n in number}
    assert chart.frames["view"]["row"].tolist() == [-0.5, 2.5]
    assert set(alone.frames["bars"]["row"]) == set(number)
    assert "in the row of its lane" in chart.to_dict()["description"]
    assert "lane" not in json.dumps(alone.to_dict()["layer"])


def test_a_pause_is_measured_against_the_time_that_passed_not_that_of_all_lanes(searched):
    lanes = searched.assign(lane=range(7), started=1e9, seconds=30.0)
    after = lanes.assign(number=lanes["number"] + 7, started=1e9 + 60)
    assert bars(pd.concat([lanes, after])).pauses["text"].tolist() == ["paused 30 s"]


def test_a_night_between_two_trials_is_cut_short_and_named(searched):
    searched.loc[searched["number"] > 4, "started"] += 8 * 3600
    times = bars(searched)
    assert times.bars["end"].max() < 10
    assert times.pauses["text"].tolist() == ["paused 8 h"]
    assert times.bars["start"].is_monotonic_increasing


def test_trials_that_wait_have_no_bar(searched):
    waiting = searched.assign(status="waiting", started=math.nan)
    assert bars(waiting).bars.empty


def test_the_distribution_counts_trials_up_to_each_score():
    study = pd.DataFrame(
        {"number": range(1, 6), "status": "completed", "score": [0.4, 0.2, 0.2, math.nan, 0.8]}
    )
    steps = edf_steps(study, ACCURACY)
    assert steps["score"].tolist() == [0.2, 0.2, 0.4, 0.8]
    assert steps["share"].tolist() == [0.0, 0.5, 0.75, 1.0]


def test_a_long_search_is_also_shown_in_halves_of_its_own():
    study = pd.DataFrame({"number": range(20, 0, -1), "status": "completed", "score": range(20)})
    steps = edf_steps(study, LOSS).groupby("part")["score"]
    assert set(steps.groups) == {ALL, FIRST, SECOND}
    # The numbers run against the rows: the first half of the search has the higher scores.
    assert steps.min()[FIRST] > steps.max()[SECOND]


def test_a_distribution_of_equal_scores_rises_at_once():
    study = pd.DataFrame({"number": range(1, 5), "status": "completed", "score": 0.5})
    chart = edf(study, ACCURACY)
    assert chart.frames["steps"]["share"].tolist() == [0.0, 1.0]
    assert chart.frames["view"]["score"].is_monotonic_increasing


@pytest.mark.parametrize(("up", "front"), [(True, [2, 4]), (False, [0, 2])])
def test_the_front_has_what_nothing_beats(up, front):
    cost = pd.Series([2.0, 2.0, 1.0, 3.0, 2.0, 0.5])
    score = pd.Series([0.3, 0.6, 0.5, 0.6, 0.7, math.nan])
    assert pareto_front(cost, score, up=up).to_numpy().nonzero()[0].tolist() == front


def test_every_trial_of_the_front_is_drawn_however_many_there_are():
    rng = np.random.default_rng(0)
    study = pd.DataFrame(
        {
            "number": range(1, 5001),
            "status": "completed",
            "score": rng.random(5000),
            "parameters": rng.integers(10, 10_000, 5000),
        }
    )
    chart = score_cost(study, "parameters", ACCURACY)
    front = pareto_front(study["parameters"], study["score"], up=True)
    points = chart.frames["points"]
    assert set(points.loc[points["bold"], "trial"]) == set(study.loc[front, "number"])
    assert len(points) < 1100


def test_fates_say_who_went_on_and_who_was_passed_over(hyperband):
    placed = bracket_places(hyperband).set_index("number")
    assert placed.index[placed["fate"] == PROMOTED].tolist() == [7, 8, 9, 12, 16]
    assert placed.index[placed["fate"] == FINAL].tolist() == [13, 17]
    assert (placed.loc[[1, 2, 10, 11, 14, 15], "fate"] == PASSED).all()
    assert placed["run"].tolist() == [1] * 13 + [2] * 4
    assert placed.loc[9, "child"] == 10


def test_a_line_goes_from_each_parent_to_its_child(hyperband):
    chart = brackets(hyperband, ACCURACY, picked=[3])
    assert selections(check(chart)) == {PICKED}
    links = chart.frames["links"]
    assert sorted(zip(links["parent"], links["trial"], strict=True)) == [
        (7, 12),
        (8, 11),
        (9, 10),
        (12, 13),
        (16, 17),
    ]
    assert (links["from_x"] < links["x"]).all()
    assert chart.frames["heads"]["text"].tolist() == ["bracket 2", "bracket 1"]


def test_a_second_iteration_is_a_bracket_of_its_own(hyperband):
    again = hyperband.assign(number=hyperband["number"] + 17, parent=hyperband["parent"] + 17)
    placed = bracket_places(pd.concat([hyperband, again]))
    assert placed.groupby("run")["bracket"].first().tolist() == [2, 1, 2, 1]
    assert placed.groupby("run")["number"].count().tolist() == [13, 4, 13, 4]


def test_of_many_iterations_the_newest_are_drawn(hyperband):
    many_times = pd.concat(
        hyperband.assign(number=hyperband["number"] + 17 * n, parent=hyperband["parent"] + 17 * n)
        for n in range(40)
    )
    placed = bracket_places(many_times)
    assert placed["number"].max() == 17 * 40
    assert placed["column"].nunique() <= 24


def test_other_strategies_have_no_brackets(hyperband):
    chart = brackets(hyperband.assign(bracket=math.nan, round=math.nan), ACCURACY)
    check(chart)
    assert chart.frames["points"].empty


def test_long_trials_are_measured_in_minutes(searched) -> None:
    long = searched.assign(seconds=searched["seconds"].fillna(0.5) * 600)
    short, minutes = score_cost(searched, "seconds", LOSS), score_cost(long, "seconds", LOSS)
    assert "time of the trial (s)" in json.dumps(short.to_dict()["layer"])
    assert "time of the trial (min)" in json.dumps(minutes.to_dict()["layer"])
    for chart in (short, minutes):  # Else a tenth of a second is 100m.
        assert chart.to_dict()["layer"][1]["encoding"]["x"]["axis"]["format"] == AXIS_NUMBERS
    assert minutes.frames["points"]["cost"].max() == pytest.approx(long["seconds"].max() / 60)


@pytest.mark.parametrize("dark", [False, True])
def test_a_bar_shows_what_a_rule_trains_and_spares_the_best_trial_on_top(dark):
    trials = pd.DataFrame(
        {
            "trial": [1, 2, 3],
            "score": [0.5, 0.9, math.nan],
            "epochs": [4, 4, 3],
            "ended": [2.0, math.nan, math.nan],
        }
    )
    chart = replayed(trials, ACCURACY, dark=dark)
    check(chart)
    bars = chart.frames["bars"].sort_values(["place", "start"])
    assert bars[["trial", "part", "start", "stop"]].values.tolist() == [
        [2, TRAINED, 0, 4],
        [1, TRAINED, 0, 2],
        [1, SPARED, 2, 4],
        [3, TRAINED, 0, 3],
    ]


def test_an_agreement_below_nought_stays_in_the_picture():
    points = pd.DataFrame(
        {
            "epoch": [1, 2],
            "spearman": [-0.3, 1.0],
            "low": [-0.6, 1.0],
            "high": [0.1, 1.0],
            "kendall": [-0.2, 1.0],
            "first": [3, 1],
        }
    )
    chart = rank_agreement(points, 0.8)
    check(chart)
    assert '"domain": [-1, 1]' in chart.specification
    assert chart.frames["points"]["interval"].tolist() == ["-0.60 to 0.10", "1.00 to 1.00"]
