"""Values of a few groups, a column of dots for each, with the mean and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.theme import TITLE_SIZE, theme

WIDTH = 0.5
"""How far the dots of a column spread, as a share of its width."""


def strips(
    groups: Mapping[str, Sequence[float]],
    *,
    y_title: str,
    y_limits: tuple[float, float],
    x_title: str,
    bands: Mapping[str, tuple[float, float]] | None = None,
    words: Mapping[str, Sequence[str]] | None = None,
    dark: bool = False,
    height: int = 400,
) -> Chart:
    """A column per group: a dot per value, a bar at the mean, a band where ``bands`` has one.

    ``words`` says what each value is, for the tooltip.
    """
    rows = []
    for group, values in groups.items():
        # One alone stands in the middle.
        places = np.linspace(-WIDTH / 2, WIDTH / 2, max(2, len(values))) * (len(values) > 1)
        texts = (words or {}).get(group, [str(n + 1) for n in range(len(values))])
        rows += [
            {
                "group": group,
                "value": float(np.clip(value, *y_limits)),
                "aside": place,
                "what": what,
            }
            for value, place, what in zip(values, places, texts, strict=False)
        ]
    dots = pd.DataFrame(rows, columns=["group", "value", "aside", "what"])
    dots = dots.astype({"group": "str", "what": "str", "value": "float64", "aside": "float64"})
    known = {group: values for group, values in groups.items() if len(values)}
    means = pd.DataFrame(
        {
            "group": list(known),
            "mean": [float(np.mean(values)) for values in known.values()],
            "text": [f"{np.mean(values):.3f}" for values in known.values()],
        }
    ).astype({"group": "str", "mean": "float64", "text": "str"})
    shown = {group: ends for group, ends in (bands or {}).items() if group in known}
    band = pd.DataFrame(
        {
            "group": list(shown),
            "low": [float(np.clip(low, *y_limits)) for low, _ in shown.values()],
            "high": [float(np.clip(high, *y_limits)) for _, high in shown.values()],
        }
    ).astype({"group": "str", "low": "float64", "high": "float64"})
    return Chart(
        _specification(tuple(groups), y_title, y_limits, x_title, dark, height),
        {"dots": dots, "means": means, "bands": band},
    )


@lru_cache(TEMPLATES)
def _specification(
    groups: tuple[str, ...],
    y_title: str,
    y_limits: tuple[float, float],
    x_title: str,
    dark: bool,
    height: int,
) -> str:
    colours = theme(dark)
    x = alt.X(
        "group:N",
        title=x_title,
        sort=list(groups),
        scale=alt.Scale(domain=list(groups)),
        axis=alt.Axis(labelAngle=0, grid=False),
    )

    def y(field: str) -> alt.Y:
        return alt.Y(
            f"{field}:Q",
            title=y_title,
            scale=alt.Scale(domain=list(y_limits), nice=False, zero=False),
            axis=alt.Axis(tickCount=6, format="~g"),
        )

    colour = alt.Color(
        "group:N",
        legend=None,
        scale=alt.Scale(
            domain=list(groups),
            range=[colours.series[i % len(colours.series)] for i in range(len(groups))],
        ),
    )
    band = (
        named("bands")
        .mark_bar(size=70, opacity=0.16, tooltip=None)
        .encode(x=x, y=y("low"), y2="high:Q", color=colour)
    )
    dots = _dots(x, y("value"), colour, y_title)
    # From edge to edge of the column, however narrow that is.
    aside = {
        "x": alt.X("group:N", sort=list(groups), bandPosition=0.2),
        "x2": alt.X2("group:N", bandPosition=0.8),
    }
    end = alt.X("group:N", sort=list(groups), bandPosition=0.8)
    bar = named("means").mark_rule(strokeWidth=3, color=colours.text, tooltip=None)
    text = {"dx": 5, "align": "left", "fontSize": TITLE_SIZE, "fontWeight": 600, "tooltip": None}
    halo = named("means").mark_text(stroke=colours.halo, strokeWidth=4, **text)
    word = named("means").mark_text(color=colours.text, **text)
    chart = alt.layer(
        band,
        dots,
        bar.encode(y=y("mean"), **aside),
        *(layer.encode(x=end, y=y("mean"), text="text:N") for layer in (halo, word)),
    )
    description = (
        f"{y_title} by {x_title}, a dot for each value and a bar at the mean, for "
        f"{', '.join(groups)}."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _dots(x: alt.X, y: alt.Y, colour: alt.Color, title: str) -> Any:
    """A dot for each value."""
    return (
        named("dots")
        .mark_point(filled=True, size=90, opacity=0.8)
        .encode(
            x=x,
            y=y,
            xOffset=alt.XOffset("aside:Q", scale=alt.Scale(domain=[-0.5, 0.5])),
            color=colour,
            tooltip=[
                alt.Tooltip("group:N", title="group"),
                alt.Tooltip("what:N", title="training"),
                alt.Tooltip("value:Q", title=title, format=".4~f"),
            ],
        )
    )
