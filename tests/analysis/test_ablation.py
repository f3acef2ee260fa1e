"""A path from one configuration to another whose gains are known, and when a gain is luck."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_rel

from tuning_core.analysis.ablation import (
    WAYS,
    Path,
    Scores,
    changed,
    configurations,
    differences,
    in_effect,
    measured,
    path_document,
    path_from,
)
from tuning_core.space import Config, build_space, default_config

SPACE = build_space(
    "mlp",
    {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
        "dropout": {"low": 0.0, "high": 0.5},
        "optimizer": {"choices": ["adam", "sgd"]},
        "momentum": {
            "low": 0.0,
            "high": 0.99,
            "scale": "reverse_log",
            "when": {"optimizer": ["sgd"]},
        },
    },
)
DEFAULT = default_config(SPACE)
BEST = {**DEFAULT, "learning_rate": 0.02, "dropout": 0.3, "optimizer": "sgd", "momentum": 0.9}
for name in set(BEST) - {p.name for p in SPACE.parameters if SPACE.active(p.name, BEST)}:
    del BEST[name]


class Objective:
    """SGD gains 0.3, but only 0.1 before the rate has changed, which gains 0.2; dropout nothing."""

    def __init__(self, noise: float = 0.0) -> None:
        self.known: dict[str, Scores] = {}
        self.rng = np.random.default_rng(3)
        self.noise = noise

    def __call__(self, config: Config) -> Scores:
        key = json.dumps(in_effect(SPACE, config), sort_keys=True)
        if key not in self.known:
            rate, sgd = config["learning_rate"] == 0.02, config["optimizer"] == "sgd"
            score = 0.2 * rate + (0.3 if rate else 0.1) * sgd
            self.known[key] = [score + self.noise * self.rng.normal() for _ in range(3)]
        return self.known[key]


def test_each_round_makes_the_change_that_gains_most_and_children_come_with_parents() -> None:
    objective = Objective()
    steps, whole = measured(WAYS["greedy"](SPACE, DEFAULT, BEST, "max", objective), "max")
    assert differences(SPACE, DEFAULT, BEST) == ["learning_rate", "dropout", "optimizer"]
    assert [step.name for step in steps] == [None, "learning_rate", "optimizer", "dropout"]
    assert [step.gain for step in steps[1:]] == pytest.approx([0.2, 0.3, 0.0])
    assert [step.tried for step in steps[1:]] == [3, 2, 1]
    assert steps[2].brought == {"momentum": (None, 0.9)}
    assert (steps[1].before, steps[1].after) == (DEFAULT["learning_rate"], 0.02)
    assert len(objective.known) == 7 == configurations(3, "greedy")
    assert whole == pytest.approx((0.5, 0.5, 0.5))


def test_the_quicker_way_trains_each_change_alone_and_then_the_path() -> None:
    objective = Objective()
    steps, _ = measured(WAYS["quick"](SPACE, DEFAULT, BEST, "max", objective), "max")
    # Taken back alone, the rate costs 0.4 (SGD is worth 0.1 then) and SGD 0.3.
    assert [step.name for step in steps] == [None, "learning_rate", "optimizer", "dropout"]
    assert [step.gain for step in steps[1:]] == pytest.approx([0.2, 0.3, 0.0])
    assert len(objective.known) == 6 == configurations(3, "quick")


def test_of_losses_the_smaller_is_the_better() -> None:
    def loss(config: Config) -> Scores:
        return [1.0 - score for score in Objective()(config) if score is not None]

    steps, whole = measured(WAYS["greedy"](SPACE, DEFAULT, BEST, "min", loss), "min")
    assert [step.name for step in steps[1:]] == ["learning_rate", "optimizer", "dropout"]
    assert whole is not None
    assert whole[0] == pytest.approx(0.5)


def test_the_intervals_tell_a_gain_from_luck() -> None:
    steps, whole = measured(
        WAYS["greedy"](SPACE, DEFAULT, BEST, "max", Objective(noise=0.01)), "max"
    )
    by_name = {step.name: step for step in steps}
    assert by_name["learning_rate"].sure
    assert by_name["optimizer"].sure
    assert not by_name["dropout"].sure
    assert whole is not None
    assert whole[1] < 0.5 < whole[2]
    two, _ = measured([steps[0], steps[-1]], "max")
    # Of two configurations the test is Student's on the pairs of seeds.
    pair = ttest_rel(steps[-1].scores, steps[0].scores).confidence_interval(0.95)
    assert (two[1].low, two[1].high) == pytest.approx((pair.low, pair.high))


def test_a_change_takes_its_children_with_it_both_ways() -> None:
    sgd = changed(SPACE, DEFAULT, BEST, "optimizer")
    assert (sgd["optimizer"], sgd["momentum"]) == ("sgd", 0.9)
    assert sgd["learning_rate"] == DEFAULT["learning_rate"]
    back = changed(SPACE, BEST, DEFAULT, "optimizer")
    assert "momentum" not in back
    assert back["dropout"] == 0.3


def test_what_inherits_another_value_stays_away_until_it_is_changed() -> None:
    dropout = {"low": 0.0, "high": 0.5}
    searched = {"layers": {"choices": [1, 2]}, "units_2": {"low": 8, "high": 64}}
    space = build_space("mlp", {**searched, "dropout": dropout})
    start = {**default_config(space), "layers": 2}
    best: dict[str, Any] = {**start, "units_2": 16, "dropout": 0.4}
    assert "units_2" not in changed(space, start, best, "dropout")
    assert changed(space, start, best, "units_2")["units_2"] == 16
    assert set(differences(space, start, best)) == {"dropout", "units_2"}


def test_a_configuration_that_cannot_be_trained_is_passed_by_as_long_as_it_can_be() -> None:
    objective = Objective()

    def scores_of(config: Config) -> Scores:
        lost = config["learning_rate"] == 0.02 and config["optimizer"] == "adam"
        return [None, 0.1, 0.1] if lost else objective(config)

    steps, whole = measured(WAYS["greedy"](SPACE, DEFAULT, BEST, "max", scores_of), "max")
    assert [step.name for step in steps][1] == "optimizer"
    assert whole is not None
    path = Path("greedy", 3, 10, 21, tuple(steps), *whole)
    assert path_from(json.loads(json.dumps(path_document(path)))) == path
    assert path_from({"way": "greedy"}) is None
