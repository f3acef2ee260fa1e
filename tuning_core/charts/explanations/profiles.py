"""What a model of the scores says along one hyperparameter.

What it expects, or how dense good trials are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.catalog.explanation import Profile
from tuning_core.charts.parts.axes import Axis, positions, value_texts
from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.labels import metric_title, number_text, title_lines
from tuning_core.charts.parts.place_axis import place_x
from tuning_core.charts.parts.score_points import parted
from tuning_core.charts.parts.theme import Theme, theme


def profile_frame(profile: Profile, axis: Axis) -> pd.DataFrame:
    """A row per value of a profile.

    Columns: ``place`` (0 to 1), ``value`` in words, ``chosen``, and one per line.
    """
    values = pd.DataFrame({axis.name: pd.Series(list(profile.at), dtype="object")})
    lines = {name: pd.Series(line, dtype="float64") for name, line in profile.lines.items()}
    chosen = [value == profile.value for value in profile.at]
    return pd.DataFrame(
        {
            "place": pd.Series(positions(values, axis), dtype="float64"),
            "value": value_texts(values, axis),
            "chosen": pd.Series(chosen, dtype="bool"),
            **lines,
        }
    )


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
        _surrogate_specification(axis, objective, dark, height),
        {
            "view": pd.DataFrame({"score": ends}),
            "line": frame,
            "chosen": frame[frame["chosen"]],
        },
    )


@lru_cache(TEMPLATES)
def _surrogate_specification(axis: Axis, objective: Objective, dark: bool, height: int) -> str:
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


GROUPS = {"good": "good trials", "rest": "the rest"}

BESIDE = 0.02
"""How far the bars of a listed value stand from its place."""


def density_slice(
    profile: Profile, axis: Axis, *, dark: bool = False, height: int = 220, legend: bool = True
) -> Chart:
    """Both densities of a profile; the trial's value stands out.

    Areas over a range are densities over its scale from 0 to 1; bars at the values of a list are
    shares. ``profile`` has the lines ``good`` and ``rest``.
    """
    found = profile_frame(profile, axis)
    found["ratio"] = [
        number_text(good / rest, 3) if rest else "∞"
        for good, rest in zip(found["good"], found["rest"], strict=True)
    ]
    parts = [
        found.assign(
            group=words,
            density=found[name],
            text=found[name].map(lambda value: number_text(value, 3)),
            side=found["place"] + (BESIDE if name == "rest" else -BESIDE),
        )
        for name, words in GROUPS.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    top = max(float(frame["density"].max()), 1e-9) * 1.06
    listed = bool(axis.categories)
    return Chart(
        _density_specification(axis, listed, dark, height, legend),
        {
            "view": pd.DataFrame({"density": [0.0, top]}),
            "lines": frame,
            "chosen": found[found["chosen"]].assign(density=found["good"]),
        },
    )


@lru_cache(TEMPLATES)
def _density_specification(axis: Axis, listed: bool, dark: bool, height: int, legend: bool) -> str:
    colours = theme(dark)
    y = alt.Y(
        "density:Q",
        title="share" if listed else "density",
        scale=alt.Scale(domain=data_domain("view", "density"), nice=False),
        axis=alt.Axis(tickCount=4, format="~r"),
    )
    colour = alt.Color(
        "group:N",
        scale=alt.Scale(
            domain=list(GROUPS.values()),
            range=[colours.accent, colours.soft if dark else "#8b9a96"],
        ),
        legend=alt.Legend(orient="top", direction="horizontal", title=None, symbolOpacity=1)
        if legend
        else None,
    )
    tooltip = [
        alt.Tooltip("value:N", title=axis.label),
        alt.Tooltip("group:N", title="trials"),
        alt.Tooltip("text:N", title="share" if listed else "density"),
        alt.Tooltip("ratio:N", title="good to rest"),
    ]
    view = named("view").mark_point(opacity=0, tooltip=None).encode(y=y)
    base = named("lines").encode(y=y, color=colour, tooltip=tooltip)
    x = place_x("place", axis, aside=False)
    marks: list[Any] = (
        [base.mark_bar(width=9).encode(x=place_x("side", axis, aside=False))]
        if listed
        else [
            base.mark_area(opacity=0.2, line=False).encode(x=x, y=y.stack(None)),
            base.mark_line(strokeWidth=2.5).encode(x=x),
            base.mark_point(size=110, opacity=0).encode(x=x),
        ]
    )
    chosen = named("chosen").encode(x=x, tooltip=[tooltip[0], tooltip[3]])
    rule = chosen.mark_rule(strokeWidth=1.5, strokeDash=[2, 3], color=colours.series[1])
    point = chosen.mark_point(
        filled=True, size=150, color=colours.series[1], stroke=colours.halo, strokeWidth=1.5
    ).encode(y=y)
    chart = alt.layer(view, *marks, rule, point)
    description = (
        f"Density of {axis.label} among the good trials and among the rest; the trial's "
        "value stands out."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)
