"""Readers take turns."""

from __future__ import annotations

from pathlib import Path
from threading import Condition
from typing import Any

import pytest

from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.trainings.course import Course
from tuning_core.manager.trainings.fair_queue import FairQueue, Ticket
from tuning_core.manager.trainings.worker import TrainingWorker
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.spec.training_request import parse_training

REQUEST = parse_training({"dataset": {"id": "moons"}})


def queue_of(line: str) -> tuple[FairQueue, list[Ticket]]:
    """A queue to which the readers of a line came one after the other."""
    queue, tickets = FairQueue(), [Ticket(reader, REQUEST, Course()) for reader in line]
    for ticket in tickets:
        queue.add(ticket)
    return queue, tickets


def served(queue: FairQueue) -> list[Ticket]:
    order = []
    while (ticket := queue.next()) is not None:
        order.append(ticket)
    return order


def test_a_long_list_does_not_keep_others_waiting() -> None:
    queue, tickets = queue_of("aaaabbc")
    assert "".join(ticket.reader for ticket in served(queue)) == "abcabaa"
    assert not len(queue)
    assert len(tickets) == 7


def test_the_place_of_a_ticket_is_what_is_served_before_it() -> None:
    queue, tickets = queue_of("aabcccb")
    queue.next()
    left = tickets[1:]
    places = {ticket.id: queue.place(ticket) for ticket in left}
    assert [places[ticket.id] for ticket in served(queue)] == list(range(6))


def test_a_reader_gives_up_alone() -> None:
    queue, tickets = queue_of("abab")
    assert queue.drop("a") == [tickets[0], tickets[2]]
    assert served(queue) == [tickets[1], tickets[3]]


def test_one_that_let_others_go_first_comes_next_of_its_own() -> None:
    queue, tickets = queue_of("ab")
    paused = Ticket("a", REQUEST, Course())
    queue.add(paused, first=True)
    assert served(queue) == [paused, tickets[1], tickets[0]]


def test_a_stop_cannot_come_between_two_trainings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stops a training has the lock, so that it is the training which they looked at."""
    lock, held = Condition(), []

    class Watched(TrainingWorker):
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "_request" and lock in vars(self).values():
                held.append(lock._is_owned())  # type: ignore[attr-defined]
            super().__setattr__(name, value)

    def none(*_: Any) -> None:
        raise ManagerError("no worker")

    pool = WorkerPool(tmp_path / "log", spare=False)
    worker = Watched(Home(tmp_path / "home"), pool, lock)
    monkeypatch.setattr(worker, "_ready", none)
    held.clear()
    worker.train(Ticket("a", REQUEST, Course()), lambda: False)
    assert held == [True]
