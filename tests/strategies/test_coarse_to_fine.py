"""Rounds of random search, each around the best of the trials before it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.strategies.life import MIXED, bowl, configs, run, study
from tuning_core.strategies import Suggestion
from tuning_core.strategies.encoding import Encoding

SQUARE: dict[str, Any] = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
    "dropout": {"low": 0.0, "high": 0.5},
}


def rounds(spec, score, number: int) -> list[np.ndarray]:
    shares = Encoding(spec.search_space).shares(configs(run(spec, score)[0]))
    return np.split(shares, number)


def towards(rate: float, dropout: float):
    def distance(suggestion: Suggestion) -> float:
        config = suggestion.config
        step = math.log10(float(config["learning_rate"]) / rate) / 3
        return math.hypot(step, (float(config["dropout"]) - dropout) / 0.5)

    return distance


@pytest.mark.parametrize("best", [(1e-2, 0.2), (1e-4, 0.0), (1e-1, 0.5)])
def test_each_round_is_narrower_and_closer(best):
    spec = study("coarse_to_fine", SQUARE, trials=60)
    first, second, third = rounds(spec, towards(*best), 3)
    centre = Encoding(spec.search_space).shares([{"learning_rate": best[0], "dropout": best[1]}])
    away = [np.abs(part - centre).mean() for part in (first, second, third)]
    assert away[0] > 1.5 * away[1] > 1.5 * away[2]


def test_the_first_round_is_the_whole_space():
    spec = study("coarse_to_fine", SQUARE, trials=90)
    first = rounds(spec, towards(1e-2, 0.2), 3)[0]
    assert (first.min(axis=0) < 0.15).all()
    assert (first.max(axis=0) > 0.85).all()


def test_a_round_stays_within_half_a_gap_of_the_best():
    spec = study("coarse_to_fine", SQUARE, trials=40, settings={"rounds": 2, "keep": 0.1})
    score = towards(1e-2, 0.2)
    records, _ = run(spec, score)
    first, second = rounds(spec, score, 2)
    ranked = first[np.argsort([record.score or 0.0 for record in records[:20]])]
    for axis in range(2):
        low, high = ranked[:2, axis].min(), ranked[:2, axis].max()
        below = first[first[:, axis] < low, axis].max(initial=-low)
        above = first[first[:, axis] > high, axis].min(initial=2 - high)
        assert (second[:, axis] >= (low + below) / 2 - 1e-9).all()
        assert (second[:, axis] <= (high + above) / 2 + 1e-9).all()
    assert np.ptp(second, axis=0).max() < 0.5


def test_choices_narrow_to_those_of_the_best_two_at_least():
    liked: dict[str, list[Any]] = {
        "activation": ["tanh", "elu", "relu", "sigmoid"],
        "batch_size": [16, 32, 8, 64, 128],
    }
    space = {**SQUARE, **{name: {"choices": sorted(values)} for name, values in liked.items()}}
    settings = {"rounds": 2, "keep": 0.05}
    for name, values in liked.items():

        def place(suggestion: Suggestion, name: str = name, values: list[Any] = values) -> float:
            return float(values.index(suggestion.config[name]))

        records, _ = run(study("coarse_to_fine", space, trials=80, settings=settings), place)
        assert {config[name] for config in configs(records[40:])} == set(values[:2])


def test_of_numbers_those_between_the_best_stay():
    space = {"batch_size": {"choices": [128, 8, 16, 64, 32]}, **SQUARE}

    def extremes(suggestion: Suggestion) -> float:
        return float(suggestion.config["batch_size"] not in (8, 64))

    spec = study("coarse_to_fine", space, trials=80, settings={"rounds": 2, "keep": 0.3})
    later = configs(run(spec, extremes)[0][40:])
    assert {config["batch_size"] for config in later} == {8, 16, 32, 64}


def test_what_the_best_do_not_have_keeps_its_whole_range():
    def adam_first(suggestion: Suggestion) -> float:
        return float(suggestion.config["optimizer"] == "sgd")

    settings = {"rounds": 2, "keep": 0.2}
    space = {key: MIXED[key] for key in ("learning_rate", "optimizer", "momentum")}
    spec = study("coarse_to_fine", space, trials=200, settings=settings)
    records, _ = run(spec, adam_first)
    momentum = [float(c["momentum"]) for c in configs(records[100:]) if "momentum" in c]
    assert min(momentum) < 0.6
    assert max(momentum) > 0.97


@pytest.mark.parametrize(("rounds_", "trials"), [(3, 2), (20, 7), (2, 1)])
def test_more_rounds_than_trials_are_no_matter(rounds_, trials):
    spec = study("coarse_to_fine", trials=trials, settings={"rounds": rounds_})
    assert len(run(spec)[0]) == trials


def test_it_finds_more_than_random():
    def best(strategy: str, seed: int) -> float:
        records, _ = run(study(strategy, trials=60, epochs=10, seed=seed), bowl)
        return min(record.score or math.inf for record in records)

    assert sum(best("coarse_to_fine", s) < best("random", s) for s in range(5)) >= 4
