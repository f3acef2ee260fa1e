"""What a surrogate expects along one hyperparameter, and how much luck it allows for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.catalog.explanation import Profile
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.metric_titles import metric_title, title_lines
from tuning_core.charts.parts.numerals import number_text
from tuning_core.charts.parts.place_axis import place_x
from tuning_core.charts.parts.score_points import parted
from tuning_core.charts.parts.theme import Theme, theme
from tuning_core.charts.parts.why_frames import profile_frame

AROUND = 60
"""Pixels of a chart's height that its axis takes from the plot."""


def score_ends(profiles: tuple[Profile, ...]) -> list[float]:
    """The ends of the axis of scores that all profiles of an explanation share."""
    values: list[float] = []
    for profile in profiles:
        lines = profile.lines
        if lines:
            values += lines["acquisition"]
            for mean, deviation in zip(lines["mean"], lines["deviation"], strict=True):
                values += [mean - deviation, mean + deviation]
    return parted(min(values), max(values)) if values else [0.0, 1.0]


def surrogate_slice(
    profile: Profile,
    axis: Axis,
    objective: Objective,
    ends: list[float],
    *,
    dark: bool = False,
    height: int = 220,
) -> Chart:
    """The expected score with one deviation, and the acquisition; the trial's value stands out.

    ``profile`` has the lines of a surrogate and ``ends`` come from :func:`score_ends`. Values of
    a list stand apart, each with its own mark.
    """
    frame = profile_frame(profile, axis)
    frame["low"] = frame["mean"] - frame["deviation"]
    frame["high"] = frame["mean"] + frame["deviation"]
    frame["expected"] = [
        f"{number_text(mean)} ± {number_text(deviation, 2)}"
        for mean, deviation in zip(frame["mean"], frame["deviation"], strict=True)
    ]
    frame["lucky"] = frame["acquisition"].map(number_text)
    return Chart(
        _specification(axis, objective, dark, height),
        {
            "view": pd.DataFrame({"score": ends}),
            "line": frame,
            "chosen": frame[frame["chosen"]],
        },
    )


@lru_cache(TEMPLATES)
def _specification(axis: Axis, objective: Objective, dark: bool, height: int) -> str:
    colours = theme(dark)
    title = title_lines(metric_title(objective.metric, objective.label), height - AROUND)

    def y(field: str) -> Any:
        return alt.Y(
            f"{field}:Q",
            title=title if len(title) == 1 else title_lines(objective.label, height - AROUND),
            scale=alt.Scale(domain=data_domain("view", "score"), nice=False, zero=False, padding=8),
            axis=alt.Axis(tickCount=5, format="~r"),
        )

    x = place_x("place", axis, aside=False)
    tooltip = [
        alt.Tooltip("value:N", title=axis.label),
        alt.Tooltip("expected:N", title="expected"),
        alt.Tooltip("lucky:N", title="with luck"),
    ]
    base = named("line").encode(x=x, tooltip=tooltip)
    view = named("view").mark_point(opacity=0, tooltip=None).encode(y=y("score"))
    layers = _apart(base, y, colours) if axis.categories else _together(base, y, colours)
    chosen = named("chosen").encode(x=x, tooltip=tooltip)
    rule = chosen.mark_rule(strokeWidth=1.5, strokeDash=[2, 3], color=colours.series[1])
    point = chosen.mark_point(
        filled=True, size=150, color=colours.series[1], stroke=colours.halo, strokeWidth=1.5
    ).encode(y=y("acquisition"))
    chart = alt.layer(view, *layers, rule, point)
    description = (
        f"Expected {objective.label} over {axis.label} with one deviation, and the "
        "acquisition; the trial's value stands out."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _together(base: Any, y: Any, colours: Theme) -> list[Any]:
    """A band, the expectation and the acquisition as lines; every place answers the pointer."""
    band = base.mark_area(opacity=0.22, color=colours.accent).encode(y=y("low"), y2="high:Q")
    mean = base.mark_line(strokeWidth=2.5, color=colours.accent).encode(y=y("mean"))
    luck = base.mark_line(strokeWidth=2, strokeDash=[6, 4], color=colours.series[2]).encode(
        y=y("acquisition")
    )
    touch = base.mark_point(size=120, opacity=0).encode(y=y("mean"))
    return [band, mean, luck, touch]


def _apart(base: Any, y: Any, colours: Theme) -> list[Any]:
    """A bar of deviations, a dot and a tick for each value of a list."""
    band = base.mark_rule(strokeWidth=12, opacity=0.22, color=colours.accent).encode(
        y=y("low"), y2="high:Q"
    )
    mean = base.mark_point(filled=True, size=70, color=colours.accent).encode(y=y("mean"))
    luck = base.mark_tick(orient="horizontal", thickness=3, size=26, color=colours.series[2])
    return [band, mean, luck.encode(y=y("acquisition"))]
