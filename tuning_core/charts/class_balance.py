"""How many rows each class has, as bars."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import pandas as pd

from tuning_core.charts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.theme import LABEL_SIZE, theme

BAR = 26
"""Pixels of height per class."""


def class_counts(counts: Mapping[str, int]) -> pd.DataFrame:
    """``label``, ``rows`` and ``text`` ("150 rows (33 %)"), in the given order."""
    total = max(sum(counts.values()), 1)
    records = [
        (str(label), int(rows), f"{rows:,} rows ({100 * rows / total:.0f} %)")
        for label, rows in counts.items()
    ]
    return pd.DataFrame(records, columns=["label", "rows", "text"]).astype({"rows": "int64"})


def class_balance(counts: Mapping[str, int], *, dark: bool = False) -> Chart:
    """A bar per class with its number of rows and its share written beside it."""
    data = class_counts(counts)
    most = max([1, *data["rows"]])
    return Chart(_specification(len(data), most, dark), {"classes": data})


@lru_cache(TEMPLATES)
def _specification(classes: int, most: int, dark: bool) -> str:
    colours = theme(dark)
    base = named("classes").encode(
        x=alt.X(
            "rows:Q",
            title=None,
            axis=None,
            # Room to the right of the longest bar for its label.
            scale=alt.Scale(domain=[0, most * 1.9], nice=False),
        ),
        y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(labelOverlap=False)),
    )
    bars = base.mark_bar(color=colours.accent, size=BAR - 9, cornerRadiusEnd=2).encode(
        tooltip=[alt.Tooltip("label:N", title="class"), alt.Tooltip("text:N", title="size")]
    )
    words = base.mark_text(
        align="left", dx=7, fontSize=LABEL_SIZE, color=colours.muted, tooltip=None
    ).encode(text="text:N")
    chart = alt.layer(bars, words).properties(
        height=BAR * max(classes, 1) + 8,
        width="container",
        padding={"left": 4, "right": 4, "top": 4, "bottom": 4},
    )
    return specification(chart, colours)
