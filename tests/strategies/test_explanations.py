"""Why a trial: told by the oracle itself, and true of what it asks for next."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.strategies.life import EIGHTEEN, MIXED, bowl, listed, run, study
from tuning_core.catalog.explanation import Explanation
from tuning_core.space import Range
from tuning_core.spec.study import StudySpec
from tuning_core.strategies import Suggestion, TrialRecord, make_oracle

STRATEGIES: dict[str, dict[str, Any]] = {
    "manual": {"configurations": listed(MIXED)},
    "one_at_a_time": {},
    "grid": {"points": 3},
    "random": {},
    "coarse_to_fine": {},
    "bayesian": {},
    "hyperband": {},
    "tpe": {"initial_points": 6},
    "evolution": {"population": 5},
    "quasi_random": {},
}


def explained(spec: StudySpec, records: list[TrialRecord], number: int) -> Explanation:
    """What a rebuilt oracle says of a recorded trial."""
    oracle = make_oracle(spec)
    oracle.restore(records[: number - 1])
    try:
        return oracle.explain(records[number - 1].suggestion)
    finally:
        oracle.close()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_rebuilt_oracle_asks_for_each_trial_again_and_says_why(strategy):
    spec = study(strategy, trials=22, epochs=9, settings=STRATEGIES[strategy])
    records, _ = run(spec)
    for number in (1, 2, 8, len(records)):
        why = explained(spec, records, number)
        assert why.reproduced, why.sentence
        assert (why.trial, why.strategy) == (number, strategy)
        assert why.sentence.endswith(".")
        config = records[number - 1].suggestion.config
        assert {p.name: p.value for p in why.profiles} == {name: config.get(name) for name in MIXED}
        assert all(0 < other < number for role in why.roles.values() for other in role)


def rebuilt_and_random(strategy: str, objective: str = "val_loss") -> tuple[Any, ...]:
    settings = {"initial_points": 6} if strategy != "evolution" else {"population": 6}
    spec = study(strategy, EIGHTEEN, trials=12, settings=settings, objective=objective)
    records, _ = run(spec, lambda s: float(s.config["units"]) + 3 * float(s.config["layers"]))
    return spec, records


@pytest.mark.parametrize("objective", ["val_loss", "val_accuracy"])
def test_the_acquisition_is_best_where_the_bayesian_oracle_asks_next(objective):
    spec, records = rebuilt_and_random("bayesian", objective)
    why = explained(spec, records, 12)
    assert why.kind == "surrogate"
    sign = 1 if objective == "val_loss" else -1
    tried = {spec.search_space.key(record.suggestion.config) for record in records[:11]}
    chosen = records[11].suggestion.config
    for profile in why.profiles:
        bounds = dict(zip(profile.at, profile.lines["acquisition"], strict=True))
        untried = {
            value: sign * bound
            for value, bound in bounds.items()
            if spec.search_space.key({**chosen, profile.name: value}) not in tried
        }
        assert min(untried, key=lambda value: untried[value]) == profile.value
        means, deviations = profile.lines["mean"], profile.lines["deviation"]
        for mean, deviation, bound in zip(means, deviations, bounds.values(), strict=True):
            assert bound == pytest.approx(mean - sign * 2.6 * deviation, abs=1e-4)


def test_along_a_range_the_bayesian_point_is_near_the_best_of_the_line():
    spec = study("bayesian", trials=24, epochs=5)
    records, _ = run(spec)
    for profile in explained(spec, records, 24).profiles:
        if profile.value is None:
            continue
        bounds = np.array(profile.lines["acquisition"])
        here = bounds[profile.at.index(profile.value)]
        assert here - bounds.min() <= 0.05 * np.ptp(np.array(profile.lines["mean"])) + 0.02


def test_tpe_is_told_by_the_estimators_that_optuna_drew_with():
    spec = study("tpe", trials=30, settings={"initial_points": 8})
    records, _ = run(spec)
    why = explained(spec, records, 30)
    assert why.kind == "densities"
    ranked = sorted(range(1, 30), key=lambda number: records[number - 1].score or math.inf)
    assert why.roles["good"] == tuple(sorted(ranked[: len(why.roles["good"])]))
    assert len(why.roles["good"]) + len(why.roles["rest"]) == 29
    for profile in why.profiles:
        for name in ("good", "rest") if profile.lines else ():
            density = np.array(profile.lines[name])
            parameter = spec.search_space[profile.name]
            places = [parameter.position(value) for value in profile.at]
            whole = (
                np.trapezoid(density, places)
                if parameter.count is None
                else density.mean()
                if isinstance(parameter, Range)
                else density.sum()
            )
            assert whole == pytest.approx(1.0, abs=0.03)
    good = next(p for p in why.profiles if p.name == "learning_rate")
    ratio = np.array(good.lines["good"]) / np.array(good.lines["rest"])
    assert ratio[good.at.index(good.value)] > 1


def test_a_child_lies_between_its_parents_unless_it_was_drawn_anew():
    spec = study("evolution", trials=30, settings={"population": 6})
    records, _ = run(spec)
    crossed = 0
    for number in range(13, 31):
        why = explained(spec, records, number)
        parents = why.roles["parent"]
        assert why.kind == "parents"
        assert len(parents) in (1, 2)
        assert {*parents} <= {*why.roles["population"]}
        generation = range(1, (number - 1) // 6 * 6 + 1)
        best = sorted(generation, key=lambda n: records[n - 1].score or 0.0)[:6]
        assert {*why.roles["population"]} == {*best}
        child = records[number - 1].suggestion.config
        kin = [records[parent - 1].suggestion.config for parent in parents]
        if "learning rate" in why.sentence:
            continue
        crossed += 1
        rate = [math.log(float(config["learning_rate"])) for config in kin]
        reach = 0.5 * (max(rate) - min(rate)) + 1e-9
        assert min(rate) - reach <= math.log(float(child["learning_rate"])) <= max(rate) + reach
    assert crossed > 5


def test_hyperband_names_whom_it_promoted_and_over_whom():
    spec = study("hyperband", trials=40, epochs=9)
    records, _ = run(spec)
    number = next(r.suggestion.number for r in records if r.suggestion.round == 1)
    why = explained(spec, records, number)
    assert why.kind == "rounds"
    assert why.roles["parent"] == (records[number - 1].suggestion.parent,)
    scores = {
        n: records[n - 1].score or 0.0 for n in (*why.roles["promoted"], *why.roles["passed"])
    }
    assert len(scores) == 9
    assert max(scores[n] for n in why.roles["promoted"]) <= min(
        scores[n] for n in why.roles["passed"]
    )


def test_coarse_to_fine_shows_the_ranges_that_it_drew_from():
    spec = study("coarse_to_fine", trials=30)
    records, _ = run(spec)
    why = explained(spec, records, 30)
    spans = {profile.name: profile.spans for profile in why.profiles}
    ((lowest, highest),) = spans["learning_rate"]
    low, high = float(lowest), float(highest)
    assert low <= float(records[-1].suggestion.config["learning_rate"]) <= high
    assert math.log(high / low) < math.log(1e3) / 2
    assert "Round 3 of 3" in why.sentence


def test_a_sweep_names_the_trials_it_compares_with():
    spec = study("one_at_a_time", trials=12)
    records, _ = run(spec)
    why = explained(spec, records, 4)
    first = spec.sweeps[0][0]
    assert {
        spec.search_space.key({**records[n - 1].suggestion.config, first: 0})
        for n in why.roles["same"]
    } == {spec.search_space.key({**records[3].suggestion.config, first: 0})}


def test_a_trial_that_the_oracle_did_not_ask_for_is_not_explained_by_it():
    spec = study("bayesian", trials=12)
    records, _ = run(spec)
    added = Suggestion(12, records[0].suggestion.config, records[0].suggestion.epochs)
    oracle = make_oracle(spec)
    oracle.restore(records[:11])
    why = oracle.explain(added)
    oracle.close()
    assert not why.reproduced
    assert "by hand" in why.sentence


def test_a_study_of_nothing_but_failures_is_explained_too():
    spec = study("bayesian", trials=8)
    records, _ = run(spec, lambda _: math.nan)
    assert explained(spec, records, 8).kind == "coverage"
    assert bowl(records[0].suggestion) > 0
