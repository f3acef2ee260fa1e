"""The place of a chart on a page, and the chart in it: built anew only when it shows more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import streamlit as st
from streamlit.dataframe_util import convert_pandas_df_to_arrow_bytes

from pages.components.shared import html
from pages.components.shared.chosen_trials import choose_trials, chosen_trials
from pages.components.shared.session import cached
from tuning_core.charts.parts.chart import PICKED, TURN, Chart, picked_trials

_CACHE = "drawn_charts"
_REPORTED = "picks_reported"
_TURN = "selection_turn"
_PADDING = {"left": 5, "right": 5, "top": 5, "bottom": 5}
"""Pixels around a chart that asks for none; Streamlit would add a wide margin below."""


def forget_charts() -> None:
    """Start the next study without the drawn charts of the last."""
    st.session_state[_CACHE] = {}
    st.session_state[_REPORTED] = {}


def chart_place(name: str, height: int) -> AbstractContextManager[Any]:
    """A container as high as its chart from the start, so that nothing below it jumps."""
    return st.container(key=f"chart-{height}-{name}")


def say(words: str) -> None:
    """A quiet sentence beside or instead of a chart."""
    st.html(html.text(words, "ts-muted ts-small"))


def render_chart(
    key: str,
    token: tuple[Any, ...],
    draw: Callable[[], Chart],
    selections: Sequence[str],
    live: bool,
) -> None:
    """Draw a chart, built anew only when ``token`` (all that it shows) has changed.

    ``selections`` are the names of its zooms and brushes; clicks on trials it has by itself. A
    chart out of sight (``live`` False) stays as it was: it must be drawn, or its zoom and brushes
    would be gone, but nobody sees that it is old.
    """
    chart = cached(_CACHE, key, token, lambda: _as_bytes(draw(), _turn()), seen=live)
    if chart is None:
        return
    names = dict.fromkeys(selections)
    if any(parameter.get("name") == PICKED for parameter in chart.get("params", ())):
        names[PICKED] = None
    render_document(
        chart,
        key,
        on_select=(lambda: _take_click(key)) if names else "ignore",
        selection_mode=list(names) or None,
    )


def render_document(document: dict[str, Any], key: str, **selection: Any) -> None:
    """Draw a chart from Vega-Lite as JSON with its data, as wide as its place.

    Its ``description`` names it, and its buttons, to a screen reader. *Show data*, beside it, shows
    the first of its frames as a table.
    """
    # Streamlit takes the data out of what it is given, and warns of two descriptions.
    given = {"padding": _PADDING, **document, "datasets": told_first(document)}
    st.vega_lite_chart(
        given,
        width="stretch",
        theme="streamlit",
        key=key,
        alt=given.pop("description"),
        **selection,
    )


def told_first(document: dict[str, Any]) -> dict[str, Any]:
    """The frames of a chart, first the one of which its tooltips tell the most."""
    told: dict[str, int] = dict.fromkeys(document["datasets"], 0)

    def look(part: Any, frame: str) -> None:
        if isinstance(part, list):
            for each in part:
                look(each, frame)
        elif isinstance(part, dict):
            frame = (part.get("data") or {}).get("name", frame)
            tooltip = (part.get("encoding") or {}).get("tooltip")
            if isinstance(tooltip, list) and frame in told:
                told[frame] = max(told[frame], len(tooltip))
            for each in part.values():
                look(each, frame)

    look({name: part for name, part in document.items() if name != "datasets"}, "")
    return {name: document["datasets"][name] for name in sorted(told, key=lambda n: -told[n])}


def _as_bytes(chart: Chart, turn: int) -> dict[str, Any]:
    """The chart with its frames as Arrow, the form in which they travel: made once, sent often.

    What can be clicked also says in which ``turn``.
    """
    document = chart.to_dict()
    for parameter in document.get("params", ()):
        if parameter.get("name") == PICKED:
            parameter["select"]["fields"] = ["trial", TURN]
    document["datasets"] = {
        name: convert_pandas_df_to_arrow_bytes(frame.assign(**{TURN: turn}))
        for name, frame in document["datasets"].items()
    }
    return document


def _turn() -> int:
    """How often the selected trials have changed."""
    chosen = tuple(chosen_trials())
    before, turn = st.session_state.get(_TURN, ((), 0))
    if before != chosen:
        turn += 1
        st.session_state[_TURN] = (chosen, turn)
    return int(turn)


def _take_click(key: str) -> None:
    """Select the trials that were clicked in a chart.

    A chart hands over its clicks with each zoom and brush as well: only new ones select.
    """
    selection: Any = (st.session_state.get(key) or {}).get("selection", {})
    reported = st.session_state.setdefault(_REPORTED, {})
    clicks = selection.get(PICKED) or []
    if clicks != reported.get(key, []):
        reported[key] = clicks
        choose_trials(picked_trials(selection))
