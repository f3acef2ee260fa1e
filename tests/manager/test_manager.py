"""The life of studies under a manager: queue, stop, death, resume, deletion."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.manager.conftest import eventually, spec_named
from tuning_core.catalog import StudyStatus
from tuning_core.home.locks import own_token
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.searches import supervisor as study_run_module
from tuning_core.manager.searches.interrupted_studies import SERVER_STOPPED, recover
from tuning_core.store import StoreError


def worker_pid(manager: Manager, study_id: str) -> int:
    return json.loads(manager.home.study(study_id).owner.read_text())["pid"]


def in_second_trial(manager: Manager, study_id: str) -> bool:
    """Whether the endless trial has reported all its epochs."""
    return len(manager.store.epochs(study_id, 2)) == 2


def numbers(manager: Manager, study_id: str) -> list[tuple[int, str]]:
    return [(t.number, str(t.status)) for t in manager.store.trials(study_id)]


ALL_DONE = [(1, "completed"), (2, "completed"), (3, "completed")]


def test_a_study_runs_to_its_end_and_is_recorded(manager: Manager) -> None:
    study_id = manager.launch(spec_named("plain"))
    row = manager.wait(study_id, 30)
    assert (row.status, row.reason, row.trials, row.epochs) == ("finished", "trials", 3, 6)
    assert (row.best_trial, row.rows["train"]) == (3, 8)
    assert numbers(manager, study_id) == ALL_DONE
    assert manager.device == "CPU, scripted"
    assert manager.running() == []


def test_a_second_study_waits_its_turn(manager: Manager) -> None:
    first = manager.launch(spec_named("endless"))
    second = manager.launch(spec_named("plain"))
    eventually(lambda: in_second_trial(manager, first))
    assert manager.queued() == [second]
    assert manager.wait(second, 0).status == "queued"
    manager.stop(first)
    assert manager.wait(second, 30).status == "finished"


def test_a_queued_study_can_be_stopped_and_resumed(manager: Manager) -> None:
    first = manager.launch(spec_named("endless"))
    second = manager.launch(spec_named("plain"))
    manager.stop(second)
    assert manager.wait(second, 5).status == "stopped"
    manager.stop(first)
    manager.wait(first, 30)
    manager.resume(second)
    assert manager.wait(second, 30).status == "finished"


def test_stop_keeps_what_was_done_and_resume_finishes_it(manager: Manager) -> None:
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: in_second_trial(manager, study_id))
    manager.stop(study_id)
    row = manager.wait(study_id, 30)
    assert row.status == "stopped"
    assert numbers(manager, study_id) == [(1, "completed"), (2, "waiting")]
    manager.resume(study_id)
    assert manager.wait(study_id, 30).status == "finished"
    assert numbers(manager, study_id) == ALL_DONE
    assert manager.wait(study_id, 0).epochs == 6


def test_stop_while_the_worker_still_imports(manager: Manager) -> None:
    study_id = manager.launch(spec_named("endless"))
    manager.stop(study_id)
    assert manager.wait(study_id, 30).status == "stopped"
    other = manager.launch(spec_named("plain"))
    assert manager.wait(other, 30).status == "finished"


def test_a_worker_that_does_not_obey_is_ended(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_run_module, "STOP_SECONDS", 0.3)
    study_id = manager.launch(spec_named("deaf"))
    eventually(lambda: in_second_trial(manager, study_id))
    pid = worker_pid(manager, study_id)
    manager.stop(study_id)
    row = manager.wait(study_id, 30)
    assert row.status == "stopped"
    assert not psutil.pid_exists(pid)
    assert numbers(manager, study_id) == [(1, "completed"), (2, "waiting")]


def test_a_refusal_becomes_the_message(manager: Manager) -> None:
    study_id = manager.launch(spec_named("refused"))
    row = manager.wait(study_id, 30)
    assert (row.status, row.message) == ("interrupted", "Not this study.")


def test_close_interrupts_and_the_next_manager_resumes(
    open_manager: Callable[..., Manager],
) -> None:
    manager = open_manager()
    first = manager.launch(spec_named("endless"))
    second = manager.launch(spec_named("plain"))
    eventually(lambda: in_second_trial(manager, first))
    pid = worker_pid(manager, first)
    manager.close()
    assert not psutil.pid_exists(pid)
    manager = open_manager()
    assert manager.wait(first).message == (
        "The server stopped while this study ran. Resume continues it."
    )
    assert manager.wait(second).message == (
        "The server stopped before this study started. Resume starts it."
    )
    manager.resume(first)
    assert manager.wait(first, 30).status == "finished"


def test_events_that_only_the_journal_has_are_ingested_before_resume(manager: Manager) -> None:
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: in_second_trial(manager, study_id))
    manager.stop(study_id)
    manager.wait(study_id, 30)
    journal = manager.home.study(study_id).journal
    seq = manager.store.last_seq(study_id)
    with journal.open("a") as file:
        note = {"seq": seq + 1, "time": 1.0, "kind": "note", "message": "unseen"}
        file.write(json.dumps(note) + '\n{"seq": ' + str(seq + 2))
    manager.resume(study_id)
    assert manager.wait(study_id, 30).status == "finished"
    assert manager.store.last_seq(study_id) == len(journal.read_text().splitlines())


def test_a_journal_cut_by_a_power_failure_is_believed(manager: Manager) -> None:
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: in_second_trial(manager, study_id))
    manager.stop(study_id)
    manager.wait(study_id, 30)
    journal = manager.home.study(study_id).journal
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:3]))
    manager.resume(study_id)
    assert manager.wait(study_id, 30).status == "finished"
    assert numbers(manager, study_id) == ALL_DONE


def test_a_warm_spare_serves_the_next_study(open_manager: Callable[..., Manager]) -> None:
    manager = open_manager(spare=True)
    eventually(lambda: manager.device)
    first = manager.launch(spec_named("plain"))
    manager.wait(first, 30)
    second = manager.launch(spec_named("plain"))
    manager.wait(second, 30)
    assert worker_pid(manager, first) == worker_pid(manager, second)


def test_artifacts_are_made_by_a_worker(manager: Manager) -> None:
    study_id = manager.launch(spec_named("plain", trials=2))
    manager.wait(study_id, 30)
    assert manager.best_model.export_model(study_id).read_text() == "model"
    with pytest.raises(ManagerError, match="No bundle today"):
        manager.best_model.export_bundle(study_id)
    assert manager.reveal_test(study_id) == {"accuracy": 0.5, "loss": 1.0}
    row = manager.wait(study_id)
    assert (row.test, row.test_trial) == ({"accuracy": 0.5, "loss": 1.0}, 2)
    seq = manager.store.last_seq(study_id)
    manager.reveal_test(study_id)
    assert manager.store.last_seq(study_id) == seq


def test_a_model_that_was_overtaken_while_it_was_made_is_made_again(manager: Manager) -> None:
    study_id = manager.launch(spec_named("plain", trials=2))
    manager.wait(study_id, 30)
    (manager.home.study(study_id).folder / "overtaking.npz").write_text("better weights")
    assert manager.best_model.export_model(study_id).read_text() == "the one before"
    model = manager.best_model.export_model(study_id)
    assert model.read_text() == "model"
    made = model.stat().st_mtime_ns
    assert manager.best_model.export_model(study_id).stat().st_mtime_ns == made


def test_a_running_study_is_neither_deleted_nor_tested_but_exported(manager: Manager) -> None:
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: in_second_trial(manager, study_id))
    for refused in (manager.delete, manager.reveal_test, manager.resume):
        with pytest.raises(ManagerError, match=r"is running\. Stop it first"):
            refused(study_id)
    assert manager.best_model.export_model(study_id).exists()


def test_delete_removes_row_and_files(manager: Manager) -> None:
    study_id = manager.launch(spec_named("plain"))
    manager.wait(study_id, 30)
    folder = manager.home.study(study_id).folder
    manager.delete(study_id)
    assert manager.store.studies() == []
    assert not folder.exists()
    with pytest.raises(ManagerError, match="expected the id of a study"):
        manager.wait(study_id)


def test_rename(manager: Manager) -> None:
    study_id = manager.launch(spec_named("plain"))
    manager.editing.rename(study_id, "  better ")
    assert manager.wait(study_id, 30).name == "better"
    with pytest.raises(ManagerError, match="name: expected 1 to"):
        manager.editing.rename(study_id, " ")


@pytest.mark.parametrize("wrong", ["../../etc", "", "ABCDEFGH", "abcdefg\n", "abcdefghi"])
def test_an_id_never_becomes_a_path_unchecked(manager: Manager, wrong: str) -> None:
    for method in (manager.resume, manager.stop, manager.delete, manager.best_model.export_model):
        with pytest.raises(ManagerError, match="study: expected an id"):
            method(wrong)


def test_a_worker_that_cannot_start_is_said(open_manager, tmp_path: Path) -> None:
    manager = open_manager(worker_command=("/bin/false",))
    row = manager.wait(manager.launch(spec_named("plain")), 30)
    assert row.status == "interrupted"
    assert "did not start (exit code 1)" in row.message
    manager = open_manager(worker_command=(str(tmp_path / "nothing"),))
    row = manager.wait(manager.launch(spec_named("plain")), 30)
    assert row.status == "interrupted"
    assert "cannot be started" in row.message


def test_a_queued_study_that_a_full_disk_cannot_stop_is_stopped_all_the_same(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = manager.launch(spec_named("endless"))
    second = manager.launch(spec_named("plain"))

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(manager.store, "set_status", full)
        manager.stop(second)
    assert manager.queued() == []
    assert manager.wait(second).status == "stopped"
    manager.stop(second)
    manager.stop(first)
    manager.wait(first, 30)
    manager.resume(second)
    assert manager.wait(second, 30).status == "finished"


@pytest.mark.parametrize("halt", ["stop", "pause"])
def test_a_study_that_is_queued_nowhere_can_be_halted(manager: Manager, halt: str) -> None:
    study_id = manager.launch(spec_named("plain"))
    manager.wait(study_id, 30)
    manager.store.set_status(study_id, StudyStatus.QUEUED, owner=own_token())
    getattr(manager, halt)(study_id)
    assert manager.wait(study_id).status == {"stop": "stopped", "pause": "paused"}[halt]


def test_a_leftover_that_cannot_go_on_blocks_no_other(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [manager.launch(spec_named("plain", epochs=epochs)) for epochs in (9, 2)]
    for study_id in ids:
        manager.stop(study_id)
        manager.wait(study_id, 30)
        manager.store.set_status(study_id, StudyStatus.INTERRUPTED, SERVER_STOPPED)
    monkeypatch.setenv("TUNESCAPE_LIMITS", "epochs=5")
    with pytest.raises(ManagerError, match=r"budget\.epochs: expected at most 5"):
        manager.interrupted.resume()
    assert manager.wait(ids[1], 30).status == "finished"
    assert [row.id for row in manager.interrupted.studies()] == [ids[0]]


def test_the_rows_of_lanes_that_were_killed_with_their_server_are_removed(manager: Manager) -> None:
    study_id = manager.launch(spec_named("plain"))
    manager.wait(study_id, 30)
    rows = manager.home.study(study_id).rows
    rows.mkdir()
    (rows / "0.npy").write_bytes(b"x")
    manager.store.set_status(study_id, StudyStatus.RUNNING, owner="")
    recover(manager.store, manager.home)
    assert not rows.exists()
