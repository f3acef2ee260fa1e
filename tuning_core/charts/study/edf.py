"""Empirical distribution: the share of trials that reached a score."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.labels import metric_title, number_text
from tuning_core.charts.parts.score_points import dots, score_points
from tuning_core.charts.parts.shaping import clipped, ended, good_limits
from tuning_core.charts.parts.theme import theme

ALL, FIRST, SECOND = "all trials", "first half", "second half"

HALVES_FROM = 10
"""Scores from which on the two halves of a search are worth a line each."""

MOST_STEPS = 300
"""Steps of one line."""


def edf(
    trials: pd.DataFrame,
    objective: Objective,
    *,
    picked: Collection[int] = (),
    dark: bool = False,
    height: int = 300,
) -> Chart:
    """Steps of the share of trials whose score is at most as high as on the x axis.

    ``trials`` has ``number``, ``status`` and ``score``. Beside all trials stand the first and the
    second half of the search, so that one sees whether it learned; trials without a score do not
    count. Far bad scores are drawn at the edge. A point on the line of all trials is a trial; a
    click on one changes the selection :data:`PICKED`.
    """
    steps = edf_steps(trials, objective)
    limits = (
        [float(steps["drawn"].min()), float(steps["drawn"].max())] if len(steps) else [0.0, 1.0]
    )
    if limits[0] == limits[1]:
        margin = (abs(limits[0]) or 1.0) * 0.01
        limits = [limits[0] - margin, limits[1] + margin]
    lines = tuple(name for name in (FIRST, SECOND, ALL) if (steps["part"] == name).any())
    return Chart(
        _specification(objective, lines, dark, height),
        {
            "view": pd.DataFrame({"score": limits}),
            "steps": steps,
            "points": _points(trials, objective, picked),
        },
    )


def _points(trials: pd.DataFrame, objective: Objective, picked: Collection[int]) -> pd.DataFrame:
    """The trials that have a score, each at its own and at the share of those up to it."""
    scores = pd.to_numeric(ended(trials).set_index("number")["score"]).dropna()
    shares = scores.rank(method="max") / max(len(scores), 1)
    points = score_points(trials, objective, picked, MOST_STEPS).points
    points = points[~points["lost"]]
    shares = points["trial"].map(shares).astype("float64")
    percent = pd.Series([f"{share:.0%}" for share in shares], points.index, dtype="str")
    return points.assign(share=shares, percent=percent)


def edf_steps(trials: pd.DataFrame, objective: Objective) -> pd.DataFrame:
    """The lines, each starting at a share of 0.

    Columns: ``part``, ``drawn`` (the score inside the picture), ``share``, ``percent``, ``text``.
    """
    over = ended(trials).sort_values("number")
    scores = pd.to_numeric(over["score"]).astype("float64").dropna()
    limits = good_limits(scores, up=objective.direction == "max")
    parts = {ALL: scores}
    if len(scores) >= HALVES_FROM:
        half = len(scores) // 2
        parts |= {FIRST: scores.iloc[:half], SECOND: scores.iloc[half:]}
    frames = [_steps(values, limits).assign(part=name) for name, values in parts.items()]
    steps = pd.concat(frames, ignore_index=True).astype({"part": "str"})
    return steps.assign(
        text=pd.Series([number_text(value) for value in steps["score"]], dtype="str"),
        percent=pd.Series([f"{share:.0%}" for share in steps["share"]], dtype="str"),
    )


def _steps(scores: pd.Series, limits: tuple[float, float] | None) -> pd.DataFrame:
    """One line: its first point lies on the axis below the smallest score."""
    values = np.sort(scores.to_numpy())
    count = len(values)
    kept = np.unique(np.linspace(0, count - 1, min(count, MOST_STEPS)).round().astype(int))
    # Of equal scores the last one says how many there are.
    kept = np.searchsorted(values, values[kept], side="right") - 1 if count else kept
    kept = np.unique(kept)
    shares = (kept + 1) / max(count, 1)
    values = values[kept]
    if len(values):
        values, shares = np.append(values[0], values), np.append(0.0, shares)
    drawn = clipped(pd.Series(values, dtype="float64"), limits)
    return pd.DataFrame({"drawn": drawn, "score": values, "share": shares})


@lru_cache(TEMPLATES)
def _specification(objective: Objective, lines: tuple[str, ...], dark: bool, height: int) -> str:
    colours = theme(dark)
    paint = {ALL: colours.accent, FIRST: colours.soft, SECOND: colours.series[1]}
    x = alt.X(
        "drawn:Q",
        title=metric_title(objective.metric, objective.label),
        scale=alt.Scale(domain=data_domain("view", "score"), nice=False, zero=False, padding=8),
        axis=alt.Axis(tickCount=6, format="~r", grid=False),
    )
    y = alt.Y(
        "share:Q",
        title="share of trials up to the score",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(tickCount=5, format="%"),
    )
    steps = (
        named("steps")
        .mark_line(interpolate="step-after", strokeWidth=2.5, clip=True, tooltip=None)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "part:N",
                title=None,
                scale=alt.Scale(domain=list(lines), range=[paint[name] for name in lines]),
                legend=alt.Legend(orient="top", symbolType="stroke", symbolSize=300)
                if len(lines) > 1
                else None,
            ),
        )
    )
    targets = (
        named("steps")
        .mark_point(opacity=0, size=90, filled=True, clip=True)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("part:N", title="of"),
                alt.Tooltip("text:N", title=f"{objective.label} up to"),
                alt.Tooltip("percent:N", title="share"),
            ],
        )
    )
    points = dots(
        named("points").encode(x=x, y=y),
        alt.value(colours.accent),
        colours,
        [
            alt.Tooltip("trial:Q", title="trial"),
            alt.Tooltip("text:N", title=objective.label),
            alt.Tooltip("percent:N", title="share up to it"),
        ],
    )
    view = named("view").mark_point(opacity=0, tooltip=None)
    chart = alt.layer(view, steps, targets, points)
    description = f"Share of the trials with at most each {objective.label}: {', '.join(lines)}."
    return specification(chart.properties(height=height, width="container"), colours, description)
