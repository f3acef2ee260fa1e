"""Best so far: the direction, the endings and the steps."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tuning_core.catalog import OBJECTIVES
from tuning_core.charts.parts.score_points import (
    BEYOND,
    CUT,
    FAILED,
    RECORD,
    TRAINED,
    progress_points,
)
from tuning_core.charts.study.best_so_far import best_so_far, best_steps, thinned_points

ACCURACY, LOSS = OBJECTIVES["val_accuracy"], OBJECTIVES["val_loss"]


def study(scores):
    return pd.DataFrame(
        {"number": range(1, len(scores) + 1), "status": "completed", "score": scores}
    )


def test_running_trials_are_not_points(trials):
    assert progress_points(trials, ACCURACY)["trial"].tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("objective", "best", "records"),
    [
        (ACCURACY, [0.5, 0.5, 0.7, 0.7], [1, 3]),
        (LOSS, [0.5, 0.4, 0.4, 0.4], [1, 2]),
    ],
)
def test_the_best_honours_the_direction_and_a_tie_sets_none(objective, best, records):
    points = progress_points(study([0.5, 0.4, 0.7, 0.7]), objective)
    assert points["best"].tolist() == best
    assert points.loc[points["ending"] == RECORD, "trial"].tolist() == records


def test_trials_come_in_the_order_of_their_numbers():
    shuffled = study([0.5, 0.4, 0.7]).iloc[[2, 0, 1]]
    assert progress_points(shuffled, ACCURACY)["trial"].tolist() == [1, 2, 3]


def test_endings_are_told_apart(trials):
    endings = progress_points(trials, ACCURACY).set_index("trial")["ending"].to_dict()
    assert endings == {1: RECORD, 2: RECORD, 3: FAILED, 4: CUT, 5: RECORD, 6: CUT}


@pytest.mark.parametrize(("objective", "edge"), [(ACCURACY, "min"), (LOSS, "max")])
def test_a_trial_without_score_stands_at_the_bad_end(trials, objective, edge):
    points = progress_points(trials, objective).set_index("trial")
    assert points.loc[3, "drawn"] == points["drawn"].agg(edge)


def test_a_score_far_below_all_others_is_off_the_scale_with_its_true_value():
    points = progress_points(study([0.9 + 0.001 * n for n in range(30)] + [-50.0]), ACCURACY)
    last = points.iloc[-1]
    assert last["ending"] == BEYOND
    assert last["score"] == -50
    assert last["drawn"] > 0.5
    assert (points["ending"] == TRAINED).sum() == 0


def test_steps_stand_where_the_best_changes_and_at_the_end():
    steps = best_steps(progress_points(study([0.5, 0.4, 0.7, 0.6]), ACCURACY))
    assert steps.to_dict("list") == {
        "trial": [1, 3, 4.5],
        "best": [0.5, 0.7, 0.7],
        "at": [1, 3, 4.5],
    }


def test_a_record_by_the_last_trial_is_a_whole_step():
    steps = best_steps(progress_points(study([0.5, 0.4, 0.7]), ACCURACY))
    assert steps.to_dict("list") == {
        "trial": [1, 3, 3.5],
        "best": [0.5, 0.7, 0.7],
        "at": [1, 3, 3.5],
    }


@pytest.mark.parametrize("scores", [[], [math.nan, math.nan]])
def test_without_scores_there_are_no_steps(scores):
    assert best_steps(progress_points(study(scores), ACCURACY)).empty


def test_thinning_keeps_records_and_picked_trials():
    scores = [0.5 + (0.1 if n == 700 else 0.0) for n in range(3000)]
    points = thinned_points(progress_points(study(scores), ACCURACY, picked=[1235]))
    assert len(points) < 1010
    assert {1, 701, 1235, 3000} <= set(points["trial"])


def test_a_better_reference_is_always_a_line_and_one_far_worse_is_left_out() -> None:
    references = [("trees", 0.95), ("linear", 0.55), ("most frequent class", 0.1)]
    chart = best_so_far(study([0.5, 0.6, 0.7]), ACCURACY, references=references)
    assert chart.frames["references"].to_dict("list") == {
        "score": [0.55, 0.95],
        "name": ["linear", "trees"],
    }
    assert chart.frames["view"]["score"].tolist() == [0.5, 0.95]
    losses = best_so_far(study([0.5, 0.6]), LOSS, references=[("trees", 0.1), ("mean", 9.0)])
    assert losses.frames["references"]["name"].tolist() == ["trees"]


def test_names_of_references_that_nearly_meet_stand_together() -> None:
    references = [("trees", 0.701), ("linear", 0.7)]
    chart = best_so_far(study([0.5, 0.9]), ACCURACY, references=references)
    assert chart.frames["references"]["name"].tolist() == ["linear, trees", ""]


def test_without_references_the_chart_is_as_it_was() -> None:
    chart = best_so_far(study([0.5, 0.9]), ACCURACY)
    assert "references" not in chart.frames
    assert "references" not in chart.specification
