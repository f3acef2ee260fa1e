"""A recorded search becomes a study that says what its tool said."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tuning_core.catalog import StudyStatus, TrialStatus, Value
from tuning_core.journal.reading import parse_event
from tuning_core.journal.writing import encoded
from tuning_core.store import Store
from tuning_core.study_export.archive.journal_validation import JournalCheck
from tuning_core.study_import.declarations import choice, merged, number, observed
from tuning_core.study_import.runs import (
    RecordedSearch,
    RecordedTrial,
    RunEpoch,
    RunExecution,
    events_of,
    spec_of,
)

STUDY = "abcd1234"


def recorded(*trials: RecordedTrial, **changes: object) -> RecordedSearch:
    whole: dict[str, object] = {
        "name": "theirs",
        "tool": "optuna",
        "search": "TPESampler",
        "objective": "val_score",
        "direction": "max",
        "metrics": {"loss": "min"},
        "declared": {"lr": number(1e-4, 1e-1, integer=False, scale="log")},
        "trials": trials,
        "notes": ["No times."],
    }
    return RecordedSearch(**{**whole, **changes})  # type: ignore[arg-type]


def trial(score: float | None = 0.5, **changes: object) -> RecordedTrial:
    whole: dict[str, object] = {"config": {"lr": 0.01}, "status": TrialStatus.COMPLETED}
    return RecordedTrial(**{**whole, "score": score, **changes})  # type: ignore[arg-type]


def stored(search: RecordedSearch, tmp_path: Path) -> Store:
    """The search as the database has it, after its journal passed the check of study files."""
    spec = spec_of(search)
    check = JournalCheck(spec)
    lines = [encoded(event.document()) for event in events_of(search, spec, now=1e9)]
    events = [check.take(parse_event(line, seq)) for seq, line in enumerate(lines, start=1)]
    store = Store(tmp_path / "store.db")
    store.create_study(STUDY, spec.name, spec.to_json(), 1e9)
    store.apply(STUDY, [event.document() for event in events])
    return store


def test_trials_have_the_scores_statuses_epochs_and_times_of_their_tool(tmp_path: Path) -> None:
    epochs = [
        RunEpoch(run, epoch, {"val_score": 0.1 * epoch + run, "loss": math.nan}, 2.5)
        for run in (1, 2)
        for epoch in (1, 2, 3)
    ]
    first = trial(
        1.8,
        epochs=epochs,
        started=1e9,
        seconds=20.0,
        best_epoch=3,
        executions=[RunExecution(1, 1.3, 3, 3), RunExecution(2, 2.3, 3, 3)],
    )
    failed = trial(None, status=TrialStatus.FAILED, message="ValueError:\nboom", started=1e9 + 20)
    pruned = trial(9.0, status=TrialStatus.PRUNED)
    running = trial(None, config={}, status=TrialStatus.RUNNING)
    going_on = trial(0.1, parent=1, initial_epoch=3, target_epochs=9, bracket=2, round=1)
    store = stored(recorded(first, failed, pruned, running, running, going_on), tmp_path)
    study = store.study(STUDY)
    assert study is not None
    assert study.status is StudyStatus.FINISHED
    # A pruned trial is not ranked by any other tool.
    assert (study.best_trial, study.best_score, study.trials) == (1, 1.8, 4)
    rows = store.trials(STUDY)
    assert [row.score for row in rows] == [1.8, None, 9.0, None, None, 0.1]
    assert [str(row.status) for row in rows] == [
        *("completed", "failed", "pruned", "waiting", "waiting", "completed")
    ]
    assert rows[0].started == 1e9
    assert [row.seconds for row in rows] == [20.0, *[None] * 5]
    assert rows[1].message == "ValueError: boom"
    assert (rows[5].parent, rows[5].initial_epoch, rows[5].bracket) == (1, 3, 2)
    assert [row.score for row in store.executions(STUDY, [1])] == [1.3, 2.3]
    read = store.epochs(STUDY)
    assert [(row.execution, row.epoch) for row in read] == [
        (r, e) for r in (1, 2) for e in (1, 2, 3)
    ]
    assert read[0].metrics == {"val_score": 1.1}
    assert read[0].seconds == 2.5


def test_what_was_declared_is_widened_to_what_trials_had() -> None:
    declared = {
        "lr": number(1e-3, 1e-2, integer=False, scale="log"),
        "units": number(8, 64, integer=True, step=8),
        "layers": choice([1, 2]),
        "late": number(0, 1, integer=False, when={"layers": [2], "gone": ["x"]}),
    }
    configs: list[dict[str, Value]] = [
        {"lr": 0.5, "units": 6, "layers": 1, "new": True},
        {"lr": 0.005, "units": 16, "layers": "many", "late": 0.5, "new": False},
    ]
    spec = spec_of(recorded(*[trial(config=config) for config in configs], declared=declared))
    space = spec.search_space
    assert all(space[name].contains(value) for config in configs for name, value in config.items())
    assert dict(space["late"].when) == {"layers": (2,)}
    assert space["new"].values() == (False, True)


@pytest.mark.parametrize(
    ("values", "kind"),
    [([1, 2], "integer"), ([1, 0.5], "float"), ([1, "a"], "choice"), ([True, False], "boolean")],
)
def test_what_nobody_declared_is_told_by_its_values(values: list[Value], kind: str) -> None:
    assert observed(values).kind == kind


def test_two_declarations_of_one_name_are_one_that_holds_both() -> None:
    one = number(1, 4, integer=True, when={"model": ["a"]})
    other = number(2, 8, integer=True, when={"model": ["b"]})
    both = merged(one, other)
    assert (both.low, both.high, both.when) == (1, 8, {"model": ["a", "b"]})
    assert merged(one, choice(["x"])).choices == [1, 4, "x"]


def test_conditions_that_run_in_a_circle_are_left_out() -> None:
    declared = {"a": choice([1, 2], when={"b": [1]}), "b": choice([1, 2], when={"a": [1]})}
    spec = spec_of(recorded(trial(config={"a": 1, "b": 1}), declared=declared))
    assert not spec.search_space["a"].when


def test_a_study_of_a_search_that_has_only_begun_can_be_made() -> None:
    assert spec_of(recorded()).trials == 1


def test_a_range_of_too_many_whole_numbers_is_not_listed() -> None:
    declared = {"seed": number(0, 2**40, integer=True), "n": number(0.5, 9, integer=True, step=1)}
    found = spec_of(recorded(trial(config={"seed": 2**39, "n": 3}), declared=declared))
    assert found.search_space["seed"].count is None
    assert found.search_space["seed"].contains(2**39)
    assert found.search_space["n"].values() == tuple(range(10))


@pytest.mark.parametrize("step", [0.0, -1.0, 1e12, math.nan, math.inf])
@pytest.mark.parametrize("scale", ["linear", "log", "reverse_log", "odd"])
def test_steps_and_scales_that_no_space_has_are_left_out(step: float, scale: str) -> None:
    declared = {"x": number(-1, 0.5, integer=False, step=step, scale=scale)}
    assert spec_of(recorded(declared=declared)).search_space["x"]
