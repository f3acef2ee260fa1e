"""Whether more trials are worth it: what they are expected to gain, and what seeds alone make."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tuning_core.catalog import Objective

Told = Literal["repeats", "folds", "rows"]
"""By what it is known how far a score moves although nothing but chance has changed."""


@dataclass(frozen=True)
class Outlook:
    """What ``ahead`` more trials are expected to gain at most, beside the ``noise`` of a score.

    Both are in the objective's units; ``told`` says how the noise is known, by ``of`` repeats,
    folds or rows.
    """

    ahead: int
    gain: float
    noise: float
    told: Told
    of: int

    @property
    def settled(self) -> bool:
        """Whether what is left to gain is less than what chance makes (Makarova et al. 2022)."""
        return self.gain < self.noise

    def __str__(self) -> str:
        chance = {
            "repeats": f"seeds alone make {self.noise:.2g} (by the {self.of} repeats of a trial)",
            "folds": f"the choice of rows alone makes {self.noise:.2g} (by the {self.of} folds)",
            "rows": f"the choice of the {self.of:,} validation rows alone makes {self.noise:.2g}",
        }
        return (
            f"{self.ahead:,} more trials are expected to gain at most {self.gain:.2g}; "
            f"{chance[self.told]}."
        )


def outlook(
    scores: Sequence[float | None],
    trainings: Mapping[int, Sequence[float]],
    objective: Objective,
    *,
    folds: int = 1,
    rows: int = 0,
) -> Outlook | None:
    """What is to be expected of half as many trials again; None where nothing tells.

    ``scores`` are those of the trials in their order, None where one has none; ``trainings`` the
    scores of each training of a trial, by its place; ``rows`` counts the validation part.
    """
    sign = 1.0 if objective.direction == "max" else -1.0
    known = [sign * score for score in scores if score is not None]
    if len(known) < 2:
        return None
    values = np.array([min(known) if s is None else sign * s for s in scores])
    best_first = [trainings.get(int(place), ()) for place in np.argsort(-values, kind="stable")]
    noise = _noise(best_first, sign * float(values.max()), objective, folds, rows)
    if noise is None:
        return None
    ahead = max(1, len(values) // 2)
    return Outlook(ahead, expected_gain(values, ahead), *noise)


def expected_gain(values: np.ndarray, ahead: int) -> float:
    """An upper estimate of what the best of ``values`` gains by so many more; larger is better.

    The mean of the best of n draws grows ever more slowly with n. So the next draws gain no more
    on average than the last did, which all orders of the n values tell: the mean of the best of n
    less that of n - ``ahead`` of them (the estimator of Dodge et al. 2019, "Show Your Work",
    without replacement). A strategy that learns may draw better and better: what the last
    ``ahead`` did gain, in their own order, counts where it is more.
    """
    best = float(values.max())
    before = len(values) - ahead
    return max(best - expected_best(values, before), best - float(values[:before].max()))


def expected_best(values: np.ndarray, draws: int) -> float:
    """The mean of the largest of ``draws`` of the values, over all ways to draw them."""
    n = len(values)
    places = np.arange(n - draws)
    # The largest but j of n is the largest of those drawn.
    chances = np.cumprod([draws / n, *((n - draws - places) / (n - 1 - places))])
    return float(np.sort(values)[::-1][: n - draws + 1] @ chances)


def _noise(
    best_first: Sequence[Sequence[float]],
    score: float,
    objective: Objective,
    folds: int,
    rows: int,
) -> tuple[float, Told, int] | None:
    """Standard deviation of a score that chance alone makes, and by what it is known."""
    if folds > 1:
        # Of the best trial, corrected for rows that folds share (Nadeau and Bengio 2003), as
        # Makarova et al. 2022 stop cross-validated searches.
        scores = next((each for each in best_first if len(each) > 1), ())
        if not scores:
            return None
        variance = float(np.var(scores, ddof=1)) * (1 / folds + 1 / (folds - 1))
        return math.sqrt(variance), "folds", folds
    # Poor configurations may be more fickle than those that a further trial would have to beat.
    spreads = [each for each in best_first[: (len(best_first) + 1) // 2] if len(each) > 1]
    if spreads:
        variance = float(np.mean([np.var(each, ddof=1) / len(each) for each in spreads]))
        return math.sqrt(variance), "repeats", len(spreads[0])
    if objective.metric != "accuracy" or not rows:
        return None
    share = (score * rows + 0.5) / (rows + 1)
    return math.sqrt(share * (1 - share) / rows), "rows", rows
