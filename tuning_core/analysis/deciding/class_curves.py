"""How well the probability of a class tells its rows from the others, at every threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from tuning_core.analysis.metric_intervals import LEVEL, RESAMPLES, Interval, share_interval

MOST_STEPS = 1_000
"""Thresholds of a curve and its band; of more probabilities those at even shares of the rows."""

GRID = np.linspace(0.0, 1.0, 101)
"""Places of a band."""

_NORMAL = float(ndtri(0.5 + LEVEL / 2))


@dataclass(frozen=True)
class ClassCurves:
    """One class against the rest.

    ``false_alarms``, ``hits`` (k,) are shares of the other rows and of the class's rows that are
    said to be of the class at a threshold: the ROC curve, whose 95% band over :data:`GRID` has
    the ends ``hits_low``, ``hits_high``. ``recall``, ``precision`` (m,) are the
    precision-recall curve, a step function, with ``precision_low`` and ``precision_high`` over
    :data:`GRID`. ``base_rate`` is the precision of saying the class of every row.
    """

    false_alarms: np.ndarray
    hits: np.ndarray
    hits_low: np.ndarray
    hits_high: np.ndarray
    area: Interval
    recall: np.ndarray
    precision: np.ndarray
    precision_low: np.ndarray
    precision_high: np.ndarray
    average_precision: Interval
    base_rate: float


def class_curves(probability: np.ndarray, of_class: np.ndarray) -> ClassCurves | None:
    """The curves of a class with ``probability`` (n,) for rows that are of it or not (n,).

    None where either kind of row is missing. The bands are pointwise, from a bootstrap over rows
    stratified by kind (Efron 1979).
    """
    of_class = np.asarray(of_class, dtype=bool)
    positives, negatives = int(of_class.sum()), int((~of_class).sum())
    if not positives or not negatives:
        return None
    hit, alarm = _counts(probability, of_class)
    true, false = np.cumsum(hit), np.cumsum(alarm)
    rng = np.random.default_rng(0)
    drawn_hit = rng.multinomial(positives, hit / positives, RESAMPLES).cumsum(axis=1)
    drawn_alarm = rng.multinomial(negatives, alarm / negatives, RESAMPLES).cumsum(axis=1)
    rises, precisions, averages = [], [], []
    for some_true, some_false in zip(drawn_hit, drawn_alarm, strict=True):
        rises.append(_hits_at(some_false / negatives, some_true / positives))
        precision = _shares(some_true, some_true + some_false)
        precisions.append(_precision_at(some_true / positives, precision))
        averages.append(float(np.sum(np.diff(some_true, prepend=0) * precision)) / positives)
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    hits_low, hits_high = np.quantile(rises, tails, axis=0)
    precision_low, precision_high = np.quantile(precisions, tails, axis=0)
    low, high = np.quantile(averages, tails)
    average = average_precision(probability, of_class)
    return ClassCurves(
        np.concatenate([[0.0], false / negatives]),
        np.concatenate([[0.0], true / positives]),
        hits_low,
        hits_high,
        area_under_roc(probability, of_class),
        true / positives,
        _shares(true, true + false),
        precision_low,
        precision_high,
        Interval(average, min(average, float(low)), max(average, float(high)), len(of_class)),
        positives / len(of_class),
    )


def area_under_roc(probability: np.ndarray, of_class: np.ndarray) -> Interval:
    """The area under the ROC curve with the interval of DeLong.

    DeLong, DeLong and Clarke-Pearson 1988, "Comparing the Areas under Two or More Correlated
    Receiver Operating Characteristic Curves", by midranks as Sun and Xu 2014; on the logit scale,
    which keeps it within 0 and 1 (Pepe 2003, section 5.2). Where all pairs are ordered alike, the
    bound is that of as many independent pairs as there are rows of the rarer kind.
    """
    of_class = np.asarray(of_class, dtype=bool)
    positive = np.asarray(probability, dtype=np.float64)[of_class]
    negative = np.asarray(probability, dtype=np.float64)[~of_class]
    m, n = len(positive), len(negative)
    rows = m + n
    ranks = rankdata(np.concatenate([positive, negative]))
    above = (ranks[:m] - rankdata(positive)) / n
    below = 1.0 - (ranks[m:] - rankdata(negative)) / m
    area = float(above.mean())
    variance = _variance(above) / m + _variance(below) / n
    if variance <= 0.0 or not 0.0 < area < 1.0:
        bound = share_interval(round(area * min(m, n)), min(m, n))
        return Interval(area, min(area, bound.low), max(area, bound.high), rows)
    half = _NORMAL * math.sqrt(variance) / (area * (1 - area))
    low, high = (1 / (1 + (1 - area) / area * math.exp(-side * half)) for side in (-1, 1))
    return Interval(area, low, high, rows)


def average_precision(probability: np.ndarray, of_class: np.ndarray) -> float:
    """The precision at each threshold, weighted by how much recall it adds."""
    _, true, said = _steps(probability, of_class)
    return float(np.sum(np.diff(true, prepend=0) * true / said) / true[-1])


def _steps(
    probability: np.ndarray, of_class: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(thresholds, hits, rows said to be of the class) at every probability, highest first."""
    order = np.argsort(-probability, kind="stable")
    values, is_class = probability[order], of_class[order]
    last = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)
    return values[last], np.cumsum(is_class)[last], last + 1


def _counts(probability: np.ndarray, of_class: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the class, and others, between one threshold and the next, highest first."""
    _, true, said = _steps(probability, of_class)
    if len(said) > MOST_STEPS:
        places = np.linspace(0, len(said) - 1, MOST_STEPS).astype(int)
        true, said = true[places], said[places]
    return np.diff(true, prepend=0), np.diff(said - true, prepend=0)


def _hits_at(false_alarms: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Of each share of false alarms in the grid, the largest share of hits."""
    return np.interp(GRID, np.append(0.0, false_alarms), np.append(0.0, hits))


def _precision_at(recall: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Of each recall in the grid, the precision at the first threshold that reaches it."""
    return precision[np.minimum(np.searchsorted(recall, GRID - 1e-9), len(recall) - 1)]


def _shares(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    return np.divide(parts, wholes, out=np.ones(len(parts)), where=wholes > 0)


def _variance(values: np.ndarray) -> float:
    return float(np.var(values, ddof=1)) if len(values) > 1 else 0.0
