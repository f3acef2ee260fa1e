"""Trials are trained again on new seeds; stops and kills change nothing and repeat nothing."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

from tests.worker.conftest import Event, Study, WorkerClient, document, of_kind
from tuning_core.journal.reading import read_events


def ask(worker: WorkerClient, study: Study, trials: list[int], seeds: int, name: str) -> None:
    worker.send(
        command="confirm",
        study=study.id,
        home=str(study.home),
        request=name,
        server=os.getpid(),
        trials=trials,
        seeds=seeds,
    )


def reply(worker: WorkerClient) -> Event:
    return worker.until(of_kind("reply"))[-1]


def recorded(study: Study) -> dict[tuple[int, int], Any]:
    events = read_events(study.folder / "confirmation" / "events.jsonl")
    trained = [event for event in events if event["kind"] == "trained"]
    scores = {(e["trial"], e["seed"]): (e["status"], e["score"], e["best_epoch"]) for e in trained}
    assert len(scores) == len(trained)
    return scores


@pytest.fixture(scope="module")
def finished(worker: WorkerClient, tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = Study(tmp_path_factory.mktemp("finished"), "10000000", document())
    worker.run(study)
    return study


@pytest.fixture(scope="module")
def confirmed(worker: WorkerClient, finished: Study) -> Study:
    ask(worker, finished, [1, 2, 0], 3, "whole")
    said = reply(worker)
    assert said["ok"], said
    assert said["result"] == {"complete": True}
    return finished


def copy(study: Study, home: Any) -> Study:
    """The finished study elsewhere, without its confirmation."""
    shutil.copytree(study.home, home)
    other = Study.__new__(Study)
    other.home, other.id, other.folder = home, study.id, home / "studies" / study.id
    shutil.rmtree(other.folder / "confirmation", ignore_errors=True)
    return other


def test_every_trial_and_the_default_is_trained_on_every_seed(confirmed: Study) -> None:
    scores = recorded(confirmed)
    assert list(scores) == [(t, seed) for seed in (1, 2, 3) for t in (1, 2, 0)]
    assert {status for status, _, _ in scores.values()} == {"completed"}
    assert len({score for _, score, _ in scores.values()}) > 1
    first = read_events(confirmed.folder / "confirmation" / "events.jsonl")[0]
    assert (first["kind"], first["trials"], first["seeds"]) == ("asked", [1, 2, 0], 3)


def test_the_search_and_its_journal_are_left_alone(confirmed: Study) -> None:
    assert {event["kind"] for event in confirmed.journal} == {
        *("study_started", "trial_started", "epoch", "trial_ended", "study_ended")
    }
    assert not (confirmed.folder / "confirmation" / "states").exists()


def test_more_seeds_train_only_what_is_missing(worker: WorkerClient, confirmed: Study) -> None:
    before = recorded(confirmed)
    ask(worker, confirmed, [2, 1], 4, "more")
    assert reply(worker)["ok"]
    after = recorded(confirmed)
    assert {key: after[key] for key in before} == before
    assert after.keys() - before.keys() == {(1, 4), (2, 4)}


def test_a_kill_and_a_stop_change_no_score(
    worker: WorkerClient,
    another_worker: WorkerClient,
    finished: Study,
    confirmed: Study,
    tmp_path: Any,
) -> None:
    study = copy(finished, tmp_path / "home")
    ask(another_worker, study, [1, 2], 3, "killed")
    # The first training is recorded by then.
    another_worker.until(lambda e: e["kind"] == "confirming" and e["trial"] == 2)
    another_worker.kill()
    assert len(recorded(study)) < 6
    worker.send(command="stop", study="stopped")
    ask(worker, study, [1, 2], 3, "stopped")
    assert reply(worker)["result"] == {"complete": False}
    ask(worker, study, [1, 2], 3, "whole again")
    assert reply(worker)["result"] == {"complete": True}
    expected = {key: value for key, value in recorded(confirmed).items() if key in recorded(study)}
    assert recorded(study) == expected


def test_folds_give_one_score_per_seed(worker: WorkerClient, make_study: Any) -> None:
    study = make_study(document(cross_validation={"folds": 2}, budget={"trials": 2, "epochs": 2}))
    worker.run(study)
    ask(worker, study, [1, 2], 3, "folds")
    assert reply(worker)["ok"]
    assert len(recorded(study)) == 6


@pytest.mark.parametrize("trial", [99, -1])
def test_a_trial_without_a_score_is_refused(
    worker: WorkerClient, finished: Study, trial: int
) -> None:
    ask(worker, finished, [1, trial], 3, "refused")
    said = reply(worker)
    assert not said["ok"]
    assert f"Trial {trial} has no score" in said["error"]
