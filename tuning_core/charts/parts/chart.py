"""What every chart function returns: a specification made once, and the frames to draw now.

Building and checking a chart with Altair takes tens to hundreds of milliseconds, far more than
shaping its data, and live charts are redrawn each second in every open tab. So the specification
is made once per set of options, with names in place of data, and kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.charts.parts.theme import Theme, styled

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
