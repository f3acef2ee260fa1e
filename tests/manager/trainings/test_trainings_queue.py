"""Users take turns."""

from __future__ import annotations

from pathlib import Path
from threading import Condition
from typing import Any

import pytest

from tests.manager.trainings.conftest import moons
from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.trainings.job_queue import (
    MOST_CACHED,
    CachedTraining,
    FairQueue,
    TrainingCache,
    TrainingJob,
    TrainingJobs,
    TrainingState,
)
from tuning_core.manager.trainings.worker import TrainingWorker
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.spec.training_request import parse_training

REQUEST = parse_training({"dataset": {"id": "moons"}})


def queue_of(line: str) -> tuple[FairQueue, list[TrainingJob]]:
    """A queue to which the users of a line came one after the other."""
    queue, jobs = FairQueue(), [TrainingJob(user, REQUEST, CachedTraining()) for user in line]
    for job in jobs:
        queue.add(job)
    return queue, jobs


def served(queue: FairQueue) -> list[TrainingJob]:
    order = []
    while (job := queue.next()) is not None:
        order.append(job)
    return order


def test_a_long_list_does_not_keep_others_waiting() -> None:
    queue, jobs = queue_of("aaaabbc")
    assert "".join(job.user for job in served(queue)) == "abcabaa"
    assert not len(queue)
    assert len(jobs) == 7


def test_the_place_of_a_ticket_is_what_is_served_before_it() -> None:
    queue, jobs = queue_of("aabcccb")
    queue.next()
    left = jobs[1:]
    places = {job.id: queue.place(job) for job in left}
    assert [places[job.id] for job in served(queue)] == list(range(6))


def test_a_reader_gives_up_alone() -> None:
    queue, jobs = queue_of("abab")
    assert queue.drop("a") == [jobs[0], jobs[2]]
    assert served(queue) == [jobs[1], jobs[3]]


def test_one_that_let_others_go_first_comes_next_of_its_own() -> None:
    queue, jobs = queue_of("ab")
    paused = TrainingJob("a", REQUEST, CachedTraining())
    queue.add(paused, first=True)
    assert served(queue) == [paused, jobs[1], jobs[0]]


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
    worker.train(TrainingJob("a", REQUEST, CachedTraining()), lambda: False)
    assert held == [True]


def test_a_job_that_has_ended_goes_with_what_is_cached_of_it() -> None:
    jobs = TrainingJobs()
    cache = TrainingCache(jobs.let_go)
    asked = [
        TrainingJob("a", request, cache.of(request))
        for request in (moons(seed=seed) for seed in range(3))
    ]
    for job in asked:
        jobs.keep(job)
    asked[0].end(TrainingState.DONE)
    asked[2].end(TrainingState.DONE)
    cache.of(asked[2].request)
    for seed in range(3, MOST_CACHED + 2):
        cache.of(moons(seed=seed))
    # What still trains is kept: the two that were asked for longest ago have left the cache.
    assert [*jobs] == [asked[1].id, asked[2].id]
