"""A metric of weighted rows: of all, of a slice, or of rows drawn anew, by one arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tuning_core.catalog.objectives import METRICS

RESAMPLES = 400
"""Draws of rows behind an interval."""
_MOST_NUMBERS = 20_000_000
"""Weights that are held at once; of more rows fewer draws are made."""


@dataclass(frozen=True)
class Answers:
    """What a model says to rows: ``predictions`` (n, outputs) and the ``truth`` (n,).

    Predictions are probabilities of the classes that ``truth`` numbers, or values in its unit.
    ``losses`` (n,) are None where nobody knows the loss.
    """

    predictions: np.ndarray
    truth: np.ndarray
    losses: np.ndarray | None = None

    def taken(self, rows: np.ndarray) -> Answers:
        """The answers to the rows of these numbers, or of this mask."""
        losses = None if self.losses is None else self.losses[rows]
        return Answers(self.predictions[rows], self.truth[rows], losses)


def each_row(metric: str, answers: Answers) -> np.ndarray | None:
    """What each row (n,) adds to a metric that is a mean over rows; None for any other metric."""
    if metric == "loss":
        return answers.losses
    if metric == "accuracy":
        right = answers.predictions.argmax(axis=1) == answers.truth
        return np.asarray(right, dtype=np.float64)
    error = answers.predictions[:, 0] - answers.truth
    return {"mae": np.abs, "mse": np.square}[metric](error) if metric in ("mae", "mse") else None


def scores(metric: str, answers: Answers, weights: np.ndarray) -> np.ndarray:
    """The metric (b,) under each of the ``weights`` (b, n): how often a row counts.

    Raises KeyError for a metric that the catalog has not.
    """
    rows = each_row(metric, answers)
    if rows is not None:
        return (weights @ rows) / np.maximum(1, weights.sum(axis=1))
    return _SCORES[metric](answers, weights)


def score(metric: str, answers: Answers) -> float:
    """The metric of all rows, each counted once."""
    return float(scores(metric, answers, np.ones((1, len(answers.truth))))[0])


def drawn_rows(rows: int, most: int = RESAMPLES) -> np.ndarray:
    """Weights (b, rows) of rows drawn anew with replacement (Efron 1979), the same each time."""
    draws = int(np.clip(_MOST_NUMBERS // max(1, rows), 50, most))
    shares = np.full(rows, 1 / rows)
    return np.random.default_rng(0).multinomial(rows, shares, draws).astype(np.float32)


def known_metrics(classes: int) -> tuple[str, ...]:
    """The metrics that rows of so many classes, 0 for values, can be judged by without a loss."""
    if not classes:
        return tuple(name for name in METRICS if name in ("mae", "mse", "r2"))
    return ("accuracy", *(("auc", "f1") if classes == 2 else ()))


def _f1(answers: Answers, weights: np.ndarray) -> np.ndarray:
    said = answers.predictions.argmax(axis=1)
    hits = weights @ (said * answers.truth).astype(np.float64)
    positives = weights @ (said + answers.truth).astype(np.float64)
    return np.divide(2 * hits, positives, out=np.zeros(len(hits)), where=positives > 0)


def _area(answers: Answers, weights: np.ndarray) -> np.ndarray:
    """The share of pairs of both classes in order, ties counting half (Hanley and McNeil 1982)."""
    levels, place = np.unique(answers.predictions[:, 1], return_inverse=True)
    order = np.argsort(place, kind="stable")
    sorted_weights = weights[:, order]
    ones = sorted_weights * (answers.truth[order] == 1).astype(np.float32)
    zeros = sorted_weights - ones
    if len(levels) < len(order):
        starts = np.searchsorted(place[order], np.arange(len(levels)))
        ones, zeros = (np.add.reduceat(part, starts, axis=1) for part in (ones, zeros))
    below = np.cumsum(zeros, axis=1, dtype=np.float64)
    below -= zeros / 2
    pairs = ones.sum(axis=1, dtype=np.float64) * zeros.sum(axis=1, dtype=np.float64)
    ordered = np.einsum("bu,bu->b", ones, below)
    return np.divide(ordered, pairs, out=np.full(len(pairs), 0.5), where=pairs > 0)


def _explained(answers: Answers, weights: np.ndarray) -> np.ndarray:
    """1 - squared errors / squares of the truth; of a constant truth 1 if exact, else 0."""
    y = answers.truth.astype(np.float64)
    squared = weights @ np.square(answers.predictions[:, 0] - y)
    rows = np.maximum(1, weights.sum(axis=1))
    centred = y - y.mean()  # For the digits of large values.
    total = weights @ np.square(centred) - np.square(weights @ centred) / rows
    constant = total <= 1e-12 * np.square(centred).sum()
    found = 1 - np.divide(squared, total, out=np.zeros(len(total)), where=~constant)
    return np.where(constant, (squared == 0).astype(float), found)


_SCORES: dict[str, Callable[[Answers, np.ndarray], np.ndarray]] = {
    "auc": _area,
    "f1": _f1,
    "r2": _explained,
}
