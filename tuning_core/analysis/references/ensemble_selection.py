"""Which models an ensemble is made of, and how much each says, chosen on validation rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tuning_core.analysis.references.paired import Answers, Direction, metric_of

ROUNDS = 40
"""Models that are added to an ensemble at most, one after the other."""
PARTS = 5
"""Parts of the validation rows, each of which judges what the others have chosen."""


def chosen_weights(
    metric: str, direction: Direction, answers: Sequence[Answers], truth: np.ndarray
) -> np.ndarray:
    """The weight of each model in the mean of their answers, float64 (models,), 1 in sum.

    Caruana et al. 2004, "Ensemble Selection from Libraries of Models": forward selection with
    replacement (section 2.1) from the best single model on (2.2), so that on these rows the mean
    is never worse than that one.
    """

    def score(mean: Answers) -> tuple[float, float]:
        value = metric_of(metric, mean, truth)
        # Of ensembles of one accuracy the surer one is better; values have no such second.
        second = "log_loss" if mean.shape[1] > 1 else "mse"
        return (value if direction == "max" else -value, -metric_of(second, mean, truth))

    places = range(len(answers))
    counts = np.zeros(len(answers))
    first = max(places, key=lambda place: score(answers[place]))
    counts[first], total = 1.0, np.array(answers[first], np.float64)
    kept, kept_score = counts.copy(), score(total)
    for size in range(2, ROUNDS + 1):
        tried = [score((total + one) / size) for one in answers]
        place = max(places, key=lambda number: tried[number])
        counts[place] += 1
        total += answers[place]
        if tried[place] > kept_score:
            kept, kept_score = counts.copy(), tried[place]
    return np.asarray(kept / kept.sum())


def averaged(answers: Sequence[Answers], weights: Sequence[float] | np.ndarray) -> Answers:
    """The weighted mean of the answers."""
    return np.asarray(sum(w * one for w, one in zip(weights, answers, strict=True)))


def judged_apart(
    metric: str,
    direction: Direction,
    answers: Sequence[Answers],
    truth: np.ndarray,
    seed: int = 0,
) -> tuple[Answers, Answers]:
    """(ensemble's, best single model's) answers to rows that chose neither.

    Each of :data:`PARTS` parts of the rows is answered by the weights and by the single model that
    the other parts have chosen. That the models themselves were kept by these rows, it cannot undo.
    """
    order = np.random.default_rng(seed).permutation(len(truth))
    ensemble, single = np.zeros_like(answers[0]), np.zeros_like(answers[0])
    sign = 1.0 if direction == "max" else -1.0
    for held in np.array_split(order, min(PARTS, len(truth))):
        others = np.setdiff1d(order, held)
        known = [one[others] for one in answers]
        weights = chosen_weights(metric, direction, known, truth[others])
        ensemble[held] = averaged([one[held] for one in answers], weights)
        scores = [sign * metric_of(metric, one, truth[others]) for one in known]
        single[held] = answers[int(np.argmax(scores))][held]
    return ensemble, single
