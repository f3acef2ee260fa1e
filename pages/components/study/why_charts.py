"""The pictures of an explanation: a small one per hyperparameter, or the ranking of a round."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.study.charts import axes_of
from pages.components.study.live import LiveStudy
from tuning_core.catalog.explanation import Explanation, Profile
from tuning_core.charts.explanations.earlier_trials import place_slice, round_ranking
from tuning_core.charts.explanations.profiles import density_slice, score_ends, surrogate_slice
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import PICKED, Chart

HEIGHT = 220
ACROSS = 3
MOST = 9
"""Hyperparameters shown until the user chooses others."""


def render_why_charts(live: LiveStudy, known: Explanation) -> None:
    """Draw what goes with the sentence of an explanation."""
    if known.kind == "rounds":
        _render_round(live, known)
        return
    axes = {axis.name: axis for axis in axes_of(live)}
    profiles = [p for p in known.profiles if p.name in axes and _shown(p, known)]
    if len(profiles) > MOST:
        names = st.multiselect(
            "Hyperparameters shown",
            [profile.name for profile in profiles],
            default=[profile.name for profile in profiles][:MOST],
            format_func=lambda name: axes[name].label,
            key=f"why-shown-{live.study.id}",
            persist_state="session",
        )
        profiles = [profile for profile in profiles if profile.name in names]
    across = 2 if len(profiles) in (2, 4) else ACROSS
    for first in range(0, len(profiles), across):
        row = profiles[first : first + across]
        for column, profile in zip(st.columns(across), row, strict=False):
            with column:
                _render_profile(live, known, profile, axes[profile.name], first == 0)


def keep_place(live: LiveStudy) -> None:
    """Leave as much room as the pictures will take."""
    count = min(len(axes_of(live)), MOST)
    across = 2 if count in (2, 4) else ACROSS
    for row in range(-(-count // across)):
        with chart_place(f"why-place-{row}", HEIGHT):
            st.empty()


def _shown(profile: Profile, known: Explanation) -> bool:
    """Whether there is something to see along this hyperparameter."""
    return bool(profile.lines) or known.kind in ("parents", "coverage")


def _render_profile(
    live: LiveStudy, known: Explanation, profile: Profile, axis: Axis, top: bool
) -> None:
    clickable = known.kind in ("parents", "coverage")
    chosen = chosen_trials() if clickable else []
    with chart_place(f"why-{profile.name}", HEIGHT):
        render_chart(
            f"why-{known.kind}-{live.study.id}-{profile.name}",
            (known.trial, tuple(chosen), html.is_dark()),
            _drawing(live, known, profile, axis, chosen, top),
            [PICKED] if clickable else [],
            True,
        )
    if profile.note and known.kind == "coverage":
        say(profile.note)


def _drawing(
    live: LiveStudy, known: Explanation, profile: Profile, axis: Axis, chosen: list[int], top: bool
) -> Callable[[], Chart]:
    """How a profile of this kind of explanation is drawn."""
    dark, objective = html.is_dark(), live.spec.objective_info
    if known.kind == "surrogate":
        ends = score_ends(known.profiles)
        return lambda: surrogate_slice(profile, axis, objective, ends, dark=dark, height=HEIGHT)
    if known.kind == "densities":
        return lambda: density_slice(profile, axis, dark=dark, height=HEIGHT, legend=top)
    return lambda: place_slice(
        live.trials_frame(),
        known.trial,
        profile,
        axis,
        objective,
        known.roles,
        upwards="score" if known.kind == "parents" else "trial",
        picked=chosen,
        dark=dark,
        height=HEIGHT,
    )


def _render_round(live: LiveStudy, known: Explanation) -> None:
    chosen, dark, roles = chosen_trials(), html.is_dark(), known.roles
    with chart_place("why-round", 280):
        render_chart(
            f"why-round-{live.study.id}",
            (known.trial, tuple(chosen), dark),
            lambda: round_ranking(
                live.trials_frame(),
                roles["parent"][0],
                roles["promoted"],
                roles["passed"],
                live.spec.objective_info,
                picked=chosen,
                dark=dark,
                height=280,
            ),
            [PICKED],
            True,
        )
