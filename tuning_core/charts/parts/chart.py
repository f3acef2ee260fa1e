"""What every chart function returns: a specification made once, and the frames to draw now.

Building and checking a chart with Altair takes tens to hundreds of milliseconds, far more than
shaping its data, and live charts are redrawn each second in every open tab. So the specification
is made once per set of options, with names in place of data, and kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.charts.parts.theme import LABEL_SIZE, Theme, styled

TEMPLATES = 128
"""How many specifications of one kind of chart are kept."""


@dataclass(frozen=True)
class Chart:
    """A chart for ``st.vega_lite_chart(chart.to_dict())`` or ``st.altair_chart(chart)``.

    ``specification`` is Vega-Lite as JSON, validated by Altair; ``frames`` are its named data. The
    names never change, so new data reaches a chart in a browser without building it anew.
    """

    specification: str
    frames: Mapping[str, pd.DataFrame]

    def to_dict(self) -> dict[str, Any]:
        """The specification with the data frames under ``datasets``, the caller's to change."""
        return json.loads(self.specification) | {"datasets": dict(self.frames)}


def named(name: str) -> Any:
    """An Altair chart whose data comes later under a name."""
    return alt.Chart(alt.NamedData(name))


def data_domain(frame: str, field: str) -> list[dict[str, str]]:
    """A scale's domain read from the first two rows of a named frame.

    So the frame alone says how far an axis reaches: the specification stays the same while the
    data grows, other frames may be empty, and what lies outside can still be panned to.
    """
    rows = f"data('{frame}')"
    ends = ((0, 0.1), (1, 1.0))
    return [
        {"expr": f"length({rows}) > 1 ? {rows}[{row}]['{field}'] : {fallback}"}
        for row, fallback in ends
    ]


def specification(chart: Any, colours: Theme, description: str) -> str:
    """The Altair chart in our style, checked, as JSON.

    ``description`` is a sentence for those who cannot see it: what it shows, and not the values of
    the moment, with which a browser would have to build the chart anew.
    """
    document = styled(chart, colours).to_dict()
    document["description"] = description[0].upper() + description[1:]
    # Altair's own theme, which may be on or off in this thread, adds a size that Streamlit
    # would take for ours.
    for size in ("continuousWidth", "continuousHeight"):
        document["config"]["view"].pop(size, None)
    return json.dumps(document)


PICKED = "picked"
"""Name of the selection of trials by clicks, the same in every chart that has one."""

TURN = "turn"
"""A field beside the trial that a page may add to tell one click from the next: a browser does not
report a selection that equals its last, although another chart may have changed it since."""


def end_labels(names: Any, colours: Theme, field: str, **options: Any) -> list[Any]:
    """Names at the ends of lines in the colour of ``field``, legible on top of other lines.

    ``names`` has its places and texts encoded, and a field ``strong`` for those in bold.
    """
    font = {"align": "left", "baseline": "middle", "fontSize": LABEL_SIZE}
    font |= {"fontWeight": {"expr": "datum.strong ? 600 : 400"}, "tooltip": None, **options}
    halo = {"color": colours.halo, "stroke": colours.halo, "strokeWidth": 5, "opacity": 0.9}
    return [
        names.mark_text(**font, strokeJoin="round", **halo),
        names.mark_text(**font).encode(color=alt.Color(f"{field}:N", scale=None, legend=None)),
    ]


def trial_clicks() -> alt.Parameter:
    """The selection of trials by clicks on the marks that are given it; a double click ends it."""
    return alt.selection_point(name=PICKED, fields=["trial"], on="click", clear="dblclick")


def picked_trials(selection: Mapping[str, Any]) -> list[int]:
    """Numbers of the clicked trials, in the order of the clicks.

    ``selection`` is what ``st.altair_chart`` gives under ``selection``:
    ``{"picked": [{"trial": 3}, ...]}``; nothing picked is ``{}``. A trial that was added to the
    selection in one turn and again in another was taken off it with the second.
    """
    rows = selection.get(PICKED) or []
    clicks = [(int(row["trial"]), row.get(TURN)) for row in rows if row.get("trial") is not None]
    turns = Counter(number for number, _ in dict.fromkeys(clicks))
    return [number for number, count in turns.items() if count % 2]


_LENGTHS = frozenset(
    {
        "columnPadding",
        "dx",
        "dy",
        "fontSize",
        "labelFontSize",
        "labelLimit",
        "labelPadding",
        "offset",
        "strokeWidth",
        "symbolStrokeWidth",
        "titleFontSize",
        "titlePadding",
    }
)
_AREAS = frozenset({"size", "symbolSize"})


def enlarged(document: Any, factor: float) -> Any:
    """A Vega-Lite document with all its lengths in pixels ``factor`` times as long."""
    if isinstance(document, list):
        return [enlarged(part, factor) for part in document]
    if not isinstance(document, dict):
        return document
    grown = {}
    for name, value in document.items():
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if plain and name in _LENGTHS:
            grown[name] = value * factor
        elif plain and name in _AREAS:
            grown[name] = value * factor**2
        else:
            grown[name] = value if name == "datasets" else enlarged(value, factor)
    return grown
