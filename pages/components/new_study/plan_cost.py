"""Time, disk and memory of the plan, measured by the warm worker once the form is at rest."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.shared.formatting import memory, spell, spelled
from tuning_core.manager import Manager
from tuning_core.planning.estimate import Estimate
from tuning_core.spec.study import StudySpec

REST_SECONDS = 0.8
"""How long a form must not have changed before it is measured, and between two looks."""


def cost_lines(
    spec: StudySpec, engine: Manager, estimate: Estimate | None
) -> list[tuple[str, str]]:
    """Always the same three lines, so that nothing moves when their values come."""
    if estimate is None:
        words = _two_lines("-", _why_not(spec, engine))
        return [("Time of the search", words), ("Disk, at most", "-"), ("Memory, at most", "-")]
    return [
        ("Time of the search", _time(spec, estimate)),
        ("Disk, at most", memory(estimate.disk)),
        ("Memory, at most", memory(estimate.memory)),
    ]


def expected_time(spec: StudySpec, engine: Manager) -> str:
    """How long a study takes on this machine, in a sentence."""
    estimate = engine.costs.estimate(spec)
    if estimate is not None:
        guess = "" if estimate.same else ", at a first guess"
        return f"It takes about {spell(estimate.seconds)} on this machine{guess}."
    if engine.costs.automatic and not engine.costs.refused(spec):
        return "How long it takes is just being measured on this machine."
    return "How long it takes is said once it runs."


def render_measuring(spec: StudySpec, engine: Manager) -> None:
    """Have the form measured once it is at rest, and redraw the page when it has been.

    Draws nothing itself.
    """
    if engine.costs.cached(spec) is not None or engine.costs.refused(spec):
        return
    looks = 0

    @st.fragment(run_every=REST_SECONDS)
    def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            # The form has only just been drawn; whoever moves a slider draws it again.
            return
        if engine.costs.cached(spec) is not None or engine.costs.refused(spec):
            st.rerun()
        engine.costs.begin(spec)

    look()


def _time(spec: StudySpec, estimate: Estimate) -> str:
    """The expected time and its range."""
    limit = spec.budget.seconds
    if limit is not None and estimate.seconds >= limit:
        words, span = f"{spell(limit)}, the limit", "the plan would take longer"
    else:
        early = "at most " if spec.early_termination is not None else "about "
        words = early + spell(estimate.seconds)
        span = spelled(estimate.low, estimate.high)
    if not estimate.same:
        return _two_lines(words, f"{span}, first guess", "Measured on another form.")
    return _two_lines(words, span, f"Measured on {estimate.device}.")


def _two_lines(words: str, small: str, title: str = "") -> str:
    """A value and a remark on it that keep the same height whatever they say."""
    return (
        f'<span class="ts-cost" title="{escape(title)}">{escape(words)}'
        f'<span class="ts-muted ts-small">{escape(small)}</span></span>'
    )


def _why_not(spec: StudySpec, engine: Manager) -> str:
    if engine.costs.refused(spec):
        return "could not be measured, see below"
    if engine.running() or engine.queued():
        return "measured after the running search"
    if not engine.costs.automatic:
        return "not measured without a warm worker"
    return "measuring on this machine"
