"""Every strategy when the user adds trials, changes the ranges or raises the budget under way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.strategies.life import MIXED, Score, bowl, configs, listed, run, study
from tuning_core.catalog import STRATEGIES
from tuning_core.catalog.statuses import TrialStatus
from tuning_core.space import Config
from tuning_core.spec.study import StudySpec
from tuning_core.strategies import TrialRecord, make_oracle

SETTINGS: dict[str, dict[str, Any]] = {"bayesian": {"initial_points": 3}, "grid": {"points": 3}}
NARROW = {
    **MIXED,
    "learning_rate": {"low": 1e-3, "high": 1e-2, "scale": "log"},
    "units": {"low": 64, "high": 192, "step": 16},
}
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)
every_range = pytest.mark.parametrize(
    "strategy", [s for s, info in STRATEGIES.items() if not info.ranges_stay]
)


def small(strategy: str, space: dict[str, Any] | None = None, **fields: Any) -> StudySpec:
    settings: dict[str, Any] = dict(SETTINGS.get(strategy, {}))
    if strategy == "manual":
        settings = {"configurations": listed(MIXED)}
    return study(strategy, space, **{"settings": settings, "epochs": 9, "trials": 12, **fields})


def with_pending(
    spec: StudySpec, records: list[TrialRecord], pending: list[Config], score: Score = bowl
) -> list[TrialRecord]:
    """All trials once a search has gone on from ``records`` with trials that the user added."""
    oracle = make_oracle(spec)
    oracle.restore(records)
    oracle.enqueue(pending[sum(record.suggestion.added for record in records) :])
    result = list(records)
    while (trial := oracle.create_trial("here")).status != "STOPPED":
        suggestion = oracle.suggestion(trial)
        oracle.update_trial(trial.trial_id, {spec.objective: score(suggestion)})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
        result.append(TrialRecord(suggestion, TrialStatus.COMPLETED, score(suggestion)))
    return result


def own(spec: StudySpec, **values: Any) -> Config:
    base: Config = {"learning_rate": 0.01, "units": 32, "dropout": 0.1, "optimizer": "adam"}
    return {**spec.search_space.complete({**base, "momentum": 0.9}), **values}


@every_strategy
def test_added_trials_come_next_and_beside_the_budget(strategy):
    spec = small(strategy)
    before = run(spec, at_most=4)[0]
    pending = [own(spec), own(spec, units=999)]
    records = with_pending(spec, before, pending)
    assert [r.suggestion.config for r in records[4:6]] == pending
    assert [r.suggestion.number for r in records] == list(range(1, len(records) + 1))
    assert [r.suggestion.added for r in records].count(True) == 2
    assert sum(not r.suggestion.added for r in records) == 12


@every_strategy
@pytest.mark.parametrize("cut", [5, 9])
def test_a_search_with_added_trials_is_replayed(strategy, cut):
    spec = small(strategy)
    pending = [own(spec), own(spec, units=999)]
    whole = with_pending(spec, run(spec, at_most=4)[0], pending)
    assert with_pending(spec, whole[:cut], pending) == whole


@pytest.mark.parametrize("strategy", ["random", "quasi_random", "grid", "manual", "hyperband"])
def test_an_added_trial_outside_leaves_the_strategy_s_own_as_they_were(strategy):
    spec = small(strategy)
    records = with_pending(spec, run(spec, at_most=3)[0], [own(spec, units=999)])
    mine = [r.suggestion.config for r in records if not r.suggestion.added]
    assert mine == configs(run(spec)[0])


def test_an_added_trial_inside_informs_the_strategy():
    spec = small("bayesian")
    before = run(spec, at_most=4)[0]
    better = {"learning_rate": 10**-2.5, "units": 80, "dropout": 0.0}
    inside = with_pending(spec, before, [own(spec, **better)])
    outside = with_pending(spec, before, [own(spec, **better, batch_size=999)])
    assert configs(inside)[5] != configs(outside)[5]
    assert configs(outside)[5] == configs(run(spec)[0])[4]


def test_a_trial_added_after_the_last_one_runs_alone():
    spec = small("random")
    done = run(spec)[0]
    after = with_pending(spec, done, [own(spec)])
    assert after[:-1] == done
    assert after[-1].suggestion.added


@every_range
def test_changed_ranges_hold_from_the_next_trial_on_and_are_replayed(strategy):
    first, second = small(strategy), small(strategy, NARROW)
    before = run(first, at_most=6)[0]
    records = run(second, records=before)[0]
    assert len(records) == 12
    assert all(second.search_space.contains(config) for config in configs(records)[6:])
    for cut in (7, 10):
        assert run(second, records=records[:cut])[0] == records


@every_range
def test_trials_outside_the_changed_ranges_do_not_inform_the_strategy(strategy):
    first, second = small(strategy), small(strategy, NARROW)
    before = run(first, at_most=6)[0]
    outside = [r for r in before if not second.search_space.contains(r.suggestion.config)]
    assert outside
    praised = [
        TrialRecord(r.suggestion, r.status, -1000.0 if r in outside else r.score) for r in before
    ]
    assert configs(run(second, records=praised)[0]) == configs(run(second, records=before)[0])


@every_strategy
def test_a_raised_budget_goes_on_with_the_same_search(strategy):
    few, more = small(strategy, trials=6), small(strategy, trials=9)
    before = run(few)[0]
    records, oracle = run(more, records=before)
    assert records[:6] == before
    assert len(records) == 9
    assert oracle.stop_reason == "trials"
    assert run(more, records=records[:7])[0] == records


def test_a_hyperparameter_that_was_searched_and_is_now_fixed_counts_by_its_value():
    fixed = {**MIXED, "units": 80}
    first, second = small("grid"), small("grid", fixed, trials=200)
    before = run(first, at_most=20)[0]
    records, _ = run(second, records=before)
    keys = [second.search_space.key(c) for c in configs(records) if c["units"] == 80]
    assert len(keys) == len(set(keys)) == second.search_space.grid_size(3)
