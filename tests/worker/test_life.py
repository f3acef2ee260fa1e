"""Studies from start to end in a real worker process."""

from __future__ import annotations

import json
import os

from filelock import FileLock

from tests.worker.conftest import document, epoch_of, epochs, of_kind, results
from tuning_core.journal.reading import parse_event
from tuning_core.training import load_best


def of_trials(events):
    return [event for event in events if event["kind"] == "trial_ended"]


def test_a_study_runs_to_its_end(worker, make_study):
    study = make_study(document())
    events = worker.run(study)
    kinds = [event["kind"] for event in events]
    assert kinds == [
        "study_started",
        *["trial_started", *["epoch"] * 5, "trial_ended"] * 4,
        "study_ended",
    ]
    assert events[0]["rows"] == {"train": 105, "validation": 30, "test": 15}
    assert events[0]["resumed"] is False
    assert (events[-1]["status"], events[-1]["reason"]) == ("finished", "trials")
    trials = of_trials(events)
    assert sum(trial["seconds"] for trial in trials) <= events[-1]["seconds"]


def test_the_journal_has_what_the_pipe_said(worker, make_study):
    study = make_study(document())
    events = worker.run(study)
    assert [{**event, "study": study.id} for event in study.journal] == events
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_every_line_of_a_worker_has_the_fields_that_an_import_asks_for(worker, make_study):
    study = make_study(document(repeats=2))
    worker.run(study)
    lines = (study.folder / "events.jsonl").read_bytes().splitlines()
    for number, line in enumerate(lines, 1):
        event = parse_event(line, number)
        assert set(event.model_dump(exclude_unset=True)) == set(json.loads(line))
        needed = {n for n, field in type(event).model_fields.items() if field.is_required()}
        assert needed <= event.model_fields_set


def test_only_the_study_s_own_files_are_left(worker, make_study):
    study = make_study(document())
    worker.run(study)
    names = {path.name for path in study.folder.iterdir()}
    assert names <= {"spec.json", "events.jsonl", "log.txt", "lock", "best.npz"}
    assert "Traceback" not in study.log


def test_the_best_weights_are_of_the_best_trial(worker, make_study):
    study = make_study(document())
    trials = of_trials(worker.run(study))
    best = max(trials, key=lambda trial: (trial["score"], -trial["trial"]))
    _, meta = load_best(study.folder / "best.npz")
    assert (meta["trial"], meta["score"]) == (best["trial"], best["score"])


def test_the_same_spec_gives_identical_trials(worker, make_study):
    runs = [worker.run(make_study(document("bayesian", seed=3))) for _ in range(2)]
    assert results(runs[0]) == results(runs[1])
    assert epochs(runs[0]) == epochs(runs[1])


def test_repeats_are_executions_of_one_trial(worker, make_study):
    events = worker.run(make_study(document(repeats=2, budget={"trials": 2, "epochs": 3})))
    trials = of_trials(events)
    for trial in trials:
        scores = [execution["score"] for execution in trial["executions"]]
        assert len(scores) == 2
        assert trial["score"] == sum(scores) / 2


def test_what_a_condition_leaves_out_takes_its_default(worker, make_study):
    only_with_adam = {"when": {"optimizer": ["adam"]}}
    space = {
        "optimizer": {"choices": ["sgd", "adam"]},
        "batch_size": {"choices": [8], **only_with_adam},
        "units": {"choices": [6], **only_with_adam},
        "layers": {"choices": [1], **only_with_adam},
    }
    study = make_study(document("grid", space=space))
    first, second = of_trials(worker.run(study))
    assert [first["status"], second["status"]] == ["completed", "completed"]
    assert first["parameters"] > second["parameters"]
    started = [event for event in study.journal if event["kind"] == "trial_started"]
    assert "batch_size" not in started[0]["config"]


def test_a_diverged_trial_is_marked_and_the_search_goes_on(worker, make_study):
    space = {
        "learning_rate": {"choices": [10.0, 0.01]},
        "momentum": 0.99,
        "optimizer": "sgd",
        "layers": 4,
        "activation": "linear",
    }
    study = make_study(document("grid", space=space, budget={"epochs": 20}))
    events = worker.run(study)
    trials = of_trials(events)
    assert [trial["status"] for trial in trials] == ["diverged", "completed"]
    assert trials[0]["score"] is None
    assert events[-1]["status"] == "finished"


