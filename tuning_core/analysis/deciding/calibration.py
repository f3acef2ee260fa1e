"""Whether a model is right as often as it says it is, and the temperature that mends it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from tuning_core.analysis.metric_intervals import Interval, mean_interval, share_interval
from tuning_core.catalog.limits import TEMPERATURES

BINS = 10
LEAST_IN_BIN = 10
"""Rows: of few there are fewer bins."""

LEAST_ROWS = 40
"""Rows on which a temperature is fitted."""

FOLDS = 5
_SIMULATED = 200
_HALVINGS = 7
"""Of the way to a temperature: to a hundredth of it."""
_SMALLEST = 1e-30
"""A probability that single precision has rounded to 0 has a logarithm nevertheless."""


@dataclass(frozen=True)
class Bin:
    """Rows of about one confidence: what was said on average, how often it was right."""

    said: float
    right: Interval


@dataclass(frozen=True)
class Calibration:
    """How what is said fits what is.

    ``error`` is the expected calibration error, ``by_chance`` the one that a perfectly calibrated
    model would show on so many rows, by luck, in 95 of 100 cases. ``brier`` is the Brier score.
    ``loss`` is the mean negative logarithm of the probability of the truth.
    """

    bins: tuple[Bin, ...]
    error: float
    by_chance: float
    brier: Interval
    loss: Interval


@dataclass(frozen=True)
class Scaling:
    """A temperature fitted on validation rows, and whether it is worth having.

    ``gain`` is how much it lowers the loss of rows that it was not fitted on, with its interval:
    each fifth of the rows by the temperature of the others.
    ``cross_fitted`` (n, classes) are their probabilities so.
    """

    temperature: float
    gain: Interval
    cross_fitted: np.ndarray

    @property
    def helps(self) -> bool:
        """Whether the gain is more than its own standard error: else it stays at 1."""
        return self.gain.value > self.gain.error

    @property
    def offered(self) -> float:
        """The temperature to use: 1 where it does not help."""
        return self.temperature if self.helps else 1.0


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """The probabilities (n, classes) with the softmax's logits divided by a temperature."""
    if temperature == 1.0:
        return probabilities
    logits = np.log(np.maximum(probabilities.astype(np.float64), _SMALLEST)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def calibration(probabilities: np.ndarray, truth: np.ndarray) -> Calibration:
    """Of the ``probabilities`` (n, classes) for rows whose class is ``truth`` (n,).

    Bins are of the class that is said, and have equally many rows. The expected calibration error
    is that of Naeini, Cooper and Hauskrecht 2015, "Obtaining Well Calibrated Probabilities Using
    Bayesian Binning", over these bins; the score that of Brier 1950, halved for two classes.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    bins = tuple(
        Bin(float(confidence[rows].mean()), share_interval(int(right[rows].sum()), len(rows)))
        for rows in _bins(confidence)
    )
    squares = np.square(probabilities - np.eye(probabilities.shape[1])[truth]).sum(axis=1)
    if probabilities.shape[1] == 2:
        squares = squares / 2
    return Calibration(
        bins,
        expected_calibration_error(confidence, right),
        _by_chance(confidence),
        mean_interval(squares),
        mean_interval(losses(probabilities, truth)),
    )


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Mean distance, over rows, of what is said in a bin (n,) from how often it is right (n,)."""
    found = sum(
        len(rows) * abs(float(confidence[rows].mean()) - float(right[rows].mean()))
        for rows in _bins(confidence)
    )
    return found / len(confidence)


def losses(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The negative logarithm of the probability of each row's truth (n,)."""
    return np.asarray(
        -np.log(np.maximum(probabilities[np.arange(len(truth)), truth], _SMALLEST)),
        dtype=np.float64,
    )


def scaling(probabilities: np.ndarray, truth: np.ndarray) -> Scaling | None:
    """The temperature of rows that the network did not train on; None for too few of them.

    Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks". Not the one
    of the least loss, which few rows push too far, but the mildest whose loss is within a standard
    error of it, as Breiman et al. 1984 choose among trees ("Classification and Regression Trees",
    section 3.4.3).
    """
    if len(truth) < LEAST_ROWS:
        return None
    crossed = np.empty(probabilities.shape)
    for others, rows in _parts(truth):
        fitted = _mildest(probabilities[others], truth[others])
        crossed[rows] = tempered(probabilities[rows], fitted)
    gains = losses(probabilities, truth) - losses(crossed, truth)
    return Scaling(_mildest(probabilities, truth), mean_interval(gains), crossed)


def _mildest(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Between 1 and the temperature of the least loss."""
    best = _fitted(probabilities, truth)
    least = losses(tempered(probabilities, best), truth)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        more = mean_interval(losses(tempered(probabilities, best**share), truth) - least)
        low, high = (low, share) if more.value <= more.error else (share, high)
    return float(best**high)


def _fitted(probabilities: np.ndarray, truth: np.ndarray) -> float:
    logits = np.log(np.maximum(probabilities.astype(np.float64), _SMALLEST))
    logits -= logits.max(axis=1, keepdims=True)
    of_truth = logits[np.arange(len(truth)), truth]

    def loss(logarithm: float) -> float:
        sharper = math.exp(-logarithm)
        totals = np.log(np.exp(sharper * logits).sum(axis=1))
        return float(np.mean(totals - sharper * of_truth))

    # Convex in 1 / temperature, so that it has one valley on the logarithm too.
    low, high = (math.log(end) for end in TEMPERATURES)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded")
    return math.exp(float(found.x))


def _parts(truth: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(other rows, rows) of each fifth; every class is spread over all of them."""
    mixed = np.random.default_rng(0).permutation(len(truth))
    mixed = mixed[np.argsort(truth[mixed], kind="stable")]
    fold = np.empty(len(truth), dtype=int)
    fold[mixed] = np.arange(len(truth)) % FOLDS
    for number in range(FOLDS):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _bins(confidence: np.ndarray) -> list[np.ndarray]:
    """Places of the rows of each bin, from the least confidence to the most."""
    bins = max(1, min(BINS, len(confidence) // LEAST_IN_BIN))
    return [
        rows for rows in np.array_split(np.argsort(confidence, kind="stable"), bins) if len(rows)
    ]


def _by_chance(confidence: np.ndarray) -> float:
    """The 95th percentile of the error of truths that are drawn as the model says they are."""
    rng, bins = np.random.default_rng(0), _bins(confidence)
    found = np.zeros(_SIMULATED)
    for rows in bins:
        said = confidence[rows]
        # Of many rows their sum is as good as normal.
        spread = math.sqrt(float(np.sum(said * (1 - said))))
        found += np.abs(rng.normal(0.0, spread, _SIMULATED))
    return float(np.quantile(found / len(confidence), 0.95))
