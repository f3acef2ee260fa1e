"""Commands that are none: the worker survives them all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.worker.conftest import Study, WorkerClient, document, of_kind


def test_any_command_is_survived(worker: WorkerClient, tmp_path: Path):
    """It ends none of them, and serves the next whole one."""
    lines = [b"", b"\xff\xfe", b"[]", b"{", b'"run"', b"null", b"{}"]
    names = ("run", "train", "confirm", "answers", "explain", "export", "stop", "skip", "shell")
    values: tuple[Any, ...] = (None, 1, "", "../..", [], {}, "x" * 10_000, float("nan"))
    commands = [
        {"command": name, "study": value, "home": str(tmp_path / "none"), "request": "r"}
        for name in names
        for value in values
    ] + [{"command": value} for value in values]
    assert worker.process.stdin is not None
    for line in [*lines, *(json.dumps(command).encode() for command in commands)]:
        worker.process.stdin.write(line + b"\n")
    worker.process.stdin.flush()
    study = Study(tmp_path / "home", "10000000", document())
    worker.start(study)
    events = worker.until(of_kind("study_ended"))
    assert {event["study"] for event in events if event["kind"] == "epoch"} == {study.id}
    assert not (tmp_path / "none").exists()
