"""Scores of plain models as lines across a chart of scores, each with its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.charts.parts.chart import named
from tuning_core.charts.parts.theme import LABEL_SIZE, Theme

References = Sequence[tuple[str, float]]
"""Names and scores."""

FRAME = "references"
_REACH = 0.5
"""How far beyond the trials, in shares of their range, a worse reference is still drawn."""
_APART = 0.14
"""Share of the range within which two names would stand on each other."""


def shown_references(
    references: References, low: float, high: float, direction: str
) -> pd.DataFrame:
    """``score`` and ``name`` of the lines beside trials from ``low`` to ``high``.

    One that is far worse than all trials would press these into a corner and is left out; a better
    one is always there. The names of lines that nearly meet stand together.
    """
    room = _REACH * ((high - low) or abs(high) or 1.0)
    kept = sorted(
        (score, name)
        for name, score in references
        if (score >= low - room if direction == "max" else score <= high + room)
    )
    reach = max([high, *(s for s, _ in kept)]) - min([low, *(s for s, _ in kept)])
    rows: list[dict[str, Any]] = []
    for score, name in kept:
        if rows and score - rows[-1]["score"] < _APART * reach:
            rows[-1]["name"] += f", {name}"
            rows.append({"score": score, "name": ""})
        else:
            rows.append({"score": score, "name": name})
    return pd.DataFrame(rows, columns=["score", "name"]).astype({"score": "float64", "name": "str"})


def reference_marks(y: alt.Y, colours: Theme) -> list[Any]:
    """Dashed lines with their names at the left; ``y`` places the field ``score``."""
    base = named(FRAME)
    label = {"align": "left", "dx": 6, "dy": -6, "fontSize": LABEL_SIZE, "tooltip": None}
    halo = {"stroke": colours.halo, "strokeWidth": 4, "strokeJoin": "round", "opacity": 0.9}
    return [
        base.mark_rule(
            color=colours.muted, strokeDash=[5, 4], strokeWidth=1.2, tooltip=None
        ).encode(y=y),
        base.mark_text(**label, **halo, color=colours.halo).encode(
            x=alt.value(0), y=y, text="name:N"
        ),
        base.mark_text(**label, color=colours.muted).encode(x=alt.value(0), y=y, text="name:N"),
    ]
