"""What a journal says of a study when it is replayed."""

from __future__ import annotations

import pytest

from tuning_core.catalog import OBJECTIVES
from tuning_core.strategies import RecordError
from tuning_core.worker.search.replay import replay

ACCURACY = OBJECTIVES["val_accuracy"]


def started(seq: int, trial: int, time: float) -> dict[str, object]:
    fields = dict.fromkeys(("parent", "bracket", "round"))
    return {
        "seq": seq,
        "time": time,
        "kind": "trial_started",
        "trial": trial,
        "config": {},
        "epochs": 1,
        "initial_epoch": 0,
        "suggested_in": 0.5,
        **fields,
    }


def test_time_is_added_up_over_runs_that_were_killed():
    events = [
        {"seq": 1, "time": 100.0, "kind": "study_started", "elapsed": 0.0},
        started(2, 1, 101.0),
        {"seq": 3, "time": 104.0, "kind": "epoch"},
        {"seq": 4, "time": 500.0, "kind": "study_started", "elapsed": 4.0},
        started(5, 1, 501.0),
        {"seq": 6, "time": 503.0, "kind": "epoch"},
    ]
    replayed = replay(events, ACCURACY)
    assert replayed.elapsed == 7.0
    assert replayed.trial_seconds == {1: 3.5 + 2.5}


def test_the_first_of_equal_trials_is_the_best():
    events = []
    for number, score in enumerate([0.5, 0.9, 0.9, None], start=1):
        events.append(started(2 * number - 1, number, 1.0))
        status = "completed" if score else "diverged"
        end = {"kind": "trial_ended", "trial": number, "status": status, "score": score}
        events.append({"seq": 2 * number, "time": 2.0, **end})
    replayed = replay(events, ACCURACY)
    assert (replayed.best_trial, replayed.best_score) == (2, 0.9)


def test_trials_out_of_order_are_refused():
    with pytest.raises(RecordError, match="out of order"):
        replay([started(1, 2, 1.0)], ACCURACY)
