"""Cross-validation in a real worker: executions, the refit, and what interrupts both."""

from __future__ import annotations

import pytest

from tests.worker.conftest import Study, document, epochs, of_kind, results
from tuning_core.training import load_best


def folds(**fields):
    """Two trials on iris, in 3 folds x 2 repeats."""
    budget = {"trials": 2, "epochs": 4}
    return document(cross_validation={"folds": 3}, repeats=2, **{"budget": budget, **fields})


def execution(number, epoch, trial=1):
    key = (trial, number, epoch)
    return lambda e: e["kind"] == "epoch" and (e["trial"], e["execution"], e["epoch"]) == key


def best_of(study):
    weights, meta = load_best(study.folder / "best.npz")
    return [weight.tolist() for weight in weights], meta


@pytest.fixture(scope="module")
def whole(worker, tmp_path_factory):
    """A study that nothing disturbed."""
    study = Study(tmp_path_factory.mktemp("whole"), "10000000", folds())
    worker.run(study)
    return study


def test_a_trial_has_an_execution_for_each_fold_and_repeat(whole):
    started = whole.journal[0]
    assert started["rows"] == {"train": 90, "validation": 45, "test": 15}
    for trial in (e for e in whole.journal if e["kind"] == "trial_ended"):
        scores = [execution["score"] for execution in trial["executions"]]
        assert [execution["execution"] for execution in trial["executions"]] == [1, 2, 3, 4, 5, 6]
        assert trial["score"] == pytest.approx(sum(scores) / 6)


def test_the_best_is_refitted_before_the_end(whole):
    note, end = whole.journal[-2:]
    _, meta = best_of(whole)
    trials = [e for e in whole.journal if e["kind"] == "trial_ended"]
    best = max(trials, key=lambda trial: (trial["score"], -trial["trial"]))
    middle = sorted(execution["best_epoch"] for execution in best["executions"])[2:4]
    assert note["kind"] == "note"
    assert f"trial {best['trial']}" in note["message"]
    assert f"{meta['epochs']} epoch" in note["message"]
    assert end["status"] == "finished"
    assert meta["refit"] is True
    assert meta["trial"] == best["trial"]
    assert middle[0] <= meta["epochs"] <= middle[1]


def test_a_kill_within_a_fold_changes_nothing(worker, another_worker, make_study, whole):
    study = make_study(folds())
    another_worker.start(study)
    another_worker.until(execution(3, 2))
    another_worker.kill()
    worker.run(study)
    assert results(study.journal) == results(whole.journal)
    assert epochs(study.journal) == epochs(whole.journal)
    assert best_of(study) == best_of(whole)
    assert study.states == []


def test_a_kill_at_the_refit_changes_nothing(worker, another_worker, make_study, whole):
    study = make_study(folds())
    another_worker.start(study)
    another_worker.until(of_kind("note"))
    another_worker.kill()
    end = worker.run(study)[-1]
    assert end["status"] == "finished"
    assert best_of(study) == best_of(whole)


def test_a_model_that_is_asked_for_before_the_end_is_refitted_then(worker, make_study):
    study = make_study(folds(budget={"trials": 3, "epochs": 40}))
    assert worker.ask("export_model", study)["ok"] is False
    worker.start(study)
    worker.until(execution(1, 1, trial=2))
    worker.send(command="stop", study=study.id)
    assert worker.until(of_kind("study_ended"))[-1]["status"] == "stopped"
    assert not (study.folder / "best.npz").exists()
    reply = worker.ask("test", study)
    assert reply["ok"], reply
    assert best_of(study)[1]["trial"] == 1


def test_a_study_that_ended_ends_again_without_another_refit(worker, whole):
    again = worker.run(whole)
    assert [event["kind"] for event in again] == ["study_started", "study_ended"]


def test_hyperband_continues_every_fold(worker, make_study):
    spec = document("hyperband", cross_validation={"folds": 2}, budget={"epochs": 3})
    study = make_study(spec)
    events = worker.run(study)
    assert events[-1]["status"] == "finished"
    children = [e for e in events if e["kind"] == "trial_started" and e["parent"] is not None]
    assert children
    reported = epochs(events)
    for child in children:
        trained = {(e, n) for trial, e, n in reported if trial == child["trial"]}
        assert trained == {(fold, n) for fold in (1, 2) for n in (2, 3)}
