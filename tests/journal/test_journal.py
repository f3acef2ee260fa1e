"""Writing and reading a journal."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path
from typing import Any

import pytest

from tuning_core.journal.events import Epoch, Note
from tuning_core.journal.reading import read_events
from tuning_core.journal.writing import Journal
from tuning_core.worker.pipes import EventPipe


@pytest.fixture
def pipe():
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as reader:
        yield EventPipe(write_end), reader
        os.close(write_end)


def note(message: str) -> Note:
    return Note.model_construct(message=message)


def opened(path: Path, pipe: EventPipe) -> Journal:
    return Journal(path, "abcdefgh", pipe.send)


def test_events_are_numbered_and_passed_on(tmp_path, pipe):
    journal = opened(tmp_path / "events.jsonl", pipe[0])
    journal.append(note("one"))
    journal.append(note("two"))
    assert [event["seq"] for event in read_events(tmp_path / "events.jsonl")] == [1, 2]
    assert json.loads(pipe[1].readline())["study"] == "abcdefgh"


def test_numbers_that_json_lacks_become_null(tmp_path, pipe):
    journal = opened(tmp_path / "events.jsonl", pipe[0])
    metrics: dict[Any, float | None] = {"loss": float("nan"), "mae": float("inf"), "mse": 0.5}
    epoch = Epoch.model_construct(trial=1, execution=1, epoch=1, metrics=metrics, seconds=0.1)
    journal.append(epoch)
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
    first.append(note("one"))
    first.append(note("two"))
    first.close()
    with path.open("ab") as file:
        file.write(torn)
    again = opened(path, pipe[0])
    assert [event["message"] for event in again.recorded] == ["one", "two"]
    again.append(note("three"))
    assert [event["seq"] for event in read_events(path)] == [1, 2, 3]


def test_a_journal_that_is_damaged_inside_is_kept_beside_what_can_be_read(tmp_path, pipe):
    path = tmp_path / "events.jsonl"
    journal = opened(path, pipe[0])
    for message in ("one", "two", "three"):
        journal.append(note(message))
    journal.close()
    damaged = path.read_bytes().replace(b'"two"', b"\xff\xff")
    path.write_bytes(damaged)
    assert [event["message"] for event in opened(path, pipe[0]).recorded] == ["one"]
    (kept,) = tmp_path.glob("events.jsonl.damaged-*")
    assert kept.read_bytes() == damaged


def test_an_event_that_does_not_fit_leaves_no_torn_line(tmp_path, pipe):
    path = tmp_path / "events.jsonl"
    journal = opened(path, pipe[0])
    journal.append(note("kept"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            journal.append(note("lost"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    journal.append(note("after"))
    assert path.read_bytes().count(b"\n") == 2
    assert [event["message"] for event in read_events(path)] == ["kept", "after"]


def test_a_reader_that_is_gone_does_not_matter(tmp_path):
    read_end, write_end = os.pipe()
    os.close(read_end)
    journal = opened(tmp_path / "events.jsonl", EventPipe(write_end))
    journal.append(note("kept"))
    os.close(write_end)
    assert len(read_events(tmp_path / "events.jsonl")) == 1
