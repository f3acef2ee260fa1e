"""The tab of the parallel coordinates, and the trials inside its brushes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, forget_charts, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.study.curves_tab import curves_part, has_epochs
from pages.components.study.importance_block import leading
from pages.components.study.tab_parts import Part, Within
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.study.parallel_coordinates import parallel_coordinates
from tuning_core.charts.study.parallel_frames import (
    brush_name,
    brush_names,
    brushed,
    brushed_interval,
    brushed_trials,
    place_field,
)
from tuning_core.findings.axes import axes_of
from tuning_core.findings.live import LiveStudy

Brushes = dict[str, tuple[float, float]]
"""The brushed interval of each axis: shares of its height, of the score's axis scores."""

MOST_AXES, MOST_SHOWN = 12, 20
"""Axes until the user chooses others, and then."""

_BRUSHES = "brush_generation"
_FIRST = "brushed_at_first"


def forget_study() -> None:
    """Start the next study without the brushes and the drawn charts of the last."""
    clear_brushes()
    forget_charts()


def _render_parallel(live: LiveStudy, seen: bool, within: Within) -> None:
    """Draw the parallel coordinates, a brush on every axis."""
    with chart_place("parallel", 440):
        if not live.study.trials:
            say("A line per trial, from the first that has ended.")
            return
        chosen, dark, axes = chosen_trials(), html.is_dark(), _render_axes(live)
        render_chart(
            _parallel_key(),
            (live.study.id, live.pictured_trials, tuple(chosen), dark, tuple(axes)),
            lambda: parallel_coordinates(
                live.trials_frame(),
                axes,
                live.spec.objective_info,
                selected=chosen,
                dark=dark,
                height=440,
                brushes=st.session_state.get(_FIRST, {}),
            ),
            brush_names(axes),
            seen,
        )


def axes_key(study_id: str) -> str:
    """The session's key of the axes that are drawn, where not all can be."""
    return f"axes-shown-{study_id}"


def _render_axes(live: LiveStudy) -> list[Axis]:
    """Draw the choice of axes where they are too many to be told apart; those to be drawn."""
    axes = {axis.name: axis for axis in axes_of(live)}
    if len(axes) <= MOST_AXES:
        return [*axes.values()]
    key = axes_key(live.study.id)
    wanted = st.session_state.get(key, leading(live, [*axes], MOST_AXES))
    # Nothing is filtered by a brush that is not seen.
    st.session_state[key] = list(dict.fromkeys(n for n in [*wanted, *brushes()] if n in axes))
    shown = st.multiselect(
        "Hyperparameters shown",
        [*axes],
        format_func=lambda name: axes[name].label,
        key=key,
        on_change=clear_brushes,
        max_selections=MOST_SHOWN,
    )
    return [axes[name] for name in shown]


def _parallel_key() -> str:
    """The chart's key; another one is a chart without brushes."""
    return f"parallel-{st.session_state.get(_BRUSHES, 0)}"


def clear_brushes() -> None:
    """Take all brushes away."""
    brush_anew({})


def brush_anew(found: Brushes) -> None:
    """Draw these brushes, in a chart of its own, and no others."""
    st.session_state[_BRUSHES] = st.session_state.get(_BRUSHES, 0) + 1
    st.session_state[_FIRST] = found


def brushes() -> Brushes:
    """The brushes that are drawn."""
    selection = _selection()
    names = {name.removeprefix(brush_name("")) for name in selection}
    found = {name: brushed_interval(selection, name) for name in sorted(names)}
    return {name: ends for name, ends in found.items() if ends is not None}


def _selection() -> dict[str, Any]:
    """What a chart reports; of brushes that it was drawn with and has not reported yet, these."""
    first = {
        brush_name(axis): {place_field(axis): [*ends]}
        for axis, ends in st.session_state.get(_FIRST, {}).items()
    }
    told: dict[str, Any] = (st.session_state.get(_parallel_key()) or {}).get("selection", {})
    # One that has reported nothing has all of them, empty.
    silent = first.keys() <= told.keys() and not any(told.values())
    return first if silent else first | told


def trials_inside(live: LiveStudy) -> Within:
    """The trials within every brush; None when nothing is brushed."""
    selection = _selection()
    axes = axes_of(live)
    if not brushed(selection, axes):
        return None
    return brushed_trials(selection, live.trials_frame(), axes, live.spec.objective_info)


PARALLEL_COORDINATES: tuple[Part, ...] = (
    Part("parallel", "", _render_parallel),
    curves_part("parallel-curves", applies=has_epochs),
)
