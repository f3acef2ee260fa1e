"""The frames behind best-so-far: where each trial's point stands and the steps of the best."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from tuning_core.catalog import Objective, TrialStatus
from tuning_core.charts.numerals import number_text
from tuning_core.charts.shaping import MAX_POINTS, clipped, score_limits, thinned

RECORD = "new best"
TRAINED = "completed"
CUT = "pruned or skipped"
BEYOND = "off the scale"
FAILED = "no score"
ENDINGS = (RECORD, TRAINED, CUT, BEYOND, FAILED)
"""How a trial ended, in the words of the legend."""

_CUT = frozenset({TrialStatus.PRUNED, TrialStatus.SKIPPED})


def progress_points(
    trials: pd.DataFrame, objective: Objective, picked: Collection[int] = ()
) -> pd.DataFrame:
    """One row per ended trial in the order of their numbers.

    ``drawn`` is the score inside the y axis; trials without a score stand at its bad end.
    ``best`` is the best score up to and with this trial (NaN before the first score), ``ending``
    one of :data:`ENDINGS`; a trial that set a best is a :data:`RECORD` however it ended.
    """
    over = [TrialStatus(status).ended for status in trials["status"]]
    shown = trials[pd.Series(over, trials.index, dtype="bool")].sort_values("number")
    scores = pd.to_numeric(shown["score"]).astype("float64").reset_index(drop=True)
    limits = score_limits(scores, objective)
    low, high = limits or (0.0, 1.0)
    best = scores.ffill().cummax() if objective.direction == "max" else scores.ffill().cummin()
    statuses = [TrialStatus(status) for status in shown["status"]]
    drawn = clipped(scores, limits)
    records = scores.notna() & (best != best.shift())
    numbers = shown["number"].astype("int64").reset_index(drop=True)
    seconds = shown["seconds"] if "seconds" in shown else pd.Series(None, shown.index, "float64")
    return pd.DataFrame(
        {
            "trial": numbers,
            "status": pd.Series([str(status) for status in statuses], dtype="str"),
            "ending": pd.Series(
                [
                    _ending(status, score, record, far)
                    for status, score, record, far in zip(
                        statuses, scores, records, drawn != scores, strict=True
                    )
                ],
                dtype="str",
            ),
            "score": scores,
            "drawn": drawn.fillna(low if objective.direction == "max" else high),
            "text": pd.Series(
                ["none" if pd.isna(score) else number_text(score) for score in scores], dtype="str"
            ),
            "time": pd.Series(
                ["-" if pd.isna(s) else f"{number_text(s, 3)} s" for s in seconds], dtype="str"
            ),
            "best": clipped(best, limits),
            "picked": numbers.isin(list(picked)),
        }
    )


def _ending(status: TrialStatus, score: float, record: bool, far: bool) -> str:
    if pd.isna(score):
        return FAILED
    if record:
        return RECORD
    if far:
        return BEYOND
    return CUT if status in _CUT else TRAINED


def best_steps(points: pd.DataFrame) -> pd.DataFrame:
    """``trial`` and ``best`` where the best changes, and at the last trial."""
    known = points[points["best"].notna()]
    if known.empty:
        return known[["trial", "best"]]
    changes = (known["ending"] == RECORD) | (known.index == known.index[-1])
    return known.loc[changes, ["trial", "best"]].reset_index(drop=True)


def thinned_points(points: pd.DataFrame, budget: int = MAX_POINTS) -> pd.DataFrame:
    """At most about ``budget`` points; the records and the picked ones stay."""
    return thinned(points, (points["ending"] == RECORD) | points["picked"], budget)
