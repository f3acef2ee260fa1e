"""A search says where its range ended, what it lost and when it has tried all there is."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from benchmarks.diagnoses.curves_set import precise, recalled
from benchmarks.diagnoses.studies_judged import FILE, judged
from tuning_core.analysis.diagnoses import diagnose_study
from tuning_core.analysis.diagnoses.search import Search, Trials, widened
from tuning_core.analysis.importance import Importance, Importances
from tuning_core.analysis.observations import observations
from tuning_core.analysis.winner import Rivalry
from tuning_core.catalog import HYPERPARAMETERS, Value
from tuning_core.space import Range, SearchSpace, build_space

RATE = {"low": 1e-5, "high": 1e-2, "scale": "log"}
UNITS = {"low": 16, "high": 128, "step": 16}
Score = Callable[[Mapping[str, Value]], float]


def kinds(space: SearchSpace, trials: Trials, **known: Any) -> list[str]:
    table = observations(space, trials.configs, trials.scores, trials.direction)
    return [found.kind for found in diagnose_study(Search(space, trials, table, **known))]


def searched(space: SearchSpace, score: Score, trials: int = 30, seed: int = 0) -> Trials:
    rng = np.random.default_rng(seed)
    configs = [space.sample(rng) for _ in range(trials)]
    scores = [score(config) + 0.01 * rng.normal() for config in configs]
    return Trials(configs, scores, [False] * trials, "max")


SPACE = build_space("mlp", {"learning_rate": RATE, "units": UNITS}, "classification")


def rising(config: Mapping[str, Value]) -> float:
    return math.log10(float(config["learning_rate"]))


def inside(config: Mapping[str, Value]) -> float:
    return -((math.log10(float(config["learning_rate"])) + 3.5) ** 2)


def flat(config: Mapping[str, Value]) -> float:
    return 0.0


def test_a_score_that_grows_towards_the_end_of_a_range_is_said() -> None:
    trials = searched(SPACE, rising)
    table = observations(SPACE, trials.configs, trials.scores, "max")
    (found,) = diagnose_study(Search(SPACE, trials, table))
    assert found.kind == "edge"
    assert "learning rate" in found.evidence
    assert "above 0.01" in found.suggestion


@pytest.mark.parametrize("score", [inside, flat])
@pytest.mark.parametrize("seed", range(10))
def test_an_optimum_inside_and_pure_noise_say_nothing_of_an_edge(score: Score, seed: int) -> None:
    assert kinds(SPACE, searched(SPACE, score, seed=seed)) == []


def test_an_end_that_the_catalog_does_not_let_pass_is_not_an_edge() -> None:
    space = build_space("mlp", {"dropout": {"low": 0.0, "high": 0.5}, "units": UNITS})
    trials = searched(space, lambda config: -float(config["dropout"]))
    assert kinds(space, trials) == []


def test_many_lost_trials_name_the_rate_above_which_they_were_lost() -> None:
    trials = searched(SPACE, flat)
    gone = [float(config["learning_rate"]) > 3e-3 for config in trials.configs]
    assert sum(gone) >= 5
    scores = [None if lost else s for lost, s in zip(gone, trials.scores, strict=True)]
    lost = Trials(trials.configs, scores, gone, "max")
    table = observations(SPACE, lost.configs, lost.scores, "max")
    found = diagnose_study(Search(SPACE, lost, table))
    assert found[0].kind == "divergence"
    assert "End the range" in found[0].suggestion


def test_a_space_of_which_all_is_tried_is_exhausted() -> None:
    space = build_space("mlp", {"units": {"choices": [16, 32]}, "layers": {"choices": [1, 2]}})
    every = list(space.configurations())
    assert kinds(space, Trials(every, [0.1, 0.2, 0.3, 0.4], [False] * 4, "max")) == ["exhausted"]
    assert kinds(space, Trials(every[:3], [0.1, 0.2, 0.3], [False] * 3, "max")) == []


def test_an_idle_hyperparameter_needs_many_trials_and_a_narrow_interval() -> None:
    def found(trials: int, high: float) -> list[str]:
        items = (
            Importance("learning_rate", trials, 20, 0.9, 0.8, 0.95, 0.05),
            Importance("units", trials, 20, 0.004, 0.001, high, 0.02),
        )
        known = Importances(trials, trials, items, items)
        return kinds(SPACE, searched(SPACE, inside), importances=known)

    assert found(80, 0.02) == ["idle"]
    assert found(80, 0.2) == []
    assert found(30, 0.02) == []


def test_a_winner_within_noise_is_said_with_those_it_cannot_be_told_from() -> None:
    rival = Rivalry(3, 0.004, 0.02, (7, 9), "rows", 300)
    trials = searched(SPACE, inside)
    table = observations(SPACE, trials.configs, trials.scores, "max")
    (found,) = diagnose_study(Search(SPACE, trials, table, rival=rival))
    assert found.kind == "noise"
    assert "trial 7 and 1 more" in found.evidence
    assert "Confirm" in found.suggestion
    (found,) = diagnose_study(Search(SPACE, trials, table, rival=rival, recorded=True))
    assert found.suggestion == "Train the best few again where the search was run."


@pytest.mark.parametrize(
    ("tied", "said"),
    [
        (0, "cannot be told from trial 7 and 18 more: it leads by 0.004, and"),
        (1, "trial 7 and 18 more: 1 of them has the same score, and"),
        (9, "trial 7 and 18 more: 9 of them have the same score, and"),
        (19, "trial 7 and 18 more: all have the same score, and"),
    ],
)
def test_only_those_with_the_same_score_are_said_to_have_it(tied: int, said: str) -> None:
    rival = Rivalry(3, 0.004, 0.02, tuple(range(7, 26)), "rows", 300, tied)
    trials = searched(SPACE, inside)
    table = observations(SPACE, trials.configs, trials.scores, "max")
    (found,) = diagnose_study(Search(SPACE, trials, table, rival=rival))
    assert said in found.evidence


@pytest.mark.parametrize(
    ("entry", "upper", "ends"),
    [
        ({"learning_rate": RATE}, True, (1e-5, 0.1)),
        ({"learning_rate": RATE}, False, (1e-6, 1e-2)),
        ({"units": UNITS}, True, (16, 192)),
        ({"units": UNITS}, False, (16, 128)),
        ({"dropout": {"low": 0.1, "high": 0.5}}, False, (0.0, 0.5)),
        ({"momentum": {"low": 0.5, "high": 0.99, "scale": "reverse_log"}}, True, (0.5, 0.999)),
        ({"momentum": {"low": 0.9, "high": 0.99, "scale": "reverse_log"}}, False, (0.0, 0.99)),
        ({"batch_size": {"low": 16, "high": 64, "step": 2, "scale": "log"}}, True, (16, 512)),
    ],
)
def test_a_range_is_widened_on_its_own_scale_within_what_can_be(
    entry: dict[str, Any], upper: bool, ends: tuple[float, float]
) -> None:
    (parameter,) = build_space("mlp", entry, "classification").searched
    assert isinstance(parameter, Range)
    assert widened(parameter, HYPERPARAMETERS[parameter.name], upper) == pytest.approx(ends, abs=0)
    # What was tried keeps its place on the steps.
    space = build_space(
        "mlp", {parameter.name: {**entry[parameter.name], "low": ends[0]}}, "classification"
    )
    assert all(space[parameter.name].contains(value) for value in parameter.grid(4))


def test_on_searches_made_to_show_them_diagnoses_are_right() -> None:
    records = json.loads(FILE.read_text())
    assert sum(not record["label"] for record in records) >= 10
    counts = judged(records)
    assert all(precise(found) >= 0.9 for found in counts.values())
    assert recalled(sum(counts.values(), Counter())) >= 0.9


def test_equals_far_from_the_end_keep_an_edge_from_being_seen() -> None:
    trials = searched(SPACE, rising)
    assert "edge" in kinds(SPACE, trials)
    best = max(score for score in trials.scores if score is not None)
    least = min(range(30), key=lambda place: trials.configs[place]["learning_rate"])
    scores = [best if place == least else score for place, score in enumerate(trials.scores)]
    assert "edge" not in kinds(SPACE, Trials(trials.configs, scores, trials.diverged, "max"))
