"""Timeline: when each trial ran, as bars in the colour of its ending."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.catalog import Objective, TrialStatus
from tuning_core.charts.parts.chart import (
    TEMPLATES,
    Chart,
    data_domain,
    named,
    specification,
    trial_clicks,
)
from tuning_core.charts.parts.labels import number_text, time_text, time_unit
from tuning_core.charts.parts.shaping import thinned
from tuning_core.charts.parts.theme import LABEL_SIZE, LIGHT, Theme, theme

COMPLETED, CUT, LOST, RUNNING = "completed", "pruned or skipped", "diverged or failed", "running"
STATES = (COMPLETED, CUT, LOST, RUNNING)
"""How a trial ended, in the words of the legend."""

_STATE = {
    TrialStatus.COMPLETED.value: COMPLETED,
    TrialStatus.PRUNED.value: CUT,
    TrialStatus.SKIPPED.value: CUT,
    TrialStatus.DIVERGED.value: LOST,
    TrialStatus.FAILED.value: LOST,
    TrialStatus.RUNNING.value: RUNNING,
}

PAUSE = 0.15
"""Share of the time spent on trials from which on a gap between two of them is cut short."""

SHORTEST_PAUSE = 5.0
"""Seconds; shorter gaps are shown as long as they were."""

CUT_TO = 0.04
"""What is left of a gap, as a share of the time spent on trials."""

EDGED = 0.006
"""Share of the picture's width from which on a bar that is usual has an edge to the next one in its
lane; shorter ones would be all edge."""

NAMED = 0.035
"""The same from which on a bar has the number of its trial in it."""


@dataclass(frozen=True)
class Times:
    """The frames of the timeline.

    ``bars`` has a row per trial with its ``lane`` and with ``start`` and ``end`` in seconds since
    the first start, ``pauses`` one per gap that was cut short, with its place ``at`` and its length
    ``seconds``.
    """

    bars: pd.DataFrame
    pauses: pd.DataFrame


def timeline(
    trials: pd.DataFrame,
    objective: Objective,
    *,
    picked: Collection[int] = (),
    now: float | None = None,
    dark: bool = False,
    height: int = 300,
) -> Chart:
    """A bar per trial that has started, over the time since the first one.

    ``trials`` has ``number``, ``status``, ``score``, ``started`` (unix seconds) and ``seconds``;
    where trials ran side by side, a ``lane``: each lane is then a row, otherwise each trial.
    The bar of a running trial ends at ``now``. Long gaps in which nothing ran (the study was
    paused) are cut short and marked. A click changes the selection :data:`PICKED`.
    """
    times = bars(trials, now)
    last = float(times.bars["end"].max()) if len(times.bars) else 1.0
    size, unit = time_unit(last)
    shown = times.bars.assign(picked=times.bars["trial"].isin(list(picked)))
    shown = thinned(shown, shown["picked"])
    lanes = bool(times.bars["lane"].any())
    rows, half = (times.bars["lane"], 0.42) if lanes else (times.bars["trial"], 0.5)
    lengths = (shown["end"] - shown["start"]) / max(last, 0.1)
    shown = shown.assign(
        start=shown["start"] / size,
        end=shown["end"] / size,
        middle=(shown["start"] + shown["end"]) / (2 * size),
        row=rows.loc[shown.index],
        top=rows.loc[shown.index] - half,
        bottom=rows.loc[shown.index] + half,
        name=shown["trial"].astype("str").where(lengths > NAMED, ""),
        text=pd.Series(
            ["none" if pd.isna(s) else number_text(s) for s in shown["score"]],
            shown.index,
            dtype="str",
        ),
        time=pd.Series(
            [f"{number_text(s, 3)} s" for s in shown["end"] - shown["start"]],
            shown.index,
            dtype="str",
        ),
    )
    view = pd.DataFrame(
        {
            "time": [0.0, max(last, 0.1) / size],
            "row": [float(rows.min()) - 0.5, float(rows.max()) + 0.5] if len(rows) else [0.5, 1.5],
        }
    )
    pauses = times.pauses.assign(at=times.pauses["at"] / size)
    present = tuple(state for state in STATES if (times.bars["state"] == state).any())
    kind = _Rows(lanes, edged=lanes and bool(lengths.median() > EDGED))
    return Chart(
        _specification(present, unit, objective, kind, dark, height),
        {"view": view, "bars": shown, "pauses": pauses},
    )


def bars(trials: pd.DataFrame, now: float | None = None) -> Times:
    """When every trial that has started began and ended, without the long gaps between."""
    shown = trials[trials["started"].notna() & trials["status"].isin(list(_STATE))]
    shown = shown.sort_values(["started", "number"], ignore_index=True)
    starts = shown["started"].astype("float64").to_numpy()
    known = pd.to_numeric(shown["seconds"]).astype("float64").to_numpy()
    running = (shown["status"] == TrialStatus.RUNNING.value).to_numpy()
    until = np.where(running, (starts if now is None else np.maximum(now, starts)), starts)
    ends = np.where(np.isnan(known), until, starts + np.nan_to_num(known))
    furthest = np.maximum.accumulate(ends) if len(ends) else ends
    gaps = np.append(0.0, starts[1:] - furthest[:-1]) if len(starts) else starts
    before = np.concatenate([starts[:1], np.maximum(starts[1:], furthest[:-1])])
    spent = float(np.sum(np.maximum(0.0, ends - before)))
    long = gaps > max(SHORTEST_PAUSE, PAUSE * spent)
    left_out = np.cumsum(np.where(long, gaps - CUT_TO * spent, 0.0))
    first = starts[0] if len(starts) else 0.0
    shifted = starts - first - left_out
    frame = pd.DataFrame(
        {
            "trial": shown["number"].astype("int64"),
            "lane": shown.get("lane", 0 * shown["number"]).astype("int64"),
            "state": shown["status"].map(_STATE).astype("str"),
            "status": shown["status"].astype("str"),
            "score": pd.to_numeric(shown["score"]).astype("float64"),
            "start": shifted,
            "end": shifted + (ends - starts),
        }
    )
    pauses = pd.DataFrame(
        {
            "at": shifted[long] - CUT_TO * spent / 2,
            "seconds": gaps[long],
            "text": pd.Series([f"paused {time_text(gap)}" for gap in gaps[long]], dtype="str"),
        }
    )
    return Times(frame, pauses)


@dataclass(frozen=True)
class _Rows:
    """Rows are ``lanes`` or trials; those of a lane may be ``edged`` to their neighbours."""

    lanes: bool
    edged: bool = False


@lru_cache(TEMPLATES)
def _specification(
    present: tuple[str, ...], unit: str, objective: Objective, rows: _Rows, dark: bool, height: int
) -> str:
    colours = theme(dark)
    scale = alt.Scale(domain=data_domain("view", "time"), nice=False, zero=False, padding=4)
    axis = alt.Axis(tickCount=8, format="~r", grid=True)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title=f"time since the start ({unit})", scale=scale, axis=axis)

    def y(field: str) -> alt.Y:
        return alt.Y(
            f"{field}:Q",
            title="lane" if rows.lanes else "trial",
            scale=alt.Scale(
                domain=data_domain("view", "row"), nice=False, zero=False, reverse=True
            ),
            axis=alt.Axis(tickMinStep=1, format="d", grid=False, tickCount=8),
        )

    shown = {"x": x("start"), "x2": "end:Q", "y": y("top"), "y2": "bottom:Q"}
    marks = _bars(present, objective, rows, colours).encode(**shown).add_params(trial_clicks())
    rings = (
        named("bars")
        .transform_filter("datum.picked")
        .mark_rect(filled=False, stroke=colours.text, strokeWidth=2.5, clip=True, tooltip=None)
        .encode(**shown)
    )
    gaps = named("pauses").encode(x=alt.X("at:Q", scale=scale, axis=axis))
    rules = gaps.mark_rule(color=colours.muted, strokeDash=[4, 4], tooltip=None)
    words = gaps.mark_text(
        align="right", baseline="top", dx=-5, fontSize=LABEL_SIZE, color=colours.muted, tooltip=None
    ).encode(y=alt.value(height - 90), text="text:N")
    layers = [named("view").mark_point(opacity=0, tooltip=None), rules, marks, rings, words]
    if rows.lanes:
        layers.append(_numbers(colours).encode(x=x("middle"), y=y("row")))
    chart = alt.layer(*layers)
    description = (
        f"A bar for each trial{', in the row of its lane,' * rows.lanes} from its start to its "
        f"end in {unit}, coloured by how it ended; {objective.label} is in its tooltip."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _bars(present: tuple[str, ...], objective: Objective, rows: _Rows, colours: Theme) -> Any:
    """The bars, which still lack their places."""
    paint = {
        COMPLETED: colours.accent,
        CUT: colours.soft,
        LOST: colours.bad,
        RUNNING: colours.series[4],
    }
    paints = alt.Scale(domain=list(present), range=[paint[state] for state in present])
    legend = alt.Legend(orient="top", symbolType="square", symbolSize=110)
    edge = alt.value(colours.halo)
    if not rows.edged:
        # Without an edge a short bar would be thinner than a pixel.
        edge = alt.Stroke("state:N", title=None, scale=paints, legend=legend)
    return (
        named("bars")
        .mark_rect(cursor="pointer", clip=True, strokeWidth=1)
        .encode(
            fill=alt.Fill("state:N", title=None, scale=paints, legend=legend),
            stroke=edge,
            tooltip=[
                alt.Tooltip("trial:Q", title="trial"),
                *([alt.Tooltip("lane:Q", title="lane")] if rows.lanes else []),
                alt.Tooltip("status:N", title="status"),
                alt.Tooltip("time:N", title="took"),
                alt.Tooltip("text:N", title=objective.label),
            ],
        )
    )


def _numbers(colours: Theme) -> Any:
    """The number of a trial in its bar, where it is long enough; it still lacks its place."""
    # In the light theme two of the colours are too bright for white words.
    bright = f"datum.state == '{CUT}' || datum.state == '{RUNNING}'"
    dark_words = colours.text if colours is LIGHT else colours.halo
    return (
        named("bars")
        .mark_text(fontSize=LABEL_SIZE, clip=True, tooltip=None)
        .encode(
            text="name:N",
            color=alt.condition(bright, alt.value(dark_words), alt.value(colours.halo)),
        )
    )
