"""Several processes on one home, and what is left when one of them dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.manager.conftest import eventually
from tuning_core.manager import HomeError, Manager, ManagerError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def other(home: Path) -> Iterator[Callable[[str, str], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(kind: str, name: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.manager.other_process", str(home), kind, name],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def printed_id(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def worker_of(home: Path, study_id: str) -> int:
    return json.loads((home / "studies" / study_id / "owner.json").read_text())["pid"]


def test_a_second_server_on_a_home_is_refused(open_manager, home: Path) -> None:
    first = open_manager(server=True)
    with pytest.raises(HomeError, match=f"already served by process {os.getpid()}"):
        open_manager(server=True)
    first.close()
    open_manager(server=True)


def test_a_server_that_died_leaves_the_home_free(open_manager, other) -> None:
    process = other("server", "endless")
    printed_id(process)
    with pytest.raises(HomeError, match=f"already served by process {process.pid}"):
        open_manager(server=True)
    process.kill()
    process.wait()
    open_manager(server=True)


def test_no_worker_outlives_its_server(open_manager, other, home: Path) -> None:
    process = other("server", "endless")
    study_id = printed_id(process)
    worker = worker_of(home, study_id)
    assert psutil.pid_exists(worker)
    process.kill()
    process.wait()
    eventually(lambda: not psutil.pid_exists(worker))
    manager = open_manager(server=True)
    row = manager.wait(study_id)
    assert row.status == "interrupted"
    assert row.message == "The server stopped while this study ran. Resume continues it."
    manager.resume(study_id)
    assert manager.wait(study_id, 30).status == "finished"
    assert [trial.number for trial in manager.store.trials(study_id)] == [1, 2, 3]


def test_a_study_of_another_process_is_left_alone(manager: Manager, other) -> None:
    process = other("plain", "endless")
    study_id = printed_id(process)
    assert manager.wait(study_id).status == "running"
    words = f"This study is running in process {process.pid}"
    for refused in (manager.resume, manager.stop, manager.skip, manager.delete):
        with pytest.raises(ManagerError, match=words):
            refused(study_id)


def test_a_server_notices_that_another_process_died(open_manager, other) -> None:
    manager = open_manager(server=True)
    process = other("plain", "endless")
    study_id = printed_id(process)
    assert manager.wait(study_id).status == "running"
    process.kill()
    process.wait()
    eventually(lambda: manager.wait(study_id).status == "interrupted")
    assert [str(trial.status) for trial in manager.store.trials(study_id)] == [
        "completed",
        "waiting",
    ]
