"""What is particular to one strategy."""

from __future__ import annotations

import math
from collections import Counter
from itertools import islice

import pytest

from tests.strategies.life import EIGHT, MIXED, bowl, configs, run, study
from tuning_core.catalog.statuses import TrialStatus
from tuning_core.spec.plan import hyperband_schedule
from tuning_core.strategies import Suggestion, TrialRecord, make_oracle


def rounds(records: list[TrialRecord]) -> Counter[tuple[int | None, int | None]]:
    return Counter((r.suggestion.bracket, r.suggestion.round) for r in records)


@pytest.mark.parametrize("points", [2, 3])
def test_grid_enumerates_exactly_the_product(points):
    spec = study("grid", settings={"points": points}, trials=100_000)
    records, oracle = run(spec, lambda s: float(s.number))
    product = list(spec.search_space.configurations(points))
    assert configs(records) == product
    assert oracle.stop_reason == "grid complete"


@pytest.mark.parametrize(
    ("epochs", "factor", "iterations"), [(9, 3, 1), (8, 3, 2), (4, 2, 1), (1, 3, 1)]
)
def test_hyperband_runs_the_planned_schedule(epochs, factor, iterations):
    settings = {"factor": factor, "iterations": iterations}
    records, _ = run(study("hyperband", epochs=epochs, settings=settings))
    asked = [(r.suggestion.bracket, r.suggestion.round, r.suggestion.epochs) for r in records]
    planned = [
        (item.bracket, item.round, item.epochs)
        for item in hyperband_schedule(epochs, factor, iterations)
        for _ in range(item.size)
    ]
    assert asked == planned


def test_hyperband_promotes_the_best_of_each_round():
    records, _ = run(study("hyperband", epochs=9))
    of_round = {
        r: [t for t in records if (t.suggestion.bracket, t.suggestion.round) == (2, r)]
        for r in range(3)
    }
    for number in (1, 2):
        before = sorted(of_round[number - 1], key=lambda r: r.score or 0.0)
        parents = [r.suggestion.parent for r in of_round[number]]
        assert parents == [r.suggestion.number for r in before[: len(parents)]]
        for child in of_round[number]:
            parent = records[(child.suggestion.parent or 0) - 1].suggestion
            assert child.suggestion.config == parent.config
            assert child.suggestion.initial_epoch == parent.epochs


def test_hyperband_fills_its_rounds_when_trials_fail():
    def one_in_each_bracket(suggestion: Suggestion) -> float:
        return math.nan if suggestion.number in (2, 15, 21) else bowl(suggestion)

    records, _ = run(study("hyperband", epochs=9), one_in_each_bracket)
    failed = {r.suggestion.bracket for r in records if r.status is TrialStatus.DIVERGED}
    assert failed == {0, 1, 2}
    assert rounds(records) == rounds(run(study("hyperband", epochs=9))[0])
    numbers = {r.suggestion.number for r in records if r.status is TrialStatus.DIVERGED}
    assert not numbers & {r.suggestion.parent for r in records}


def test_hyperband_promotes_no_trial_that_failed():
    def two_survive(suggestion: Suggestion) -> float:
        return (
            bowl(suggestion) if suggestion.number in (4, 7) or suggestion.number > 9 else math.nan
        )

    records, _ = run(study("hyperband", epochs=9), two_survive)
    sizes = rounds(records)
    assert [sizes[2, number] for number in range(3)] == [9, 2, 1]
    assert sizes[0, 0] == 3


def test_hyperband_goes_on_when_a_whole_bracket_fails():
    records, oracle = run(
        study("hyperband", epochs=9), lambda s: math.nan if s.bracket == 2 else bowl(s)
    )
    assert rounds(records)[0, 0] == 3
    assert rounds(records)[2, 1] == 0
    assert oracle.stop_reason == "brackets complete"


def test_hyperband_names_the_trials_whose_state_is_needed():
    spec = study("hyperband", epochs=9)
    whole, _ = run(spec)
    for cut in range(len(whole) + 1):
        oracle = make_oracle(spec)
        oracle.restore(whole[:cut])
        needed = oracle.resumable_parents()
        later = {r.suggestion.parent for r in whole[cut:]} & {
            r.suggestion.number for r in whole[:cut]
        }
        assert later <= needed
        for number in needed:
            assert oracle.may_continue(whole[number - 1].suggestion)
    assert needed == set()


def test_bayesian_finds_more_than_random():
    space = {k: v for k, v in MIXED.items() if k != "dropout"} | {"dropout": 0.0}

    def best(strategy: str, seed: int) -> float:
        records, _ = run(study(strategy, space, trials=30, epochs=10, seed=seed))
        return min(r.score or math.inf for r in records)

    better = (best("bayesian", seed) < best("random", seed) for seed in range(5))
    first = sum(islice(better, 4))
    assert first == 4 or (first == 3 and next(better)), "at least four of five"


def test_bayesian_keeps_away_from_where_trials_fail():
    def fails_at_high_rates(suggestion: Suggestion) -> float:
        return math.nan if float(suggestion.config["learning_rate"]) > 3e-3 else bowl(suggestion)

    records, _ = run(study("bayesian", trials=40), fails_at_high_rates)
    failed = [r.status is TrialStatus.DIVERGED for r in records]
    assert sum(failed[-15:]) < sum(failed[:15])


def test_bayesian_survives_absurd_scores():
    records, _ = run(study("bayesian", trials=30), lambda s: 1e30 if s.number % 5 == 0 else bowl(s))
    assert len(records) == 30


def test_the_number_of_random_trials_is_a_setting():
    first = configs(run(study("random", trials=6))[0])
    few = configs(run(study("bayesian", trials=6, settings={"initial_points": 3}))[0])
    assert few[:3] == first[:3]
    assert few[3:] != first[3:]


def test_a_space_of_choices_is_tried_from_its_most_promising_end():
    records, _ = run(
        study("bayesian", EIGHT, trials=8, settings={"initial_points": 4}),
        lambda s: float(s.config["units"]),
    )
    assert len({str(config) for config in configs(records)}) == 8
