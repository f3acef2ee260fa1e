"""Why this configuration next: what the oracle answers of a trial, in words and in pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.manager_session import manager
from pages.components.shared.session import rerun_until
from pages.components.study.tab_parts import across, beside
from tuning_core.catalog.explanation import Explanation, Profile
from tuning_core.charts.explanations.earlier_trials import place_slice, round_ranking
from tuning_core.charts.explanations.profiles import density_slice, score_ends, surrogate_slice
from tuning_core.charts.parts.axes import Axis, column_of
from tuning_core.charts.parts.chart import PICKED, Chart
from tuning_core.findings.axes import axes_of
from tuning_core.findings.formatting import count
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager

LOOK_SECONDS = 0.4
"""Between two looks at an answer that is under way."""

STAY_SECONDS = 4.0
"""How long an explanation stays before that of a newer trial takes its place."""

_FOLLOWED = "why_followed"
_SHOWN = "why_shown"

READING = {
    "surrogate": "Solid: the expected score, shaded by one deviation. Dashed: with the luck that "
    "the search allows for. The dot is the trial; each picture changes one hyperparameter of it.",
    "densities": "How densely the good trials and the rest lie along each hyperparameter. The dot "
    "is the trial.",
    "parents": "Dark and large: the parents. Blue: who else could have been one. The line is the "
    "trial.",
    "rounds": "The large point is the trial that was promoted here.",
    "coverage": "Earlier trials over each hyperparameter, the first at the bottom. The line is the "
    "trial.",
}

HEIGHT = 220
MOST = 9
"""Hyperparameters shown until the user chooses others."""


def render_explanation(live: LiveStudy, seen: bool) -> None:
    """Draw the explanation of the selected trial, by default of the last that was asked for.

    Asks nothing unless ``seen``: what was shown last stays.
    """
    engine = manager()
    trial, selected = _explained_trial(live)
    known = engine.explanations.cached(live.study.id, trial)
    if known is None or not seen:
        if seen:
            _render_question(live, engine, trial)
        earlier = st.session_state.get(_SHOWN)
        if earlier is None or earlier[0] != live.study.id:
            _keep_place(live)
            return
        # What was there stays until the answer comes, so that nothing jumps.
        known = earlier[1]
    else:
        st.session_state[_SHOWN] = (live.study.id, known)
        which = "selected" if selected else "the last one asked for"
        say(f"Trial {trial:,}, {which}.")
    st.html(html.text(known.sentence, "ts-why"))
    _render_profiles(live, known)
    _render_reading(known, selected, len(live.trials))


def _explained_trial(live: LiveStudy) -> tuple[int, bool]:
    """The trial to explain, and whether the user selected it."""
    selected = [number for number in chosen_trials() if number in live.trials]
    if selected:
        return selected[-1], True
    last = max(live.trials)
    study, trial, since = st.session_state.get(_FOLLOWED, ("", 0, 0.0))
    now = time.monotonic()
    # Trials can come faster than anyone reads.
    fresh = study == live.study.id and live.study.status.active and now - since < STAY_SECONDS
    if fresh and trial in live.trials:
        return trial, False
    if (study, trial) != (live.study.id, last):
        st.session_state[_FOLLOWED] = (live.study.id, last, now)
    return last, False


def _render_question(live: LiveStudy, engine: Manager, trial: int) -> None:
    """Ask, or let the user ask, and say what is going on."""
    asked = engine.explanations
    refused = asked.refused(live.study.id, trial)
    if asked.waiting(live.study.id, trial):
        say(f"Asking the search about trial {trial:,}.")
        _look_again(live, engine, trial)
    elif refused:
        say(refused)
        st.button("Ask again", key="why-ask", on_click=asked.begin, args=(live.study.id, trial))
    elif asked.at_hand:
        asked.begin(live.study.id, trial)
        say(f"Asking the search about trial {trial:,}.")
        _look_again(live, engine, trial)
    else:
        say(f"The search can be asked about trial {trial:,}; starting it takes some seconds.")
        st.button("Ask", key="why-ask", on_click=asked.begin, args=(live.study.id, trial))


def _look_again(live: LiveStudy, engine: Manager, trial: int) -> None:
    """Redraw once there is an answer: a study that has ended does not tick."""
    if not live.study.status.active:
        asked = engine.explanations
        rerun_until(lambda: not asked.waiting(live.study.id, trial), every=LOOK_SECONDS)


def _render_reading(known: Explanation, selected: bool, trials: int) -> None:
    words = READING[known.kind]
    if not selected and trials > 1:
        words += f" Select any of the {count(trials, 'trial')} to ask about it."
    say(words)


def _render_profiles(live: LiveStudy, known: Explanation) -> None:
    """Draw what goes with the sentence of an explanation."""
    if known.kind == "rounds":
        _render_round(live, known)
        return
    axes = {axis.name: axis for axis in axes_of(live)}
    profiles = [
        replace(p, name=column_of(p.name))
        for p in known.profiles
        if column_of(p.name) in axes and _shown(p, known)
    ]
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
    for place, (column, profile) in enumerate(beside(profiles)):
        with column:
            _render_profile(live, known, profile, axes[profile.name], place < across(len(profiles)))


def _keep_place(live: LiveStudy) -> None:
    """Leave as much room as the pictures will take."""
    count = min(len(axes_of(live)), MOST)
    for row in range(-(-count // across(count))):
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
