"""The frames behind best-so-far: where each trial's point stands and the steps of the best."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from tuning_core.catalog import Objective, TrialStatus
from tuning_core.charts.parts.brushes import ended
from tuning_core.charts.parts.numerals import number_text
from tuning_core.charts.parts.shaping import MAX_POINTS, clipped, good_limits, thinned

RECORD = "new best"
TRAINED = "completed"
CUT = "pruned or skipped"
BEYOND = "off the scale"
FAILED = "no score"
ENDINGS = (RECORD, TRAINED, CUT, BEYOND, FAILED)
"""How a trial ended, in the words of the legend."""

_CUT = [TrialStatus.PRUNED.value, TrialStatus.SKIPPED.value]


def progress_points(
    trials: pd.DataFrame, objective: Objective, picked: Collection[int] = ()
) -> pd.DataFrame:
    """One row per ended trial in the order of their numbers.

    ``at`` is the place on the x axis, the trial's number to begin with.
    ``drawn`` is the score inside the y axis; trials without a score stand at its bad end.
    ``best`` is the best score up to and with this trial (NaN before the first score), ``ending``
    one of :data:`ENDINGS`; a trial that set a best is a :data:`RECORD` however it ended.
    """
    shown = ended(trials).sort_values("number", ignore_index=True)
    scores = pd.to_numeric(shown["score"]).astype("float64")
    limits = good_limits(scores, up=objective.direction == "max")
    low, high = limits or (0.0, 1.0)
    best = scores.ffill().cummax() if objective.direction == "max" else scores.ffill().cummin()
    drawn = clipped(scores, limits)
    records = scores.notna() & (best != best.shift())
    numbers = shown["number"].astype("int64")
    far, cut = drawn != scores, shown["status"].isin(_CUT)
    endings = np.select([scores.isna(), records, far, cut], [FAILED, RECORD, BEYOND, CUT], TRAINED)
    seconds = shown["seconds"] if "seconds" in shown else pd.Series(None, shown.index, "float64")
    return pd.DataFrame(
        {
            "trial": numbers,
            "at": numbers.astype("float64"),
            "status": shown["status"].astype("str"),
            "ending": pd.Series(endings, dtype="str"),
            "score": scores,
            "drawn": drawn.fillna(low if objective.direction == "max" else high),
            "seconds": pd.to_numeric(seconds).astype("float64"),
            "best": clipped(best, limits),
            "picked": numbers.isin(list(picked)),
        }
    )


def spelled(points: pd.DataFrame) -> pd.DataFrame:
    """The points with ``text`` (the score) and ``time`` in words."""
    words = {
        "text": ["none" if pd.isna(score) else number_text(score) for score in points["score"]],
        "time": ["-" if pd.isna(s) else f"{number_text(s, 3)} s" for s in points["seconds"]],
    }
    return points.assign(
        **{name: pd.Series(texts, points.index, dtype="str") for name, texts in words.items()}
    )


def best_steps(points: pd.DataFrame) -> pd.DataFrame:
    """``trial``, ``at`` and ``best`` where the best changes, and half a trial past the last one.

    Without that half the step of a record that is the last trial would have no tread.
    """
    known = points[points["best"].notna()]
    if known.empty:
        return known[["trial", "best"]].assign(at=known["trial"])
    changes = known.loc[known["ending"] == RECORD, ["trial", "best"]].astype("float64")
    end = (
        known[["trial", "best"]].tail(1).astype("float64").assign(trial=lambda f: f["trial"] + 0.5)
    )
    steps = pd.concat([changes, end], ignore_index=True)
    return steps.assign(at=steps["trial"])


def spent_until(trials: pd.DataFrame, column: str) -> list[float]:
    """What all ended trials up to each took, in the order of their numbers."""
    amounts = ended(trials).sort_values("number")[column]
    return list(pd.to_numeric(amounts).astype("float64").fillna(0.0).cumsum().tolist())


def view_ends(points: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Two rows with the ends of both axes: ``at`` and ``score``."""
    spots = pd.concat([points["at"], steps["at"]]).astype("float64")
    first, last = (spots.min(), spots.max()) if len(spots) else (1.0, 1.0)
    low, high = (points["drawn"].min(), points["drawn"].max()) if len(points) else (0.0, 1.0)
    if first == last:
        first, last = first - 0.5, last + 0.5
    if low == high:
        low, high = low - (abs(low) or 1.0) * 0.01, high + (abs(high) or 1.0) * 0.01
    return pd.DataFrame({"at": [first, last], "score": [low, high]})


def thinned_points(points: pd.DataFrame, budget: int = MAX_POINTS) -> pd.DataFrame:
    """At most about ``budget`` points; the records and the picked ones stay."""
    return thinned(points, (points["ending"] == RECORD) | points["picked"], budget)
