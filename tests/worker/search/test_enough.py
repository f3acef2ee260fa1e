"""A search ends when its scores say that it is enough, and says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.worker.conftest import ask, document
from tuning_core.journal.events import EventDict
from tuning_core.spec.study import parse_spec
from tuning_core.worker.search.enough import Enough


def ended(trial: int, score: float | None, *trainings: float) -> EventDict:
    executions = [{"execution": n, "score": s} for n, s in enumerate(trainings, 1)]
    return {"kind": "trial_ended", "trial": trial, "score": score, "executions": executions}


def asked(*events: EventDict, before: int, **fields: Any) -> str:
    reason = Enough(events).reason(parse_spec(document(**fields)), before)
    return "" if reason is None else ": ".join(reason)


def test_a_study_ends_at_its_target_and_goes_on_once_that_is_taken_away(worker, make_study):
    study = make_study(document(budget={"trials": 3, "epochs": 2, "target": 0.01}))
    last = worker.run(study)[-1]
    assert (last["status"], last["reason"]) == ("finished", "target")
    assert last["message"].startswith("Trial 1 reached the target: validation accuracy 0.")
    assert [e["trial"] for e in study.journal if e["kind"] == "trial_ended"] == [1]
    ask(study, what="budget", trials=4)
    assert worker.run(study)[-1]["reason"] == "target"
    ask(study, what="budget", target="none")
    last = worker.run(study)[-1]
    assert (last["status"], last["reason"]) == ("finished", "trials")
    assert [e["trial"] for e in study.journal if e["kind"] == "trial_ended"] == [1, 2, 3, 4]


def test_a_study_that_settles_says_by_which_numbers_and_an_edit_has_it_go_on(worker, make_study):
    # All configurations learn iris as well, but for a flower or two of thirty.
    space = {"learning_rate": {"low": 0.05, "high": 0.06}, "units": 16}
    budget = {"trials": 8, "epochs": 10, "settled": {"trials": 6}}
    study = make_study(document(space=space, budget=budget))
    last = worker.run(study)[-1]
    assert (last["status"], last["reason"]) == ("finished", "settled")
    assert last["message"].startswith("Ended after 6 trials: 3 more trials are expected to gain")
    ask(study, what="budget", settled=False)
    assert worker.run(study)[-1]["reason"] == "trials"
    assert sum(e["kind"] == "trial_ended" for e in study.journal) == 8


def test_a_target_counts_round_by_round_and_downwards_for_an_error() -> None:
    events = [ended(1, 0.5), ended(3, 0.97), ended(2, 0.6)]
    budget = {"budget": {"trials": 9, "target": 0.95}, "parallel": 4}
    assert asked(*events, before=1, **budget) == ""
    assert asked(*events, before=5, **budget).startswith("target: Trial 3 reached")
    budget = {"budget": {"trials": 9, "target": 0.5}, "objective": "val_loss"}
    assert "0.5 or less" in asked(*events, before=4, **budget)
    assert asked(ended(1, None), ended(2, 0.51), before=4, **budget) == ""


def test_a_search_settles_by_its_repeats_and_not_at_its_very_end() -> None:
    events = [ended(n, 0.9 + n % 2 / 1000, 0.85, 0.95) for n in range(1, 10)]
    budget = {"trials": 12, "settled": {"trials": 9}}
    assert asked(*events[:8], before=9, budget=budget, repeats=2) == ""
    settled = asked(*events, before=10, budget=budget, repeats=2)
    assert settled.startswith("settled: Ended after 9 trials: 4 more trials are expected to gain")
    assert asked(*events, before=10, budget={**budget, "trials": 9}, repeats=2) == ""


def test_an_accuracy_settles_by_its_validation_rows() -> None:
    rows = {"kind": "study_started", "rows": {"train": 90, "validation": 30, "test": 30}}
    events = [rows, *(ended(n, 0.9) for n in range(1, 7))]
    words = asked(*events, before=7, budget={"trials": 12, "settled": {"trials": 6}})
    assert words.endswith("the choice of the 30 validation rows alone makes 0.058.")


def test_where_nothing_is_asked_of_the_scores_none_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enough, looked = Enough([ended(1, 0.5)]), []

    class Scores(dict[int, float | None]):
        def __iter__(self) -> Iterator[int]:
            looked.append(1)
            return super().__iter__()

    monkeypatch.setattr(enough, "_scores", Scores({1: 0.5}))
    assert enough.reason(parse_spec(document(budget={"trials": 3})), 2) is None
    assert not looked
    budget = {"trials": 3, "target": 0.4}
    assert enough.reason(parse_spec(document(budget=budget)), 2) is not None
    assert looked
