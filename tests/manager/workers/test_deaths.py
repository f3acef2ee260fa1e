"""Workers that die or hang: another goes on, within bounds, and nobody waits for ever."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from pages.components.study.history_list import history_words
from tests.manager.conftest import eventually, spec_named
from tests.manager.test_manager import ALL_DONE, in_second_trial, numbers, worker_pid
from tuning_core.manager import Manager
from tuning_core.manager.workers import worker_process as worker_process_module
from tuning_core.manager.workers.worker_process import Patience, WorkerProcess

IDLE = "import time\nwhile True: time.sleep(60)"


def in_second_trial_of(manager: Manager, name: str) -> tuple[str, int]:
    """A study whose second trial trains until its worker dies, and that worker."""
    study_id = manager.launch(spec_named(name))
    eventually(lambda: in_second_trial(manager, study_id))
    return study_id, worker_pid(manager, study_id)


def test_a_killed_worker_is_replaced_by_itself(manager: Manager) -> None:
    study_id, worker = in_second_trial_of(manager, "endless")
    os.kill(worker, signal.SIGKILL)
    assert manager.wait(study_id, 100).status == "finished"
    assert numbers(manager, study_id) == ALL_DONE
    assert manager.wait(study_id).epochs == 6
    said = history_words(manager.store.history(study_id))
    assert said[1] == "The worker had died (killed by signal 9); another went on after trial 2."


def test_a_hung_worker_is_ended_and_the_queue_goes_on(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id, worker = in_second_trial_of(manager, "endless")
    behind = manager.launch(spec_named("plain"))
    os.kill(worker, signal.SIGSTOP)
    monkeypatch.setattr(worker_process_module, "SILENT_SECONDS", 2.0)
    eventually(lambda: not psutil.pid_exists(worker))
    monkeypatch.undo()
    for study in (study_id, behind):
        assert manager.wait(study, 100).status == "finished"
        assert numbers(manager, study) == ALL_DONE
    assert "it had hung" in history_words(manager.store.history(study_id))[1]


def test_a_worker_that_dies_whenever_it_is_to_run_is_given_up(manager: Manager) -> None:
    row = manager.wait(manager.launch(spec_named("deadly")), 100)
    assert row.status == "interrupted"
    assert "died (killed by signal 9), as did 2 before it" in row.message
    assert "Resume continues the study" in row.message
    assert manager.running() == []


def test_a_worker_that_never_is_ready_is_given_up(
    open_manager: Callable[..., Manager], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process_module, "READY_SECONDS", 0.5)
    manager = open_manager(worker_command=(sys.executable, "-c", IDLE))
    row = manager.wait(manager.launch(spec_named("plain")), 100)
    assert row.status == "interrupted"
    assert "it was not ready" in row.message
    assert manager.running() == []


def test_nobody_waits_for_a_worker_that_hangs_while_it_imports(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process_module, "SILENT_SECONDS", 0.5)
    worker = WorkerProcess(tmp_path / "log", (sys.executable, "-c", IDLE))
    assert worker.ready.wait(100)
    assert (worker.info, worker.alive, worker.killed) == ({}, False, True)
    assert "it had hung" in worker.exit_words


def test_a_machine_that_slept_has_not_waited() -> None:
    patience = Patience(0.0)
    assert patience.seconds_at(1.0, come=False) == 1.0
    # An hour of sleep, or of a machine too busy to look.
    assert patience.seconds_at(3_601.0, come=False) <= 3.0
    assert patience.seconds_at(3_602.0, come=False) <= 4.0
    assert patience.seconds_at(3_603.0, come=True) == 0.0


def test_a_busy_worker_lives(tmp_path) -> None:
    """Its training keeps the interpreter busy, the sign of life still comes."""
    script = (
        "import sys, threading; from tuning_core.worker.pipes import EventPipe\n"
        "EventPipe(int(sys.argv[2])).beat()\n"
        "while True: sum(range(1000))"
    )
    worker = WorkerProcess(tmp_path / "log", (sys.executable, "-c", script))
    beats = 0
    limit = time.monotonic() + 100
    while beats < 3 and time.monotonic() < limit:
        if worker._heard.wait(1.0):
            beats += 1
            worker._heard.clear()
    assert beats == 3
    assert worker.alive
    worker.kill()
