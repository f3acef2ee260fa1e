"""Every strategy through the same life, with a function in place of the training."""

from __future__ import annotations

import itertools
import math
from functools import cache
from typing import Any

import pytest

from tests.strategies.life import (
    EIGHT,
    EIGHTEEN,
    MIXED,
    bowl,
    configs,
    listed,
    run,
    study,
    uncorrelated,
)
from tuning_core.catalog import STRATEGIES
from tuning_core.catalog.statuses import TrialStatus
from tuning_core.space import Config
from tuning_core.strategies import Suggestion, TrialRecord, make_oracle

SETTINGS = {"bayesian": {"initial_points": 4}, "grid": {"points": 3}}
DRAWING = [name for name in STRATEGIES if name not in ("manual", "one_at_a_time", "grid")]
WHOLE = {
    "manual": (8, 18, "list complete"),
    "one_at_a_time": (1 + 1 + 1, 1 + 2 + 2 + 1, "sweep complete"),
}
"""What a strategy covers of the spaces EIGHT and EIGHTEEN when the first trial stays the best.

The others try them to the last configuration.
"""

every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


def small(strategy, space=None, **fields):
    settings: dict[str, Any] = dict(SETTINGS.get(strategy, {}))
    if strategy == "manual":
        settings = {"configurations": listed(MIXED if space is None else space)}
    return study(strategy, space, **{"settings": settings, "epochs": 9, **fields})


@cache
def whole(strategy: str) -> list[TrialRecord]:
    """An uninterrupted search of 20 trials, which several tests look at."""
    return run(small(strategy, trials=20))[0]


def roots(records: list[TrialRecord]) -> list[Config]:
    return [r.suggestion.config for r in records if r.suggestion.parent is None]


def count_of_calls(suggestion: Suggestion) -> float:
    return float(suggestion.number)


@every_strategy
def test_it_stops_at_the_budget_with_trials_numbered_from_one(strategy):
    records, oracle = run(small(strategy, trials=12))
    assert [r.suggestion.number for r in records] == list(range(1, 13))
    assert oracle.stop_reason == "trials"


@every_strategy
def test_every_configuration_is_in_the_space_and_complete(strategy):
    space, records = small(strategy).search_space, whole(strategy)
    assert all(space.contains(config) for config in configs(records))
    assert all("batch_size" in config for config in configs(records))
    assert all(("momentum" in c) == (c["optimizer"] == "sgd") for c in configs(records))


@every_strategy
def test_no_configuration_is_started_twice(strategy):
    space = small(strategy).search_space
    keys = [space.key(config) for config in roots(whole(strategy))]
    assert len(set(keys)) == len(keys)


@every_strategy
@pytest.mark.parametrize("space", [EIGHT, EIGHTEEN])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_small_space_is_exhausted_exactly(strategy, space, seed):
    spec = small(strategy, space, seed=seed, trials=500, epochs=27)
    records, oracle = run(spec, count_of_calls)
    eight, eighteen, reason = WHOLE.get(strategy, (8, 18, "exhausted"))
    size = eight if space is EIGHT else eighteen
    assert len({spec.search_space.key(config) for config in roots(records)}) == size
    assert len(roots(records)) == size
    assert oracle.stop_reason == reason
    assert strategy == "hyperband" or spec.plan().trials >= size


@every_strategy
def test_what_ended_ends_again_at_once(strategy):
    spec = small(strategy, EIGHT, trials=500)
    records, oracle = run(spec)
    again, restored = run(spec, records=records)
    assert again == records
    assert restored.stop_reason == oracle.stop_reason


@every_strategy
@pytest.mark.parametrize("cut", [0, 1, 5, 11, 16])
def test_a_restored_search_goes_on_as_the_uninterrupted_one(strategy, cut):
    records = whole(strategy)
    assert run(small(strategy, trials=20), records=records[:cut])[0] == records


@every_strategy
def test_a_trial_cut_short_is_handed_out_again_first(strategy):
    spec, records = small(strategy, trials=20), whole(strategy)
    for cut in (1, 10):
        waiting = TrialRecord(records[cut].suggestion, TrialStatus.RUNNING)
        oracle = make_oracle(spec)
        oracle.restore([*records[:cut], waiting])
        trial = oracle.create_trial("here")
        assert oracle.suggestion(trial) == records[cut].suggestion
        oracle.update_trial(trial.trial_id, {spec.objective: records[cut].score or 0.0})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
        following = oracle.suggestion(oracle.create_trial("here"))
        assert following == records[cut + 1].suggestion


