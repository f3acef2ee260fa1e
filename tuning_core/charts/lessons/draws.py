"""What a range draws on several scales: a row of stacked dots for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.labels import number_text
from tuning_core.charts.parts.theme import LABEL_SIZE, theme

BINS = 48
ROW = 1.45
"""Height of a row, in heights of its tallest pile."""


def draws(
    values: Mapping[str, Sequence[float]],
    limits: tuple[float, float],
    *,
    title: str,
    towards_one: bool = False,
    dark: bool = False,
    height: int = 360,
) -> Chart:
    """A row per scale with a dot per draw, on a log axis; dots of one place are stacked.

    ``limits`` are the ends of the range. With ``towards_one`` the axis is logarithmic in the
    distance to 1. Each decade of a row says how many draws it got.
    """
    low, high = (1 - limits[1], 1 - limits[0]) if towards_one else limits
    first, last = np.log10(low), np.log10(high)
    decades = np.arange(np.floor(first + 1e-9), np.ceil(last - 1e-9))
    dots, counts = [], []
    tallest = 1
    for name, drawn in values.items():
        numbers = 1 - np.asarray(drawn, float) if towards_one else np.asarray(drawn, float)
        places = np.log10(np.clip(numbers, low, high))
        bins = np.clip(((places - first) / (last - first) * BINS).astype(int), 0, BINS - 1)
        heights = pd.Series(bins).groupby(bins).cumcount().to_numpy()
        tallest = max(tallest, int(heights.max(initial=0)) + 1)
        dots.append(
            pd.DataFrame(
                {
                    "scale": name,
                    "at": 10 ** (first + (bins + 0.5) / BINS * (last - first)),
                    "layer": heights,
                    "value": [number_text(float(value), 3) for value in drawn],
                }
            )
        )
        counts += [
            {
                "scale": name,
                "at": float(10 ** (max(decade, first) / 2 + min(decade + 1, last) / 2)),
                "words": f"{int(((places >= decade) & (places < decade + 1)).sum())}",
            }
            for decade in decades
        ]
    rows = {name: len(values) - 1 - row for row, name in enumerate(values)}
    frame = pd.concat(dots, ignore_index=True).astype({"scale": "str", "value": "str"})
    frame["up"] = frame["scale"].map(rows) * ROW + (frame["layer"] + 0.6) / max(tallest, 8)
    words = pd.DataFrame(counts).astype({"scale": "str", "words": "str"})
    words["up"] = words["scale"].map(rows) * ROW + 1.1
    names = pd.DataFrame(
        {"scale": list(rows), "up": [row * ROW + 1.26 for row in rows.values()]}
    ).astype({"scale": "str"})
    return Chart(
        _specification(tuple(rows), float(low), float(high), title, towards_one, dark, height),
        {"dots": frame, "counts": words, "names": names},
    )


@lru_cache(TEMPLATES)
def _specification(
    names: tuple[str, ...],
    low: float,
    high: float,
    title: str,
    towards_one: bool,
    dark: bool,
    height: int,
) -> str:
    colours = theme(dark)
    x = alt.X(
        "at:Q",
        title=title,
        scale=alt.Scale(type="log", domain=[low, high], nice=False, reverse=towards_one),
        axis=alt.Axis(
            values=[float(f"1e{power}") for power in range(-9, 2) if low <= 10.0**power <= high],
            labelExpr="format(1 - datum.value, '~g')" if towards_one else alt.Undefined,
            format="~g",
        ),
    )
    up = alt.Y(
        "up:Q",
        title="draws",
        scale=alt.Scale(domain=[0, ROW * len(names) - 0.02], nice=False),
        axis=alt.Axis(labels=False, grid=False),
    )
    colour = alt.Color(
        "scale:N",
        legend=None,
        scale=alt.Scale(domain=list(names), range=[colours.series[1], colours.series[0]]),
    )
    dots = (
        named("dots")
        .mark_point(filled=True, size=75, opacity=0.9, clip=True)
        .encode(
            x=x,
            y=up,
            color=colour,
            tooltip=[
                alt.Tooltip("scale:N", title="scale"),
                alt.Tooltip("value:N", title="draw"),
            ],
        )
    )
    counts = (
        named("counts")
        .mark_text(fontSize=LABEL_SIZE + 1, fontWeight=600, color=colours.muted, tooltip=None)
        .encode(x=x, y=up, text="words:N")
    )
    words = (
        named("names")
        .mark_text(align="left", dx=4, fontSize=LABEL_SIZE + 2, fontWeight=600, tooltip=None)
        .encode(x=alt.value(0), y=up, text="scale:N", color=colour)
    )
    chart = alt.layer(dots, counts, words)
    description = f"A dot for each draw of {title}, a row for each of {', '.join(names)}."
    return specification(chart.properties(height=height, width="container"), colours, description)
