"""Real worker processes on fresh homes."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tuning_core import child_process
from tuning_core.spec.study import parse_spec

Event = dict[str, Any]
PATIENCE_SECONDS = 240.0
NAMES = count(1)
"""Of edits, in the order in which they are left."""


class WorkerClient:
    """A worker process, its commands and its events."""

    def __init__(self, log: Path) -> None:
        read_end, write_end = os.pipe()
        with log.open("ab") as output:
            self.process = child_process.Popen(
                [sys.executable, "-m", "tuning_core.worker", "--events-fd", str(write_end)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=[write_end],
            )
        os.close(write_end)
        self._events: queue.Queue[Event | None] = queue.Queue()
        threading.Thread(target=self._read, args=(read_end,), daemon=True).start()

    def send(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def until(self, condition: Callable[[Event], bool]) -> list[Event]:
        """The events up to the first that meets the condition; fails when the process ends."""
        events: list[Event] = []
        while True:
            event = self._events.get(timeout=PATIENCE_SECONDS)
            assert event is not None, f"the worker ended after {events[-3:]}"
            events.append(event)
            if condition(event):
                return events

    def run(self, study: Study) -> list[Event]:
        """Run a study to its end."""
        self.start(study)
        return self.until(of_kind("study_ended", "refused"))

    def start(self, study: Study, **options: Any) -> None:
        home = str(study.home)
        self.send(command="run", study=study.id, home=home, server=os.getpid(), **options)

    def ask(self, command: str, study: Study, **details: str) -> Event:
        """Send a request and wait for its reply."""
        self.send(command=command, study=study.id, home=str(study.home), request="r1", **details)
        return self.until(of_kind("reply"))[-1]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)

    def close(self) -> int:
        """Close its standard input and wait for its end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE_SECONDS)

    def _read(self, read_end: int) -> None:
        with os.fdopen(read_end, "rb") as pipe:
            for line in pipe:
                event = json.loads(line)
                if event["kind"] != "beat":
                    self._events.put(event)
        self._events.put(None)


class Study:
    """A study's folder in a home."""

    def __init__(self, home: Path, study_id: str, document: dict[str, Any]) -> None:
        self.home = home
        self.id = study_id
        self.folder = home / "studies" / study_id
        self.folder.mkdir(parents=True)
        (self.folder / "spec.json").write_text(parse_spec(document).to_json())

    @property
    def journal(self) -> list[Event]:
        return [json.loads(line) for line in (self.folder / "events.jsonl").open()]

    @property
    def states(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("states/*"))

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text()


def ask(study: Study, **edit: Any) -> str:
    """Leave an edit as the manager does; its name."""
    folder = study.folder / "edits"
    name = f"{next(NAMES):06d}"
    draft = folder / f"{name}.draft"
    while not draft.exists():
        folder.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):  # The worker has just emptied the folder and removed it.
            draft.write_text(json.dumps({"asked": 1.0, **edit}))
    draft.rename(folder / f"{name}.json")
    return name


def of_kind(*kinds: str) -> Callable[[Event], bool]:
    return lambda event: event["kind"] in kinds


def epoch_of(trial: int, epoch: int) -> Callable[[Event], bool]:
    """Whether an event is this epoch of this trial."""
    return lambda e: e["kind"] == "epoch" and (e["trial"], e["epoch"]) == (trial, epoch)


def results(events: list[Event]) -> list[tuple[Any, ...]]:
    """What must not depend on how often a search was interrupted."""
    started = {e["trial"]: e for e in events if e["kind"] == "trial_started"}
    kept = ("status", "score", "best_epoch", "best_execution", "epochs", "executions")
    return [
        (
            e["trial"],
            tuple(started[e["trial"]][k] for k in ("config", "seed", "parent", "epochs")),
            tuple(e[k] for k in kept),
        )
        for e in events
        if e["kind"] == "trial_ended"
    ]


def epochs(events: list[Event]) -> dict[tuple[int, int, int], dict[str, float]]:
    """The metrics of every epoch."""
    reported = [event for event in events if event["kind"] == "epoch"]
    return {(e["trial"], e["execution"], e["epoch"]): e["metrics"] for e in reported}


def document(strategy: str = "random", **fields: Any) -> dict[str, Any]:
    """A small study on iris."""
    settings = fields.pop("settings", {})
    return {
        "dataset": {"id": "iris"},
        "space": {
            "learning_rate": {"low": 1e-3, "high": 1e-1, "scale": "log"},
            "units": {"low": 4, "high": 16},
        },
        "strategy": {"id": strategy, "settings": settings},
        "budget": {"trials": 4, "epochs": 5},
        **fields,
    }


@pytest.fixture(scope="package")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerClient]:
    """One worker that all tests share which do not end it."""
    client = WorkerClient(tmp_path_factory.mktemp("worker") / "worker.log")
    client.until(of_kind("ready"))
    yield client
    client.close()


@pytest.fixture
def another_worker(tmp_path: Path) -> Iterator[WorkerClient]:
    """A worker that the test may end as it likes."""
    client = WorkerClient(tmp_path / "worker.log")
    yield client
    client.kill()


@pytest.fixture
def another_worker_under(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], WorkerClient]:
    """A worker of the test's own on a server with these limits."""

    def start(limits: str) -> WorkerClient:
        monkeypatch.setenv("TUNESCAPE_LIMITS", limits)
        client: WorkerClient = request.getfixturevalue("another_worker")
        return client

    return start


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Study]:
    """A study in the test's home, from a document."""
    count = iter(range(10_000_000, 20_000_000))
    return lambda spec: Study(tmp_path / "home", str(next(count)), spec)
