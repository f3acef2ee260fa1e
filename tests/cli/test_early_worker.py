"""The worker that a command starts before it knows what it is to train."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import SPEC, spec_file
from tuning_core import __main__ as entry
from tuning_core.child_process import StartedWorker, start_worker
from tuning_core.cli.main import main
from tuning_core.journal.reading import read_events
from tuning_core.manager import Manager
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.spec.study import parse_spec


def test_a_worker_that_was_started_before_trains_the_study(cold: None, home: Path) -> None:
    started = start_worker()
    manager = Manager(home, spare=False, first=started)
    try:
        study_id = manager.launch(parse_spec(SPEC))
        manager.wait(study_id)
        events = read_events(manager.home.study(study_id).journal)
        assert {e["pid"] for e in events if e["kind"] == "study_started"} == {started.process.pid}
    finally:
        manager.close()
    assert started.process.ended.is_set()


@pytest.mark.parametrize("spec", ["{", '{"dataset": {"id": "none"}}'])
def test_a_bad_spec_ends_the_worker_and_leaves_nothing(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, spec: str
) -> None:
    workers: list[StartedWorker] = []

    def noted() -> StartedWorker:
        workers.append(start_worker())
        return workers[-1]

    monkeypatch.setattr(entry, "start_worker", noted)
    monkeypatch.setattr(sys, "argv", ["tunescape", "run", spec_file(tmp_path, spec)])
    assert entry.run() == 2
    assert workers[0].process.ended.is_set()
    assert not home.exists()


def test_commands_that_train_nothing_start_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "start_worker", lambda: pytest.fail("started"))
    monkeypatch.setattr(sys, "argv", ["tunescape", "strategies", "--json"])
    assert entry.run() == 0
    for words in (["run", "--help"], ["resume", "-h"]):
        monkeypatch.setattr(sys, "argv", ["tunescape", *words])
        with pytest.raises(SystemExit, match="0"):
            entry.run()


def test_the_commands_that_start_one_are_those_that_may_train_on_a_cluster(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    named = re.findall(r"^    ([a-z-]+) ", capsys.readouterr().out, re.MULTILINE)
    assert {*entry.TRAINING} <= {*named}
    for name in named:
        with pytest.raises(SystemExit):
            main([name, "--help"])
        assert ("--ray" in capsys.readouterr().out) == (name in entry.TRAINING), name


def test_what_it_printed_before_there_was_a_log_is_added_to_it(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("before\n")
    command = (sys.executable, "-c", "print('it cannot start')")
    worker = WorkerProcess(log, started=start_worker(command=command))
    worker.ready.wait()
    assert not worker.info
    assert log.read_text() == "before\nit cannot start\n"
