"""Learning curves side by side, one small picture for each value of a hyperparameter."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.formatting import count
from pages.components.study.live import LiveStudy
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import PICKED, Chart
from tuning_core.charts.study.curve_multiples import CurveGroup, curve_groups, curve_panels

ACROSS = 3
"""Pictures side by side."""

CURVES = 60
"""Curves of all pictures together: each is read from the store."""


def render_curves_by_value(
    live: LiveStudy, axis: Axis, metric: str, seen: bool, within: set[int] | None
) -> None:
    """Draw the validation curves of ``metric``, split by the values of ``axis``.

    ``within`` keeps to these trials (those inside the brushes).
    """
    trials = live.trials_frame()
    if within is not None:
        trials = trials[trials["number"].isin(list(within))]
    objective = live.spec.objective_info
    groups = curve_groups(trials, axis, objective, most=0)
    if len(groups) < 2:
        say(f"The trials that have a score do not differ in {axis.label}.")
        return
    groups = curve_groups(trials, axis, objective, most=CURVES // len(groups))
    chosen, dark = chosen_trials(), html.is_dark()

    @cache
    def charts() -> list[Chart]:
        shown = [number for group in groups for number in group.shown]
        return curve_panels(
            live.curves_frame(shown),
            metric,
            groups,
            picked=chosen,
            last_epoch=live.spec.budget.epochs,
            dark=dark,
            height=220,
        )

    def drawing(index: int) -> Callable[[], Chart]:
        return lambda: charts()[index]

    say("Thick: the median of the curves shown. Thin: trials from the best to the worst of each.")
    across = 2 if len(groups) in (2, 4) else ACROSS
    for first in range(0, len(groups), across):
        row = st.columns(across)
        for place, group in enumerate(groups[first : first + across]):
            with row[place]:
                st.html(_heading(axis, group))
                with chart_place(f"by-value-{first + place}", 220):
                    render_chart(
                        f"by-value-{live.study.id}-{first + place}",
                        (
                            live.pictured_trials,
                            tuple(chosen),
                            dark,
                            metric,
                            axis.name,
                            within and frozenset(within),
                        ),
                        drawing(first + place),
                        [PICKED],
                        seen,
                    )


def _heading(axis: Axis, group: CurveGroup) -> str:
    """The value in bold and how many trials of it there are."""
    shown, trials = len(group.shown), count(len(group.trials), "trial")
    amount = trials if shown == len(group.trials) else f"{shown} of {trials}"
    return (
        f"<b>{escape(f'{axis.label}: {group.value}')}</b> "
        + f'<span class="ts-muted ts-small">{amount}</span>'
    )
