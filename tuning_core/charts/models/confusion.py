"""Confusion matrix: what each class was taken for, a click picks the rows of a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.labels import LETTER
from tuning_core.charts.parts.theme import LABEL_SIZE, Theme, blend, theme

CELL = "cell"
"""Name of the selection of a cell by a click."""

MOST_CLASSES = 24
"""Classes that are drawn; of more, those with the most mistakes."""

_LETTERED = 12
"""Classes up to which every cell says its count."""

_ACROSS = 420
"""Pixels that the axis of what was predicted has for its labels, about."""


def confusion(
    truth: np.ndarray,
    predicted: np.ndarray,
    names: Sequence[str],
    *,
    picked: tuple[int, int] | None = None,
    dark: bool = False,
    height: int = 440,
) -> Chart:
    """Rows are the true classes, columns what was predicted, both (n,) numbers into ``names``.

    Colour is the share of the true class: right answers and mistakes have colours of their own,
    and mistakes are shown stronger than they are, for they are few. A click changes the selection
    :data:`CELL`; ``picked`` (true, predicted) is ringed.
    """
    counts = confusion_counts(truth, predicted, len(names))
    shown = shown_classes(counts)
    labels = _distinct(names)
    rows, columns = (grid.ravel() for grid in np.meshgrid(shown, shown, indexing="ij"))
    amounts = counts[rows, columns]
    totals = counts.sum(axis=1)[rows]
    share = np.divide(amounts, totals, out=np.zeros(len(amounts)), where=totals > 0)
    right = rows == columns
    cells = pd.DataFrame(
        {
            "truth": rows,
            "predicted": columns,
            "truth_name": [labels[row] for row in rows],
            "predicted_name": [labels[column] for column in columns],
            "count": amounts,
            "share": share,
            "share_text": [f"{100 * value:.1f} %" for value in share],
            "right": right,
            # A cube root: one mistake in a hundred is to be seen.
            "strength": np.where(amounts > 0, np.where(right, share, np.cbrt(share)), 0.0),
            "picked": [(row, column) == picked for row, column in zip(rows, columns, strict=True)],
            "text": [f"{amount:,}" if amount else "" for amount in amounts],
        }
    )
    level = sum(len(labels[place]) + 2 for place in shown) * LETTER < _ACROSS
    options = (len(shown) <= _LETTERED, level, dark, height)
    return Chart(_specification(*options), {"cells": cells})


def confusion_counts(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """How many rows of each class (first axis) were taken for each class (second axis)."""
    flat = np.bincount(truth.astype(int) * classes + predicted.astype(int), minlength=classes**2)
    return flat.reshape(classes, classes)


def shown_classes(counts: np.ndarray) -> np.ndarray:
    """Numbers of the classes that are drawn, in their order."""
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts)
    return np.sort(np.argsort(-wrong, kind="stable")[:MOST_CLASSES])


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, those that come twice with their class's number: an axis knows no more."""
    words = [str(name) for name in names]
    often = Counter(words)
    return [word if often[word] == 1 else f"{word} ({n})" for n, word in enumerate(words)]


def picked_cell(selection: Mapping[str, Any]) -> tuple[int, int] | None:
    """The clicked (true, predicted) that Streamlit gives under ``selection``; None for none."""
    for row in selection.get(CELL) or []:
        if row.get("truth") is not None and row.get("predicted") is not None:
            return int(row["truth"]), int(row["predicted"])
    return None


@lru_cache(TEMPLATES)
def _specification(lettered: bool, level: bool, dark: bool, height: int) -> str:
    colours = theme(dark)

    def colour(field: str, hue: str, test: str) -> Any:
        ramp = [blend((colours.halo, hue), share) for share in (0.04, 0.3, 0.62, 0.95)]
        return alt.condition(
            test,
            alt.Color(f"{field}:Q", scale=alt.Scale(domain=[0, 1], range=ramp), legend=None),
            alt.value("transparent"),
        )

    scale = alt.Scale(paddingInner=0.04, paddingOuter=0)

    def axis(angle: int) -> alt.Axis:
        return alt.Axis(labelFontSize=LABEL_SIZE, labelLimit=130, labelAngle=angle, grid=False)

    base = named("cells").encode(
        x=alt.X(
            "predicted_name:N",
            title="said by the model",
            sort=None,
            scale=scale,
            axis=axis(0 if level else -90),
        ),
        y=alt.Y("truth_name:N", title="true class", sort=None, scale=scale, axis=axis(0)),
        tooltip=[
            alt.Tooltip("truth_name:N", title="true class"),
            alt.Tooltip("predicted_name:N", title="said by the model"),
            alt.Tooltip("count:Q", title="rows", format=","),
            alt.Tooltip("share_text:N", title="share of the true class"),
        ],
    )
    ring = alt.condition("datum.picked", alt.value(colours.text), alt.value("transparent"))
    select = alt.selection_point(
        name=CELL, fields=["truth", "predicted"], on="click", clear="dblclick"
    )
    right = base.mark_rect(cursor="pointer", strokeWidth=2.5, cornerRadius=2).encode(
        color=colour("strength", colours.accent, "datum.right"), stroke=ring
    )
    wrong = (
        base.mark_rect(cursor="pointer", strokeWidth=2.5, cornerRadius=2)
        .encode(color=colour("strength", colours.series[1], "!datum.right"), stroke=ring)
        .transform_filter("!datum.right")
        .add_params(select)
    )
    layers = [right.transform_filter("datum.right"), wrong]
    if lettered:
        layers.append(_counts(base, colours))
    chart = alt.layer(*layers).resolve_scale(color="independent")
    description = (
        "Confusion matrix: a row for each true class, a column for each class that was "
        "said, a count in each cell."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


def _counts(base: Any, colours: Theme) -> Any:
    """The count of each cell, legible on its colour."""
    strong = alt.condition(
        "datum.strength > 0.55", alt.value(colours.halo), alt.value(colours.text)
    )
    return base.mark_text(fontSize=LABEL_SIZE, cursor="pointer").encode(text="text:N", color=strong)
