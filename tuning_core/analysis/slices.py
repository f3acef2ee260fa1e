"""How good a model is on slices of its rows, the surely worst first."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtr
from scipy.stats import hypergeom

from tuning_core.analysis.confirmation import corrected
from tuning_core.analysis.metric_intervals import (
    LEVEL,
    Interval,
    area_interval,
    f1_interval,
    mean_interval,
    share_interval,
)
from tuning_core.analysis.row_metrics import Answers, drawn_rows, each_row, score, scores
from tuning_core.catalog.objectives import Direction

ERROR_RATE = 0.05
FEWEST_ROWS = 10
"""Rows of a slice that is ranked and tested; of fewer it is luck that decides."""
BINS, MOST_WORDS = 5, 12
_DEALS, _FEW_DEALS, _MOST_DEALT = 200, 50, 4_000_000
"""Times that rows are dealt out at random where no test is exact: fewer of very many rows."""


@dataclass(frozen=True)
class SliceScore:
    """The metric on the ``rows`` of a slice with the ends of its 95% interval, None where endless.

    ``rest`` is that of all other rows. ``chance`` is the p-value, corrected for the number of
    slices (Holm 1979), of the slice being no worse than the rest; None where it is not tested.
    """

    column: str
    name: str
    rows: int
    value: float
    low: float | None
    high: float | None
    rest: float | None
    chance: float | None

    @property
    def worse(self) -> bool:
        """Whether it is worse than the rest beyond luck."""
        return self.chance is not None and self.chance < ERROR_RATE


def slice_scores(
    metric: str,
    direction: Direction,
    answers: Answers,
    slices: Mapping[tuple[str, str], np.ndarray],
    progress: Callable[[float], None] = lambda share: None,
) -> list[SliceScore]:
    """The metric on each of the ``slices``, masks (n,) by column and name, the worst first.

    They are in the order of the better end of their intervals: a slice stands first that is bad
    even if it had luck. Those of fewer than ``FEWEST_ROWS`` rows, and those on whose rows the
    metric has no meaning, come last and are not tested.
    """
    tested: dict[tuple[str, str], float] = {}
    for place, (key, mask) in enumerate(slices.items()):
        progress(place / len(slices) / 2)
        enough = FEWEST_ROWS <= mask.sum() <= len(mask) - FEWEST_ROWS
        if enough and _has_meaning(metric, answers, mask):
            tested[key] = _chance(metric, direction, answers, mask)
    chances = dict(zip(tested, corrected([*tested.values()]), strict=True))
    found = []
    for place, (key, mask) in enumerate(slices.items()):
        progress((1 + place / len(slices)) / 2)
        found.append(_scored(key, metric, answers, mask, chances.get(key)))
    return sorted(found, key=lambda one: (one.rows < FEWEST_ROWS, _best_end(one, direction)))


def _has_meaning(metric: str, answers: Answers, mask: np.ndarray) -> bool:
    """Whether these rows have what a metric measures: pairs of both classes, positives, spread."""
    truth = answers.truth[mask]
    if metric == "f1":
        return bool((truth == 1).any())
    return metric not in ("auc", "r2") or len(np.unique(truth)) > 1


def _best_end(one: SliceScore, direction: Direction) -> float:
    if direction == "max":
        return math.inf if one.high is None else one.high
    return math.inf if one.low is None else -one.low


def _scored(
    key: tuple[str, str], metric: str, answers: Answers, mask: np.ndarray, chance: float | None
) -> SliceScore:
    found = interval(metric, answers.taken(mask))
    told = not mask.all() and _has_meaning(metric, answers, ~mask)
    rest = score(metric, answers.taken(~mask)) if told else None
    low, high = (end if math.isfinite(end) else None for end in (found.low, found.high))
    if not _has_meaning(metric, answers, mask):
        low = high = None
    return SliceScore(*key, found.rows, found.value, low, high, rest, chance)


def interval(metric: str, answers: Answers) -> Interval:
    """The metric on these rows with its interval."""
    truth = answers.truth
    rows = each_row(metric, answers)
    if metric == "accuracy":
        assert rows is not None
        return share_interval(float(rows.sum()), len(truth))
    if rows is not None:
        return mean_interval(rows)
    value = score(metric, answers)
    if metric == "auc":
        positives = int(truth.sum())
        return area_interval(value, positives, len(truth) - positives)
    if metric == "f1":
        return f1_interval(answers.predictions.argmax(axis=1), truth)
    drawn = scores(metric, answers, drawn_rows(len(truth)))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(value, min(value, float(low)), max(value, float(high)), len(truth))


def _chance(metric: str, direction: Direction, answers: Answers, mask: np.ndarray) -> float:
    """The p-value, one-sided, of rows dealt out at random being as bad as the slice.

    Of an accuracy Fisher's exact test (1935), of other means Welch's t-test (1947). Any other
    metric is compared with that of slices of the same size dealt out at random, taken as normal.
    """
    rows = each_row(metric, answers)
    count = int(mask.sum())
    if metric == "accuracy":
        assert rows is not None
        hits, all_hits = int(rows[mask].sum()), int(rows.sum())
        return float(hypergeom.cdf(hits, len(rows), all_hits, count))
    if rows is not None:
        return _welch(rows[mask], rows[~mask], 1.0 if direction == "max" else -1.0)
    random = np.random.default_rng(0)
    times = int(np.clip(_MOST_DEALT // len(mask), _FEW_DEALS, _DEALS))
    deals = np.zeros((times, len(mask)), np.float32)
    for deal in deals:
        deal[random.choice(len(mask), count, replace=False)] = 1
    drawn = scores(metric, answers, deals)
    gap = score(metric, answers.taken(mask)) - float(drawn.mean())
    spread = float(drawn.std(ddof=1))
    return float(ndtr((gap if direction == "max" else -gap) / spread)) if spread else 1.0


def _welch(one: np.ndarray, other: np.ndarray, sign: float) -> float:
    """The one-sided p-value of ``sign`` times the mean of ``one`` being no smaller."""
    errors = np.array([part.var(ddof=1) / len(part) for part in (one, other)])
    total, gap = float(errors.sum()), sign * float(one.mean() - other.mean())
    if total == 0:
        return 0.0 if gap < 0 else 1.0
    freedom = total**2 / float((errors**2 / [len(one) - 1, len(other) - 1]).sum())
    return float(stdtr(freedom, gap / math.sqrt(total)))


def slices_of_numbers(values: pd.Series, written: Callable[[float], str]) -> dict[str, np.ndarray]:
    """Masks by name: bins of about equally many rows, or each value where they are few."""
    numbers = values.to_numpy(np.float64)
    known = np.isfinite(numbers)
    unique = np.unique(numbers[known])
    if len(unique) <= BINS + 1:
        found = {f"= {written(value)}": numbers == value for value in unique}
    else:
        ends = np.unique(np.quantile(numbers[known], np.linspace(0, 1, BINS + 1)))
        found = _bins(numbers, ends, written)
    if not known.all():
        found["missing"] = ~known
    return found


def _bins(
    numbers: np.ndarray, ends: np.ndarray, written: Callable[[float], str]
) -> dict[str, np.ndarray]:
    found = {}
    for place, (low, high) in enumerate(pairwise(ends)):
        last = place == len(ends) - 2
        mask = (numbers >= low) & ((numbers <= high) if last else (numbers < high))
        if not mask.any():
            continue
        if place == 0:
            found[f"below {written(high)}"] = mask
        else:
            found[f"from {written(low)}" if last else f"{written(low)} to {written(high)}"] = mask
    return found


def slices_of_words(words: Sequence[str | None]) -> dict[str, np.ndarray]:
    """Masks by name: each of the most frequent categories, the others together, the missing."""
    texts = np.array(["" if word is None else word for word in words], dtype=object)
    missing = np.array([word is None for word in words])
    counts = pd.Series(texts[~missing]).value_counts()
    found = {str(word): (texts == word) & ~missing for word in counts.index[:MOST_WORDS]}
    if len(counts) > MOST_WORDS:
        rest = ~missing & ~np.isin(texts, list(counts.index[:MOST_WORDS]))
        found[f"{len(counts) - MOST_WORDS:,} other categories"] = rest
    if missing.any():
        found["missing"] = missing
    return found