@every_strategy
def test_the_same_seed_repeats_also_seed_zero(strategy):
    assert run(small(strategy, trials=12, seed=0))[0] == run(small(strategy, trials=12, seed=0))[0]


@pytest.mark.parametrize("strategy", DRAWING)
def test_different_seeds_differ(strategy):
    first = roots(run(small(strategy, trials=8, seed=0))[0])
    second = roots(run(small(strategy, trials=8, seed=1))[0])
    assert not any(config in second for config in first)


@pytest.mark.parametrize("strategy", ["random", "hyperband"])
def test_neighbouring_seeds_are_unrelated(strategy):
    space = {"dropout": {"low": 0.0, "high": 0.5}}
    draws = [
        [float(c["dropout"]) for c in roots(run(spec, count_of_calls)[0])]
        for seed in range(4)
        for spec in [small(strategy, space, seed=seed, trials=100, epochs=100)]
    ]
    assert all(uncorrelated(a, b) for a, b in itertools.pairwise(draws))


@every_strategy
def test_three_failures_in_a_row_do_not_end_the_search(strategy):
    records, oracle = run(
        small(strategy, trials=14), lambda s: math.nan if 3 <= s.number <= 6 else bowl(s)
    )
    assert len(records) == 14
    assert oracle.stop_reason == "trials"


@every_strategy
def test_a_search_in_which_everything_fails_goes_on(strategy):
    records, _ = run(small(strategy, trials=9), lambda _: math.nan)
    assert len(records) == 9


@every_strategy
def test_failures_are_restored_too(strategy):
    spec = small(strategy, trials=20)

    def sometimes(suggestion: Suggestion) -> float:
        return math.nan if suggestion.number % 4 == 2 else bowl(suggestion)

    records, _ = run(spec, sometimes)
    assert run(spec, sometimes, records[:13])[0] == records


@every_strategy
def test_an_error_inside_the_oracle_leaves_no_lock_held(strategy):
    spec = small(strategy, trials=5)
    oracle = make_oracle(spec)
    trial = oracle.create_trial("here")
    with pytest.raises(ValueError, match="Objective value missing"):
        oracle.update_trial(trial.trial_id, {"something_else": 1.0})
    oracle.update_trial(trial.trial_id, {spec.objective: 1.0})
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert oracle.suggestion(oracle.create_trial("here")).number == 2


@every_strategy
def test_a_space_with_nothing_to_search_is_one_trial(strategy):
    records, oracle = run(small(strategy, {}, trials=5, epochs=1), count_of_calls)
    assert len(records) == 1
    assert oracle.stop_reason in ("exhausted", "brackets complete", "list complete")


@every_strategy
def test_nothing_is_written_or_printed(strategy, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    run(small(strategy, trials=6))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().out == ""


EPOCHS: dict[str, Any] = {
    "epochs": {"choices": [3, 7, 12]},
    "units": {"choices": [16, 32]},
    "optimizer": {"choices": ["adam", "sgd"]},
    "momentum": {"choices": [0.5, 0.9], "when": {"optimizer": ["sgd"]}},
}


@every_strategy
@pytest.mark.parametrize("trials", [5, 7, 500])
@pytest.mark.parametrize("when", [{}, {"units": [16]}])
def test_the_plan_has_the_epochs_of_the_trials(strategy, trials, when):
    if strategy == "hyperband":
        space, epochs = {**EPOCHS, "epochs": 1}, 9
        space.pop("epochs")
    else:
        space, epochs = {**EPOCHS, "epochs": {**EPOCHS["epochs"], "when": when}}, 5
    spec = small(strategy, space, trials=trials, epochs=epochs, repeats=2)
    if strategy == "manual":
        spec = small(strategy, space, trials=min(trials, len(spec.listed)), repeats=2, epochs=5)
    records, _ = run(spec, count_of_calls)
    epochs = sum(r.suggestion.epochs - r.suggestion.initial_epoch for r in records)
    plan = spec.plan()
    assert (plan.trials, plan.trainings) == (len(records), 2 * len(records)) or (
        strategy == "one_at_a_time" and plan.trials >= len(records)
    )
    exact = strategy in ("grid", "manual", "hyperband") or (
        trials == 500 and strategy != "one_at_a_time"
    )
    assert plan.epochs == 2 * epochs if exact else plan.epochs >= 2 * epochs
