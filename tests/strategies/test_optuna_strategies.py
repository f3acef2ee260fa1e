"""What is particular to the strategies over Optuna's samplers and to the quasi-random one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.strategies.life import MIXED, bowl, configs, run, study
from tuning_core.catalog.statuses import TrialStatus
from tuning_core.strategies import Suggestion
from tuning_core.strategies.encoding import Encoding

TWO = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
    "dropout": {"low": 0.0, "high": 0.5},
}


def best(strategy: str, seed: int, trials: int = 60) -> float:
    records, _ = run(study(strategy, trials=trials, epochs=10, seed=seed))
    return min(record.score or math.inf for record in records)


@pytest.mark.parametrize("strategy", ["tpe", "evolution"])
def test_it_finds_more_than_random(strategy):
    better = sum(best(strategy, seed) < best("random", seed) for seed in range(5))
    assert better >= 4


@pytest.mark.parametrize("strategy", ["tpe", "evolution"])
def test_it_keeps_away_from_where_trials_fail(strategy):
    def fails_at_high_rates(suggestion: Suggestion) -> float:
        return math.nan if float(suggestion.config["learning_rate"]) > 3e-3 else bowl(suggestion)

    def failed(strategy: str) -> int:
        late = [run(study(strategy, trials=60, seed=s), fails_at_high_rates)[0] for s in range(3)]
        return sum(r.status is TrialStatus.DIVERGED for records in late for r in records[-20:])

    assert failed(strategy) < 0.75 * failed("random")


@pytest.mark.parametrize("strategy", ["tpe", "evolution"])
def test_a_conditional_hyperparameter_is_learnt_too(strategy):
    space = {k: MIXED[k] for k in ("optimizer", "momentum", "learning_rate")}

    def wants_high_momentum(suggestion: Suggestion) -> float:
        momentum = suggestion.config.get("momentum")
        return 1.0 if momentum is None else abs(float(momentum) - 0.97)

    def late(strategy: str) -> float:
        records, _ = run(study(strategy, space, trials=40), wants_high_momentum)
        return float(np.median([record.score or 0.0 for record in records[-20:]]))

    assert late(strategy) < late("random") / 3


@pytest.mark.parametrize(
    ("strategy", "settings"), [("tpe", {"initial_points": 3}), ("evolution", {"population": 3})]
)
def test_the_first_trials_are_random_as_many_as_set(strategy, settings):
    drawn = configs(run(study("random", trials=6))[0])
    mixed = configs(run(study(strategy, trials=6, settings=settings))[0])
    assert mixed[:3] == drawn[:3]
    assert mixed[3:] != drawn[3:]


def test_maximising_is_not_minimising():
    def width(suggestion: Suggestion) -> float:
        return float(suggestion.config["learning_rate"])

    def mean_of(objective: str) -> float:
        spec = study("tpe", TWO, trials=30, objective=objective)
        return float(np.mean([math.log(width(r.suggestion)) for r in run(spec, width)[0][15:]]))

    assert mean_of("val_accuracy") > mean_of("val_loss") + 2


@pytest.mark.parametrize("trials", [64, 128])
def test_quasi_random_leaves_no_gap(trials):
    """Every 8 x 8 cell of the square has its share, which chance never manages."""
    spec = study("quasi_random", TWO, trials=trials)
    shares = Encoding(spec.search_space).shares(configs(run(spec)[0]))
    cells = np.histogram2d(shares[:, 0], shares[:, 1], bins=8, range=[[0, 1], [0, 1]])[0]
    assert (cells == trials // 64).all()


def test_quasi_random_does_not_look_at_scores():
    spec = study("quasi_random", trials=20)
    assert configs(run(spec)[0]) == configs(run(spec, lambda s: float(s.number))[0])
