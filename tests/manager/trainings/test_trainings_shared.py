"""One worker trains for all users: turns, lists, deaths and what is given up."""

from __future__ import annotations

import os
import signal
from threading import Event

import pytest

from tests.manager.conftest import eventually
from tests.manager.trainings.conftest import ended, moons, trained
from tuning_core.manager import Manager, ManagerError, TrainingState
from tuning_core.manager.trainings import job_queue
from tuning_core.manager.trainings import trainings as trainings_module
from tuning_core.manager.trainings import worker as trainings_worker


def test_a_new_wish_replaces_the_readers_own_alone(manager: Manager) -> None:
    trainings = manager.trainings
    [running] = trainings.ask("a", [moons(seed=20, epochs=1000)])
    [others] = trainings.ask("b", [moons(seed=21)])
    eventually(lambda: trainings.get(running).epochs, 60)
    [wanted] = trainings.ask("a", [moons(seed=22)])
    assert trainings.get(running).state is TrainingState.ABANDONED
    assert ended(manager, wanted).state is TrainingState.DONE
    assert ended(manager, others).state is TrainingState.DONE
    assert len(trainings.get(running).epochs) < 1000


def test_a_list_is_trained_in_order_and_can_be_given_up(manager: Manager) -> None:
    trainings = manager.trainings
    ids = trainings.ask("a", [moons(seed=seed, epochs=2) for seed in range(30, 33)])
    ids += trainings.ask("a", [moons(seed=33, epochs=1000)], replace=False)
    assert [ended(manager, id).state for id in ids[:3]] == ["done"] * 3
    trainings.abandon("a")
    assert trainings.get(ids[3]).state is TrainingState.ABANDONED


def test_a_long_training_lets_others_go_first(manager: Manager) -> None:
    trainings = manager.trainings
    slow = {"units": 256, "batch_size": 8}
    [long] = trainings.ask("a", [moons(seed=40, epochs=1000, values=slow)])
    eventually(lambda: trainings.get(long).epochs, 60)
    [short] = trainings.ask("b", [moons(seed=41)])
    assert trainings.get(short).place == 0
    assert ended(manager, short).state is TrainingState.DONE
    assert not trainings.get(long).state.ended
    before = len(trainings.get(long).epochs)
    eventually(lambda: len(trainings.get(long).epochs) > before, 60)
    trainings.abandon("a")


SLOW = {"units": 512, "layers": 2, "batch_size": 1}
"""An epoch of these takes seconds, so that it can be left in the middle."""


def test_long_epochs_of_two_readers_both_come_to_their_end(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_queue, "SLICE_SECONDS", 0.2)
    asked = [
        manager.trainings.ask(user, [moons(seed=seed, epochs=1, values=SLOW)])[0]
        for user, seed in (("a", 42), ("b", 43))
    ]
    for id in asked:
        assert ended(manager, id).state is TrainingState.DONE


def test_a_turn_without_an_epoch_has_an_end(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No turn is long enough, however quick the machine.
    monkeypatch.setattr(job_queue, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(trainings_worker, "LONGEST_TURN", -1.0)
    [long] = manager.trainings.ask("a", [moons(seed=44, epochs=1000, values=SLOW)])
    [short] = manager.trainings.ask("b", [moons(seed=45)])
    assert ended(manager, short).state is TrainingState.DONE
    assert ended(manager, long).state is TrainingState.FAILED
    assert "Launch it as a study" in manager.trainings.get(long).message


def test_what_a_reader_waits_for_is_given_up_once_they_are_gone(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainings_module, "AWAY_SECONDS", 0.1)
    there = Event()
    there.set()
    trainings = manager.trainings
    ids = trainings.ask(
        "gone", [moons(seed=s, epochs=1000, values=SLOW) for s in (46, 47)], present=there.is_set
    )
    eventually(lambda: trainings.get(ids[0]).state is TrainingState.RUNNING, 60)
    there.clear()
    assert [ended(manager, id).state for id in ids] == [TrainingState.ABANDONED] * 2
    # The worker is free for those who are there.
    assert trained(manager, moons(seed=48)).state is TrainingState.DONE


def test_what_somebody_else_waits_for_is_trained_on(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainings_module, "AWAY_SECONDS", 0.1)
    request = moons(seed=49, epochs=1000, values=SLOW)
    [gone] = manager.trainings.ask("gone", [request], present=lambda: False)
    [there] = manager.trainings.ask("there", [request])
    assert ended(manager, gone).state is TrainingState.ABANDONED
    known = len(manager.trainings.get(there).epochs)
    eventually(lambda: len(manager.trainings.get(there).epochs) > known + 1, 120)
    assert not manager.trainings.get(there).state.ended


def test_a_worker_that_dies_is_replaced(manager: Manager) -> None:
    trainings = manager.trainings
    [id] = trainings.ask("a", [moons(seed=50, epochs=120, values={"batch_size": 8})])
    eventually(lambda: trainings.get(id).epochs, 60)
    os.kill(_pid(manager), signal.SIGKILL)
    eventually(lambda: len(trainings.get(id).epochs) == 120, 60)
    assert ended(manager, id).state is TrainingState.DONE
    assert len(ended(manager, id).epochs) == 120


def _pid(manager: Manager) -> int:
    worker = manager.trainings._worker._worker
    assert worker is not None
    return worker.pid


def test_a_closing_manager_abandons_what_waits(tmp_path_factory: pytest.TempPathFactory) -> None:
    manager = Manager(tmp_path_factory.mktemp("home"), spare=False)
    [id] = manager.trainings.ask("a", [moons(seed=60)])
    manager.close()
    assert manager.trainings.get(id).state is TrainingState.ABANDONED
    with pytest.raises(ManagerError, match="server is stopping"):
        manager.trainings.ask("a", [moons()])
