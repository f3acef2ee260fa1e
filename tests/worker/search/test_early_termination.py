"""Early termination: whom it ends, when, with which words, and again after an interruption."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.conftest import document, epoch_of, epochs, results
from tuning_core.analysis.hindsight.records import Training
from tuning_core.analysis.hindsight.replay import replay
from tuning_core.spec.study import parse_spec
from tuning_core.worker.search.early_termination import EarlyTermination

RULES: dict[str, dict[str, Any]] = {
    "median": {"startup_trials": 2, "warmup_epochs": 2},
    "percentile": {"percentile": 40.0, "startup_trials": 2, "warmup_epochs": 1},
    "successive_halving": {"min_epochs": 2, "factor": 2},
}
CURVES = [
    [0.5, 0.6, 0.7, 0.8],
    [0.4, 0.5, 0.6, 0.7],
    [0.1, 0.2, 0.3, 0.4],
    [0.45, 0.3, 0.9, 0.9],
    [0.6, 0.7, 0.8, 0.9],
    [0.2, 0.55, 0.1, 0.1],
]


def rule(name: str, objective: str = "val_accuracy", **settings: Any) -> EarlyTermination:
    given = {"rule": name, "settings": settings or RULES[name]}
    return EarlyTermination(parse_spec(document(early_termination=given, objective=objective)))


def train(
    termination: EarlyTermination, trial: int, curve: list[float], events: list[dict[str, Any]]
) -> str:
    """Train a trial of these values; the reason why it was ended, or nothing."""
    reason = ""
    for epoch, value in enumerate(curve, 1):
        metrics = {"val_accuracy": value, "val_loss": value}
        events.append({"kind": "epoch", "trial": trial, "execution": 1, "epoch": epoch})
        events[-1]["metrics"] = metrics
        reason = termination.judge(trial, 1, epoch, value)
        if reason and epoch < len(curve):
            break
        reason = ""
    status = "pruned" if reason else "completed"
    termination.end(trial, status, max(curve))
    events.append({"kind": "trial_ended", "trial": trial, "status": status, "score": max(curve)})
    return reason


def test_the_median_ends_what_is_worse_than_half_of_those_that_completed() -> None:
    termination = rule("median")
    reasons = [train(termination, n, curve, []) for n, curve in enumerate(CURVES, 1)]
    assert reasons[2] == "ended early: 0.2 by epoch 2, the median of 2 trials was 0.55"
    # Its best so far counts, not its last value; the pruned one is not compared with.
    assert reasons[3] == "ended early: 0.45 by epoch 2, the median of 2 trials was 0.55"
    assert reasons[4] == ""
    assert reasons[5] == "ended early: 0.55 by epoch 2, the median of 3 trials was 0.6"


def test_trials_side_by_side_may_end_in_any_order() -> None:
    given = {"rule": "median", "settings": {"startup_trials": 1, "warmup_epochs": 0}}
    spec = parse_spec(document(early_termination=given, parallel=2))
    termination = EarlyTermination(spec)
    assert termination.judge(1, 1, 1, 0.9) == termination.judge(2, 1, 1, 0.5) == ""
    termination.end(2, "completed", 0.5)
    termination.end(1, "diverged", None)
    # Of the two, the one that completed is compared with.
    assert termination.judge(3, 1, 1, 0.6) == ""
    reason = termination.judge(4, 1, 1, 0.4)
    assert reason == "ended early: 0.4 by epoch 1, the median of 1 trial was 0.5"


def test_the_smaller_is_better_for_losses() -> None:
    termination = rule("median", "val_loss", startup_trials=1, warmup_epochs=0)
    reasons = [train(termination, n, curve, []) for n, curve in enumerate(CURVES[:3], 1)]
    assert reasons == ["", "", ""]
    reason = train(termination, 4, [0.9, 0.9], [])
    assert reason == "ended early: 0.9 by epoch 1, the median of 3 trials was 0.4"


def test_a_percentile_lets_the_best_share_go_on() -> None:
    termination = rule("percentile", percentile=25.0, startup_trials=2, warmup_epochs=1)
    assert not train(termination, 1, CURVES[4], [])
    assert not train(termination, 2, CURVES[1], [])
    reason = train(termination, 3, CURVES[0], [])
    assert reason == "ended early: 0.5 by epoch 1, the best 25 % of 2 trials had 0.55 or better"


def test_halving_lets_the_best_of_each_rung_go_on() -> None:
    termination = rule("successive_halving")
    reasons = [train(termination, n, curve, []) for n, curve in enumerate(CURVES, 1)]
    assert reasons[0] == ""
    assert reasons[1] == (
        "ended early: 0.5 at epoch 2, not among the one in 2 of 2 trials that go on from there"
    )
    assert reasons[4] == ""


@pytest.mark.parametrize("settings", [{"startup_trials": 10_000}, {"warmup_epochs": 10_000}])
def test_the_first_trials_and_epochs_are_left_alone(settings: dict[str, Any]) -> None:
    termination = rule("median", **settings)
    assert not any(train(termination, n, curve, []) for n, curve in enumerate(CURVES, 1))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("parallel", [1, 2])
def test_epochs_that_come_again_since_a_lane_has_died_are_judged_alike(
    name: str, parallel: int
) -> None:
    given = {"rule": name, "settings": RULES[name]}
    spec = parse_spec(document(early_termination=given, parallel=parallel))
    calm, disturbed = EarlyTermination(spec), EarlyTermination(spec)
    for number, curve in enumerate(CURVES, 1):
        reason = ""
        for epoch, value in enumerate(curve, 1):
            reason = reason or calm.judge(number, 1, epoch, value)
            disturbed.judge(number, 1, epoch, value)
            again = [disturbed.judge(number, 1, e, v) for e, v in enumerate(curve[:epoch], 1)]
            assert again[-1] == reason
            if reason:
                break
        for termination in (calm, disturbed):
            termination.end(number, "pruned" if reason else "completed", max(curve))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("cut", range(1, 20, 3))
def test_what_the_journal_restores_decides_the_same(name: str, cut: int) -> None:
    events: list[dict[str, Any]] = []
    whole = rule(name)
    expected = [train(whole, n, curve, events) for n, curve in enumerate(CURVES, 1)]
    restored = rule(name)
    restored.restore(events[:cut])
    ended = sum(event["kind"] == "trial_ended" for event in events[:cut])
    # The trial that was cut short begins again, or goes on after its first epoch.
    first, *others = CURVES[ended:]
    again = [train(restored, ended + 1, first, [])]
    again += [train(restored, n, curve, []) for n, curve in enumerate(others, ended + 2)]
    assert again == expected[ended:]


@pytest.mark.parametrize("name", RULES)
def test_a_search_ends_trials_early_and_resumes_alike(worker, another_worker, make_study, name):
    settings = {**RULES[name], "warmup_epochs": 1, "startup_trials": 1}
    if name == "successive_halving":
        settings = RULES[name]
    spec = document(
        "random",
        repeats=2,
        objective="val_loss",
        budget={"trials": 6, "epochs": 6},
        early_termination={"rule": name, "settings": settings},
    )
    whole = make_study(spec)
    worker.run(whole)
    trials = [event for event in whole.journal if event["kind"] == "trial_ended"]
    pruned = [trial for trial in trials if trial["status"] == "pruned"]
    assert pruned
    for trial in pruned:
        assert trial["message"].startswith("ended early: ")
        assert trial["score"] is not None
        assert len(trial["executions"]) == 1
        assert trial["epochs"] < 6
    study = make_study(spec)
    another_worker.start(study)
    another_worker.until(epoch_of(4, 1))
    another_worker.kill()
    worker.run(study)
    assert results(study.journal) == results(whole.journal)
    assert epochs(study.journal) == epochs(whole.journal)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("parallel", [1, 2])
def test_looking_back_a_rule_ends_whom_it_ends_in_a_search(name: str, parallel: int) -> None:
    given = {"rule": name, "settings": RULES[name]}
    spec = parse_spec(document(early_termination=given, parallel=parallel))
    termination = EarlyTermination(spec)
    ended = {}
    curves = [*CURVES, *(list(reversed(curve)) for curve in CURVES)]
    for number, curve in enumerate(curves, 1):
        events: list[dict[str, Any]] = []
        if train(termination, number, curve, events):
            ended[number] = events[-2]["epoch"]
    full = [Training(n, "completed", max(c), (tuple(c),)) for n, c in enumerate(curves, 1)]
    assert ended
    assert replay(full, name, RULES[name], "max", parallel).ended == ended
