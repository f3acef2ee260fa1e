"""Where good trials are dense along one hyperparameter, and where the rest are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.catalog.explanation import Profile
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import TEMPLATES, Chart, data_domain, named, specification
from tuning_core.charts.parts.numerals import number_text
from tuning_core.charts.parts.place_axis import place_x
from tuning_core.charts.parts.theme import theme
from tuning_core.charts.parts.why_frames import profile_frame

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
        _specification(axis, listed, dark, height, legend),
        {
            "view": pd.DataFrame({"density": [0.0, top]}),
            "lines": frame,
            "chosen": found[found["chosen"]].assign(density=found["good"]),
        },
    )


@lru_cache(TEMPLATES)
def _specification(axis: Axis, listed: bool, dark: bool, height: int, legend: bool) -> str:
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
