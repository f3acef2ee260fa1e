"""Several studies in one picture by their colours: shares of trials, and what mattered in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.labels import AXIS_NUMBERS, metric_title, number_text
from tuning_core.charts.parts.shaping import clipped, good_limits
from tuning_core.charts.parts.theme import theme

MOST_STEPS = 200
"""Steps of one line."""
DASHES = ([1, 0], [5, 4])
ROW = 26
"""Pixels of a hyperparameter's row."""


Places = tuple[tuple[str, int], ...]
"""The labels of studies, each with the place of its colour."""


def study_colour(place: int, dark: bool) -> str:
    """The colour of one of several studies; from the ninth on they come again."""
    series = theme(dark).series
    return series[place % len(series)]


def is_dashed(place: int) -> bool:
    """Whether the colour of one of several studies has come before."""
    return place // len(theme(False).series) % 2 == 1


def _colour(places: Places, dark: bool) -> dict[str, Any]:
    """Colour and dashes of the studies; a page says beside its pictures whose they are."""
    labels = [label for label, _ in places]
    paint = [study_colour(place, dark) for _, place in places]
    dashes = [list(DASHES[is_dashed(place)]) for _, place in places]
    return {
        "color": alt.Color("study:N", scale=alt.Scale(domain=labels, range=paint), legend=None),
        "strokeDash": alt.StrokeDash(
            "study:N", scale=alt.Scale(domain=labels, range=dashes), legend=None
        ),
    }


def several_edf(
    scores: Mapping[str, Sequence[float | None]],
    objective: Objective,
    places: Places,
    *,
    dark: bool = False,
    height: int = 300,
) -> Chart:
    """The share of each study's trials whose score is at most as high as on the x axis.

    ``scores`` are those of the ended trials by the study's label. Far bad scores are drawn at the
    edge.
    """
    known = {
        label: np.sort([float(s) for s in found if s is not None and np.isfinite(s)])
        for label, found in scores.items()
    }
    everything = np.concatenate([*known.values(), np.array([])])
    limits = good_limits(everything, up=objective.direction == "max")
    parts = [_steps(label, values, limits) for label, values in known.items() if len(values)]
    steps = pd.concat(parts, ignore_index=True) if parts else _steps("", np.array([]), None)
    low, high = limits or (0.0, 1.0)
    margin = 0.02 * (high - low) or 0.01 * (abs(high) or 1.0)
    view = pd.DataFrame({"score": [low - margin, high + margin]})
    return Chart(
        _edf_specification(objective, places, dark, height), {"view": view, "steps": steps}
    )


def _steps(label: str, values: np.ndarray, limits: tuple[float, float] | None) -> pd.DataFrame:
    count = len(values)
    kept = np.unique(np.linspace(0, count - 1, min(count, MOST_STEPS)).round().astype(int))
    shares = (kept + 1) / max(count, 1)
    chosen = values[kept] if count else values
    if count:
        chosen, shares = np.append(chosen[0], chosen), np.append(0.0, shares)
    frame = pd.DataFrame({"score": chosen, "share": shares}).astype("float64")
    return frame.assign(
        drawn=clipped(frame["score"], limits),
        study=label,
        text=pd.Series([number_text(score) for score in chosen], dtype="str"),
        percent=pd.Series([f"{share:.0%}" for share in shares], dtype="str"),
    ).astype({"study": "str"})


@lru_cache(TEMPLATES)
def _edf_specification(objective: Objective, places: Places, dark: bool, height: int) -> str:
    colours = theme(dark)
    x = alt.X(
        "drawn:Q",
        title=metric_title(objective.metric, objective.label),
        scale=alt.Scale(domain=data_domain("view", "score"), nice=False, zero=False),
        axis=alt.Axis(tickCount=6, format=AXIS_NUMBERS, grid=False),
    )
    y = alt.Y(
        "share:Q",
        title="share of trials up to the score",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(tickCount=5, format="%"),
    )
    steps = named("steps").encode(x=x, y=y)
    view = named("view").mark_point(opacity=0, tooltip=None).encode(x=alt.X("score:Q"))
    lines = steps.mark_line(interpolate="step-after", strokeWidth=2.5, clip=True, tooltip=None)
    targets = steps.mark_point(opacity=0, size=90, filled=True, clip=True).encode(
        detail="study:N",
        tooltip=[
            alt.Tooltip("study:N", title="study"),
            alt.Tooltip("text:N", title=f"{objective.label} up to"),
            alt.Tooltip("percent:N", title="share"),
        ],
    )
    chart = alt.layer(view, lines.encode(**_colour(places, dark)), targets)
    description = f"Share of the trials with at most each {objective.label}, a line per study."
    return specification(chart.properties(height=height, width="container"), colours, description)


def importance_dots(
    frame: pd.DataFrame, title: str, places: Places, *, dark: bool = False
) -> Chart:
    """What mattered in each study: a row per hyperparameter, a dot and its interval per study.

    ``frame`` has ``study``, ``hyperparameter``, ``share``, ``low`` and ``high`` (between 0 and 1).
    Rows have the largest share of any study first.
    """
    largest = frame.groupby("hyperparameter")["share"].max().sort_values(ascending=False)
    order = {name: row for row, name in enumerate(largest.index)}
    lane = {label: index for index, (label, _) in enumerate(places)}
    spread = min(0.3, 0.7 / max(len(places), 1))
    row = frame["hyperparameter"].map(order) + spread * (
        frame["study"].map(lane) - (len(places) - 1) / 2
    )
    dots = frame.assign(
        row=row.astype("float64"),
        text=[
            f"{s:.0%} ({lo:.0%} to {hi:.0%})"
            for s, lo, hi in frame[["share", "low", "high"]].to_numpy()
        ],
    )
    names = pd.DataFrame({"row": range(len(order)), "hyperparameter": list(order)})
    return Chart(
        _dots_specification(title, places, len(order), dark), {"dots": dots, "names": names}
    )


@lru_cache(TEMPLATES)
def _dots_specification(title: str, places: Places, rows: int, dark: bool) -> str:
    colours = theme(dark)
    x = alt.X(
        "share:Q",
        title=title,
        scale=alt.Scale(domain=[0, 1], clamp=True),
        axis=alt.Axis(tickCount=5, format="%"),
    )
    scale = alt.Scale(domain=[rows - 0.5, -0.5], nice=False, zero=False)
    y = alt.Y("row:Q", title=None, scale=scale, axis=None)
    dots = named("dots").encode(x=x, y=y)
    colour = _colour(places, dark)["color"]
    spans = dots.mark_rule(strokeWidth=2, opacity=0.45, tooltip=None).encode(
        x=alt.X("low:Q"), x2="high:Q", color=colour
    )
    marks = dots.mark_point(filled=True, size=90, opacity=1).encode(
        color=colour,
        tooltip=[
            alt.Tooltip("study:N", title="study"),
            alt.Tooltip("hyperparameter:N", title="hyperparameter"),
            alt.Tooltip("text:N", title="share"),
        ],
    )
    names = (
        named("names")
        .mark_text(align="right", dx=-8, color=colours.text, fontSize=13, tooltip=None)
        .encode(x=alt.value(0), y=y, text="hyperparameter:N")
    )
    chart = alt.layer(spans, marks, names)
    description = f"{title} of each hyperparameter, a dot for each study with its interval."
    height = 60 + max(ROW, 9 * len(places)) * max(rows, 1)
    return specification(chart.properties(height=height, width="container"), colours, description)
