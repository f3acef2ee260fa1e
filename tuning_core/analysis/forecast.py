"""What score to expect of a setting before it is trained, from the scores of earlier ones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuning_core.catalog import HYPERPARAMETERS, Objective, Value

if TYPE_CHECKING:
    from sklearn.gaussian_process import GaussianProcessRegressor

FEWEST = 5
"""Scores below which nothing is forecast: too few to say how far a forecast is off."""

MOST = 60
"""The newest scores that a forecast rests on; the time it takes grows with their cube."""

COVERAGE = 0.8
"""Share of scores that should fall inside the interval."""

EPOCHS = "epochs"

_Scale = Callable[[float], float]

_LENGTHS = (0.25, 0.5, 1.0, 2.0)
"""Lengths of the kernel, in the diagonal of all hyperparameters' ranges."""

_NOISES = (0.01, 0.1, 0.4)
"""Variances of the noise, in that of the scores."""

_LEAST = 0.8
"""Deviations that the interval has at least: a few lucky errors prove no certainty."""

_UNIT_SCORES = ("accuracy", "auc", "f1")
_SHARPEST = 1e-3
"""The smallest distance from 0 or 1 that a share is told apart from them."""


@dataclass(frozen=True)
class Forecast:
    """The expected score and the interval around it that covers 80 % of scores."""

    expected: float
    low: float
    high: float

    def surprised_by(self, score: float) -> bool:
        """Whether a score fell outside."""
        return not self.low <= score <= self.high


def forecast(
    configs: Sequence[Mapping[str, Value]],
    scores: Sequence[float],
    setting: Mapping[str, Value],
    objective: Objective,
) -> Forecast | None:
    """The score that ``setting`` is expected to reach; None before there are five scores.

    ``configs`` have the hyperparameters of each score, oldest first, and may have ``epochs``.
    A Gaussian process over the hyperparameters that differ (Rasmussen and Williams 2006,
    "Gaussian Processes for Machine Learning", algorithm 2.1), on a scale on which the score has
    no bound. Its own uncertainty trusts its kernel, so the interval is that uncertainty times
    what 80 % of the leave-one-out errors (equations 5.10 to 5.12 there) needed, with the
    correction of conformal prediction for their number (Vovk et al. 2005).
    """
    known = [(c, s) for c, s in zip(configs, scores, strict=True) if math.isfinite(s)][-MOST:]
    if len(known) < FEWEST:
        return None
    to_line, from_line = _scale(objective)
    x = _features([*(config for config, _ in known), setting])
    y = np.array([to_line(score) for _, score in known])
    middle, deviation = float(y.mean()), float(y.std()) or 1.0
    standard = (y - middle) / deviation
    process, errors = _fitted(x[:-1], standard)
    mean, uncertainty = process.predict(x[-1:], return_std=True)
    width = float(uncertainty[0]) * _quantile(errors)
    ends = [float(mean[0]) + side * width for side in (-1.0, 0.0, 1.0)]
    low, expected, high = (from_line(end * deviation + middle) for end in ends)
    return Forecast(expected, min(low, high), max(low, high))


def _fitted(x: np.ndarray, y: np.ndarray) -> tuple[GaussianProcessRegressor, np.ndarray]:
    """The process whose leave-one-out predictions are the best of a few, and their errors.

    Few and coarse, since fine ones would fit the errors as well, which must stay honest. Errors
    are in the deviations that the process gives them, smallest first.
    """
    # Takes a second or two, which nobody should wait for who only wants to look at forecasts.
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import Matern, WhiteKernel

    best: tuple[float, GaussianProcessRegressor, np.ndarray] | None = None
    for length, noise in itertools.product(_LENGTHS, _NOISES):
        kernel = Matern(length * math.sqrt(x.shape[1]), nu=2.5) + WhiteKernel(noise)
        process = GaussianProcessRegressor(kernel, optimizer=None).fit(x, y)
        inverse = np.linalg.inv(kernel(x))
        weight = np.diag(inverse)
        # The error y - mean is (K^-1 y) / diag, its variance 1 / diag.
        errors = (inverse @ y) / np.sqrt(weight)
        density = float(np.sum(0.5 * np.log(weight) - 0.5 * errors**2))
        if best is None or density > best[0]:
            best = density, process, np.sort(np.abs(errors))
    assert best is not None
    return best[1], best[2]


def _quantile(errors: np.ndarray) -> float:
    """How many deviations cover 80 % of the errors, with the correction for their number."""
    place = min(len(errors), math.ceil((len(errors) + 1) * COVERAGE))
    return max(float(errors[place - 1]), _LEAST)


def _features(configs: Sequence[Mapping[str, Value]]) -> np.ndarray:
    """A row per configuration, a column per hyperparameter that differs, from 0 to 1.

    A choice has a column per value; one that a configuration lacks stands in the middle.
    """
    names = list(dict.fromkeys(name for config in configs for name in config))
    columns: list[np.ndarray] = []
    for name in names:
        values = [config.get(name) for config in configs]
        if len({value for value in values if value is not None}) < 2 and None not in values:
            continue
        if any(isinstance(value, str | bool) for value in values):
            kinds = list(dict.fromkeys(values))
            columns += [np.array([float(v == kind) for v in values]) for kind in kinds]
        else:
            columns.append(_numbers(name, values))
    return np.stack(columns, axis=1) if columns else np.zeros((len(configs), 1))


def _numbers(name: str, values: Sequence[Value | None]) -> np.ndarray:
    scale = math.log1p if name == EPOCHS else _usual_scale(name)
    places = np.array([math.nan if value is None else scale(float(value)) for value in values])
    low, high = np.nanmin(places), np.nanmax(places)
    places = (places - low) / ((high - low) or 1.0)
    return np.where(np.isnan(places), 0.5, places)


def _usual_scale(name: str) -> _Scale:
    hyperparameter = HYPERPARAMETERS[name]
    kind = hyperparameter.suggested.get("scale", "linear")
    if hyperparameter.kind == "integer":
        return math.log1p
    return _log if kind == "log" else _reverse_log if kind == "reverse_log" else float


def _log(value: float) -> float:
    return math.log(max(value, 1e-9))


def _reverse_log(value: float) -> float:
    return -math.log1p(-min(value, 1 - 1e-7))


def _scale(objective: Objective) -> tuple[_Scale, _Scale]:
    """The way to a line without ends, and back."""
    if objective.metric in _UNIT_SCORES:
        return _logit, lambda line: 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, line))))
    if objective.direction == "min":
        return lambda score: math.log(max(score, 1e-12)), lambda line: math.exp(min(line, 100.0))
    return lambda score: -math.log(max(1e-12, 1.0 - score)), lambda line: 1.0 - math.exp(-line)


def _logit(share: float) -> float:
    inside = min(max(share, _SHARPEST), 1 - _SHARPEST)
    return math.log(inside / (1 - inside))
