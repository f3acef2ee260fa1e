"""Objectives that cost nothing, to compare how strategies search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tuning_core.catalog import Value
from tuning_core.spec.study import StudySpec, parse_spec

SPACE: dict[str, Any] = {
    "learning_rate": {"low": 1e-5, "high": 1e-1, "scale": "log"},
    "momentum": {"low": 0.0, "high": 0.99},
    "dropout": {"low": 0.0, "high": 0.8},
    "units": {"low": 8, "high": 1024, "scale": "log"},
    "batch_size": {"low": 8, "high": 1024, "scale": "log"},
    "layers": {"low": 1, "high": 8},
    "optimizer": "sgd",
}
"""Six hyperparameters whose scales mean the same in Keras Tuner."""

_WEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_SHARPNESS = np.array(
    [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ]
)
_CENTRES = np.array(
    [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
)
BOWL_CENTRE = np.array([0.31, 0.62, 0.2, 0.72, 0.55, 0.45])
BOWL_SLOPES = np.array([3.0, 2.0, 1.5, 2.0, 1.0, 1.0])


def hartmann(x: np.ndarray) -> float:
    """Hartmann's function of six variables in 0..1; minimum -3.3224 (Dixon and Szego 1978)."""
    distances = np.sum(_SHARPNESS * (x - _CENTRES) ** 2, axis=1)
    return -float(_WEIGHTS @ np.exp(-distances))


def rippled_bowl(x: np.ndarray) -> float:
    """A narrow bowl with an interaction and ripples, as curves of real trainings; minimum 0."""
    d = (x - BOWL_CENTRE) * BOWL_SLOPES
    return float(d @ d + 0.3 * d[0] * d[1] + 0.025 * np.sum(1 - np.cos(6 * np.pi * d)))


LANDSCAPES = {"Hartmann's function": hartmann, "a rippled bowl": rippled_bowl}


def spec(strategy: str, trials: int, seed: int, parallel: int = 1) -> StudySpec:
    """A study over the six hyperparameters; it is never trained."""
    return parse_spec(
        {
            "seed": seed,
            "dataset": {"id": "digits"},
            "space": SPACE,
            "strategy": {"id": strategy},
            "objective": "val_loss",
            "parallel": parallel,
            "budget": {"trials": trials},
        }
    )


def height(name: str, study: StudySpec, values: Mapping[str, Value]) -> float:
    """The objective of a configuration, each hyperparameter at its position on its scale."""
    searched = {parameter.name: parameter for parameter in study.search_space.searched}
    x = np.array([searched[n].position(values[n]) for n in SPACE if n in searched])
    return LANDSCAPES[name](x)