def test_hyperband_continues_its_parents(worker, make_study):
    study = make_study(document("hyperband", budget={"epochs": 9}))
    events = worker.run(study)
    started = {e["trial"]: e for e in events if e["kind"] == "trial_started"}
    assert len(started) == 23
    assert sum(event["kind"] == "epoch" for event in events) == 75
    reported = epochs(events)
    for child in started.values():
        trained = [epoch for trial, _, epoch in reported if trial == child["trial"]]
        assert trained == list(range(child["initial_epoch"] + 1, child["epochs"] + 1))
        if child["parent"] is not None:
            assert started[child["parent"]]["config"] == child["config"]
            assert started[child["parent"]]["epochs"] == child["initial_epoch"]
    assert study.states == []


def test_hyperband_keeps_the_states_of_unfinished_rounds(worker, make_study):
    study = make_study(document("hyperband", budget={"epochs": 400}))
    worker.start(study)
    worker.until(lambda e: e["kind"] == "trial_ended" and e["trial"] == 3)
    worker.send(command="stop", study=study.id)
    worker.until(of_kind("study_ended"))
    ended = [event["trial"] for event in study.journal if event["kind"] == "trial_ended"]
    assert {f"{trial}-1.npz" for trial in ended} <= set(study.states)


def test_the_time_limit_ends_the_trial_and_the_study(worker, make_study):
    study = make_study(document(budget={"trials": 9, "epochs": 10_000, "seconds": 1}))
    events = worker.run(study)
    assert (events[-1]["status"], events[-1]["reason"]) == ("finished", "time")
    assert events[-2]["status"] == "pruned"
    assert (study.folder / "best.npz").exists(), "what was trained in time is the best there is"
    assert 1 <= events[-1]["seconds"] < 2


def test_skip_ends_the_running_trial_alone(worker, make_study):
    study = make_study(document(budget={"trials": 2, "epochs": 10_000, "seconds": 60}))
    worker.start(study)
    worker.until(epoch_of(1, 3))
    worker.send(command="skip", study=study.id)
    ended = worker.until(of_kind("trial_ended"))[-1]
    assert ended["status"] == "skipped"
    worker.until(epoch_of(2, 1))
    worker.send(command="stop", study=study.id)
    assert worker.until(of_kind("study_ended"))[-1]["status"] == "stopped"


def test_a_study_that_another_process_runs_is_refused(worker, make_study):
    study = make_study(document())
    (study.folder / "owner.json").write_text(json.dumps({"pid": 1, "server": 4321}))
    with FileLock(study.folder / "lock"):
        event = worker.run(study)[-1]
    assert event["kind"] == "refused"
    assert event["message"] == "This study is running in process 4321."
    assert not (study.folder / "events.jsonl").exists()


def test_an_unknown_study_is_refused(worker, make_study):
    study = make_study(document())
    worker.send(command="run", study="../../etc", home=str(study.home))
    assert worker.until(of_kind("refused"))[-1]["kind"] == "refused"


def test_a_spec_changed_into_nonsense_is_one_sentence(worker, make_study):
    study = make_study(document())
    worker.run(study)
    path = study.folder / "spec.json"
    path.write_text(path.read_text().replace('"trials": 4', '"trials": -4'))
    end = worker.run(study)[-1]
    assert end["status"] == "failed"
    assert end["message"].startswith("spec.json: budget.trials: expected at least 1, received -4.")


def test_a_spec_with_another_space_cannot_resume(worker, make_study):
    study = make_study(document())
    worker.run(study)
    path = study.folder / "spec.json"
    path.write_text(path.read_text().replace('"high": 16', '"high": 5'))
    end = worker.run(study)[-1]
    assert (end["status"], end["reason"]) == ("failed", "error")
    assert "The spec was changed after the search began" in end["message"]


def test_requests_before_and_after_the_first_trial(worker, make_study):
    study = make_study(document())
    for command in ("export_model", "export_bundle", "test"):
        assert worker.ask(command, study)["ok"] is False
    worker.run(study)
    model = worker.ask("export_model", study)["result"]["path"]
    bundle = worker.ask("export_bundle", study)["result"]["path"]
    assert os.path.getsize(model) > 0
    assert os.path.getsize(bundle) > 0


def test_the_test_part_is_revealed_once(worker, make_study):
    study = make_study(document())
    worker.run(study)
    first = worker.ask("test", study)["result"]
    assert worker.ask("test", study)["result"] == first
    revealed = [event for event in study.journal if event["kind"] == "test_revealed"]
    assert [event["metrics"] for event in revealed] == [first]
