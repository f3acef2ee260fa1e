"""The journal on its own."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

import pytest

from tuning_core.catalog import OBJECTIVES
from tuning_core.journal.reading import read_events
from tuning_core.journal.writing import Journal
from tuning_core.strategies import RecordError
from tuning_core.worker.pipe import EventPipe
from tuning_core.worker.search.recall import recall

ACCURACY = OBJECTIVES["val_accuracy"]


@pytest.fixture
def pipe():
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as reader:
        yield EventPipe(write_end), reader
        os.close(write_end)


def opened(path: Path, pipe: EventPipe) -> Journal:
    return Journal(path, "abcdefgh", pipe.send)


def test_events_are_numbered_and_passed_on(tmp_path, pipe):
    journal = opened(tmp_path / "events.jsonl", pipe[0])
    journal.append("note", message="one")
    journal.append("note", message="two")
    assert [event["seq"] for event in read_events(tmp_path / "events.jsonl")] == [1, 2]
    assert json.loads(pipe[1].readline())["study"] == "abcdefgh"


def test_numbers_that_json_lacks_become_null(tmp_path, pipe):
    journal = opened(tmp_path / "events.jsonl", pipe[0])
    journal.append(
        "epoch",
        trial=1,
        execution=1,
        epoch=1,
        metrics={"loss": float("nan"), "mae": float("inf"), "mse": 0.5},
    )
    event = read_events(tmp_path / "events.jsonl")[0]
    assert event["metrics"] == {"loss": None, "mae": None, "mse": 0.5}


@pytest.mark.parametrize(
    "torn",
    [
        b'{"seq": 3, "ti',
        b'{"seq":3}',
        b"\0\0\0\0\n",
        b"[]\n",
        b'{"seq":9}\n',
        b'{"seq":3,"time":1}\n',
    ],
)
def test_what_was_torn_is_cut_off_and_the_numbers_go_on(tmp_path, pipe, torn):
    path = tmp_path / "events.jsonl"
    first = opened(path, pipe[0])
    first.append("note", message="one")
    first.append("note", message="two")
    first.close()
    with path.open("ab") as file:
        file.write(torn)
    again = opened(path, pipe[0])
    assert [event["message"] for event in again.recorded] == ["one", "two"]
    again.append("note", message="three")
    assert [event["seq"] for event in read_events(path)] == [1, 2, 3]


def test_a_journal_that_is_damaged_inside_is_kept_beside_what_can_be_read(tmp_path, pipe):
    path = tmp_path / "events.jsonl"
    journal = opened(path, pipe[0])
    for message in ("one", "two", "three"):
        journal.append("note", message=message)
    journal.close()
    damaged = path.read_bytes().replace(b'"two"', b"\xff\xff")
    path.write_bytes(damaged)
    assert [event["message"] for event in opened(path, pipe[0]).recorded] == ["one"]
    (kept,) = tmp_path.glob("events.jsonl.damaged-*")
    assert kept.read_bytes() == damaged


def test_an_event_that_does_not_fit_leaves_no_torn_line(tmp_path, pipe):
    path = tmp_path / "events.jsonl"
    journal = opened(path, pipe[0])
    journal.append("note", message="kept")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            journal.append("note", message="lost")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    journal.append("note", message="after")
    assert path.read_bytes().count(b"\n") == 2
    assert [event["message"] for event in read_events(path)] == ["kept", "after"]


def test_a_reader_that_is_gone_does_not_matter(tmp_path):
    read_end, write_end = os.pipe()
    os.close(read_end)
    journal = opened(tmp_path / "events.jsonl", EventPipe(write_end))
    journal.append("note", message="kept")
    os.close(write_end)
    assert len(read_events(tmp_path / "events.jsonl")) == 1


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
    recalled = recall(events, ACCURACY)
    assert recalled.elapsed == 7.0
    assert recalled.trial_seconds == 3.5 + 2.5
    assert recalled.waiting is not None


def test_the_first_of_equal_trials_is_the_best():
    events = []
    for number, score in enumerate([0.5, 0.9, 0.9, None], start=1):
        events.append(started(2 * number - 1, number, 1.0))
        status = "completed" if score else "diverged"
        end = {"kind": "trial_ended", "trial": number, "status": status, "score": score}
        events.append({"seq": 2 * number, "time": 2.0, **end})
    recalled = recall(events, ACCURACY)
    assert (recalled.best_trial, recalled.best_score) == (2, 0.9)


def test_trials_out_of_order_are_refused():
    with pytest.raises(RecordError, match="out of order"):
        recall([started(1, 2, 1.0)], ACCURACY)
