"""Ended trials as points that are coloured by score: thinned, the best on top, far ones clipped."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.catalog import Objective, TrialStatus
from tuning_core.charts.parts.chart import data_domain, trial_clicks
from tuning_core.charts.parts.labels import metric_title, number_text, title_lines
from tuning_core.charts.parts.shaping import MAX_POINTS, clipped, ended, good_limits, thinned
from tuning_core.charts.parts.theme import Theme, blend

RECORD = "new best"
TRAINED = "completed"
CUT = "pruned or skipped"
BEYOND = "off the scale"
FAILED = "no score"
ENDINGS = (RECORD, TRAINED, CUT, BEYOND, FAILED)
"""How a trial ended, in the words of the legend."""

_CUT = [TrialStatus.PRUNED.value, TrialStatus.SKIPPED.value]

CROSS = "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z"
"""A trial without a score."""

BOLD = "bold"
"""Column of the points that a chart stresses."""


@dataclass(frozen=True)
class ScorePoints:
    """The trials that a chart of points shows.

    ``points`` has ``trial``, ``status``, ``score``, ``drawn`` (the score inside the limits, the
    bad end without one), ``lost`` (no score), ``seconds``, ``picked``, ``text`` and ``time``;
    what comes later is drawn on top. ``rows`` are the same trials' rows in the same order.
    ``view`` has two rows: ``drawn`` with the ends of an axis of scores and ``colour`` with the
    scores at either end of the colours.
    """

    points: pd.DataFrame
    rows: pd.DataFrame
    view: pd.DataFrame

    @cached_property
    def scored(self) -> pd.Series:
        """Which points have a score."""
        return ~self.points["lost"]


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


def score_points(
    trials: pd.DataFrame,
    objective: Objective,
    picked: Collection[int] = (),
    budget: int = MAX_POINTS,
    keep: Collection[int] = (),
) -> ScorePoints:
    """The ended trials of a frame with ``number``, ``status`` and ``score``.

    Of more than about ``budget`` the best quarter of the budget, those in ``keep``, the picked and
    every n-th other are shown.
    """
    up = objective.direction == "max"
    shown = ended(trials).sort_values("number", ignore_index=True)
    points = progress_points(shown, objective, picked)
    scores = points["score"]
    view = pd.DataFrame({"drawn": _ends(scores, up), "colour": colour_ends(scores, up)})
    best = scores.rank(ascending=not up, method="first") <= budget // 4
    wanted = best | points["picked"] | points["trial"].isin(list(keep))
    kept = thinned(points, wanted, budget)
    kept = kept.assign(lost=kept["ending"] == FAILED, goodness=scores if up else -scores)
    kept = kept.sort_values(["picked", "goodness", "trial"], na_position="first")
    kept = spelled(kept).drop(columns=["at", "best", "goodness", "ending"])
    rows = shown.loc[kept.index].reset_index(drop=True)
    return ScorePoints(kept.reset_index(drop=True), rows, view)


def colour_ends(scores: pd.Series, up: bool) -> list[float]:
    """The scores at the low and the high end of the colours.

    The worst tenth shares one colour, and so does what is far below all others, so that a few bad
    trials do not leave one colour for the rest.
    """
    limits = good_limits(scores, up=up)
    if limits is None:
        return [0.0, 1.0]
    inside = scores[scores.between(*limits)]
    low, high = float(inside.min()), float(inside.max())
    worst = float(inside.quantile(0.1 if up else 0.9))
    low, high = (worst, high) if up else (low, worst)
    return parted(low, high)


def score_colour(
    objective: Objective, colours: Theme, legend: str | None = None, pale: float = 0.0
) -> Any:
    """The colour of a score, dark (bright on black) for the good ones; ``legend`` is its title.

    ``pale`` is how far the colours go over to the page's.
    """
    ramp = [blend((colour, colours.halo), pale) for colour in colours.ramp]
    return alt.Color(
        "score:Q",
        scale=alt.Scale(
            domain=data_domain("view", "colour"),
            range=ramp if objective.direction == "max" else ramp[::-1],
            clamp=True,
        ),
        legend=gradient_legend(legend) if legend else None,
    )


def gradient_legend(title: str) -> alt.Legend:
    """A bar of colours above the chart."""
    return alt.Legend(
        orient="top",
        direction="horizontal",
        title=title,
        titleOrient="left",
        titleAnchor="middle",
        titleLimit=0,
        titlePadding=10,
        gradientLength=170,
        gradientThickness=10,
        tickCount=3,
        format="~r",
    )


def score_marks(
    base: Any,
    objective: Objective,
    colours: Theme,
    tooltip: list[Any],
    legend: str | None = None,
) -> Any:
    """Points of ``base`` (x and y encoded) in the colour of their score; a click picks trials.

    ``legend`` is the title of the bar of colours above, if there is to be one.
    """
    return dots(
        base,
        alt.condition(
            "datum.lost", alt.value(colours.bad), score_colour(objective, colours, legend)
        ),
        colours,
        [
            alt.Tooltip("trial:Q", title="trial"),
            alt.Tooltip("status:N", title="status"),
            alt.Tooltip("text:N", title=objective.label),
            *tooltip,
        ],
    )


def dots(base: Any, colour: Any, colours: Theme, tooltip: list[Any]) -> Any:
    """Points that a click picks; those without a score are crosses.

    Picked ones are large and ringed. Points with a true :data:`BOLD` are larger than others.
    """

    def either(field: str, yes: object, no: object) -> dict[str, str]:
        # As a condition of an encoding Altair takes far longer to check it.
        return {"expr": f"datum.{field} ? {json.dumps(yes)} : {json.dumps(no)}"}

    return (
        base.mark_point(
            filled=True,
            opacity=0.9,
            cursor="pointer",
            clip=True,
            shape=either("lost", CROSS, "circle"),
            stroke=either("picked", colours.text, colours.halo),
            strokeWidth=either("picked", 2.5, 0.6),
            size={"expr": f"datum.picked ? 170 : datum.{BOLD} ? 130 : 60"},
        )
        .encode(color=colour, tooltip=tooltip)
        .add_params(trial_clicks())
    )


def score_y(field: str, objective: Objective, plot_height: int) -> Any:
    """The y channel of scores, over the ends that the view gives; ``plot_height`` in pixels.

    A title that would need two lines leaves out its unit.
    """
    title = title_lines(metric_title(objective.metric, objective.label), plot_height)
    return alt.Y(
        f"{field}:Q",
        title=title if len(title) == 1 else title_lines(objective.label, plot_height),
        scale=alt.Scale(domain=data_domain("view", "drawn"), nice=False, zero=False, padding=12),
        axis=alt.Axis(tickCount=5, format="~r"),
    )


def _ends(scores: pd.Series, up: bool) -> list[float]:
    low, high = good_limits(scores, up=up) or (0.0, 1.0)
    return parted(low, high)


def parted(low: float, high: float) -> list[float]:
    """Two ends that are never the same."""
    margin = 0.0 if high > low else (abs(low) or 1.0) * 0.01
    return [low - margin, high + margin]
