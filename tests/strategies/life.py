"""Running a strategy on a function in place of a training."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tuning_core.catalog.statuses import TrialStatus
from tuning_core.space import Config
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.strategies import ReplayableOracle, Suggestion, TrialRecord, make_oracle

Score = Callable[[Suggestion], float]

MIXED: dict[str, Any] = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
    "units": {"low": 16, "high": 128, "step": 16},
    "dropout": {"low": 0.0, "high": 0.5},
    "optimizer": {"choices": ["adam", "sgd"]},
    "momentum": {
        "low": 0.5,
        "high": 0.99,
        "scale": "reverse_log",
        "when": {"optimizer": ["sgd"]},
    },
}
EIGHT: dict[str, Any] = {
    "optimizer": {"choices": ["adam", "sgd"]},
    "units": {"choices": [16, 32]},
    "momentum": {"choices": [0.0, 0.5, 0.9], "when": {"optimizer": ["sgd"]}},
}
EIGHTEEN: dict[str, Any] = {
    "layers": {"low": 1, "high": 3},
    "units": {"low": 16, "high": 48, "step": 16},
    "activation": {"choices": ["relu", "tanh"]},
}


def listed(space: dict[str, Any], count: int = 40) -> list[Config]:
    """Settings of ``manual``: the configurations of a space, or as many of a continuous one."""
    whole = study("random", space).search_space
    if whole.size() is None:
        rng = np.random.default_rng(0)
        configs = [whole.sample(rng) for _ in range(count)]
    else:
        configs = list(whole.configurations())
    names = [parameter.name for parameter in whole.searched]
    return [{name: config[name] for name in names if name in config} for config in configs]


def study(strategy: str, space: dict[str, Any] | None = None, **fields: Any) -> StudySpec:
    """A study on iris; ``trials``, ``epochs`` and ``settings`` go where they belong."""
    budget = {k: fields.pop(k) for k in ("trials", "epochs") if k in fields}
    return parse_spec(
        {
            "dataset": {"id": "iris"},
            "space": MIXED if space is None else space,
            "strategy": {"id": strategy, "settings": fields.pop("settings", {})},
            "objective": "val_loss",
            "budget": budget,
            **fields,
        }
    )


def bowl(suggestion: Suggestion) -> float:
    """A smooth function of a configuration; more epochs make it smaller."""
    config = suggestion.config
    rate = math.log10(float(config["learning_rate"])) + 2.5
    width = (float(config["units"]) - 80) / 64
    kind = 0.3 if config["optimizer"] == "adam" else float(config["momentum"]) - 0.9
    return rate**2 + width**2 + kind**2 + float(config["dropout"]) + 1 / suggestion.epochs


def run(
    spec: StudySpec,
    score: Score = bowl,
    records: Sequence[TrialRecord] = (),
    at_most: int | None = None,
) -> tuple[list[TrialRecord], ReplayableOracle]:
    """Go on from ``records`` until the strategy stops, or has made ``at_most`` more trials."""
    oracle = make_oracle(spec)
    oracle.restore(records)
    result = list(records)
    while at_most is None or len(result) - len(records) < at_most:
        trial = oracle.create_trial("here")
        if trial.status == "STOPPED":
            break
        suggestion = oracle.suggestion(trial)
        value = score(suggestion)
        if math.isnan(value):
            trial.status = "FAILED"
            result.append(TrialRecord(suggestion, TrialStatus.DIVERGED))
        else:
            oracle.update_trial(trial.trial_id, {spec.objective: value})
            trial.status = "COMPLETED"
            result.append(TrialRecord(suggestion, TrialStatus.COMPLETED, value))
        oracle.end_trial(trial)
    return result, oracle


def configs(records: Sequence[TrialRecord]) -> list[Config]:
    """The configuration of each trial."""
    return [record.suggestion.config for record in records]


def uncorrelated(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two sequences, also shifted by one or two, look independent (|r| < 0.35)."""
    pairs = [(a[i:], b[: len(b) - i]) for i in range(3)] + [
        (a[: len(a) - i], b[i:]) for i in (1, 2)
    ]
    return all(abs(np.corrcoef(x, y)[0, 1]) < 0.35 for x, y in pairs)
