"""An assessment on the page: what it answers, the button that asks, its progress, its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.errors import errors_shown, press, render_refusal
from pages.components.shared.user import ROWS_HIDDEN, person
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.manager.access import why_unable
from tuning_core.manager.questions.assessments import Assessment
from tuning_core.spec.assessments import ASSESSMENTS, AssessmentInfo

TICK = 0.5
"""Seconds between two looks at one that is under way."""

ENDED_FIRST = "Possible when the search has ended: until then its best may change."
Options = Mapping[str, Any]


def render_assessment(
    live: LiveStudy,
    engine: Manager,
    id: str,
    draw: Callable[[dict[str, Any]], None],
    *,
    options: Options | None = None,
    button: str = "Compute",
) -> None:
    """Draw an assessment with these options: ``draw`` gets its result once it is there.

    Before, one sentence says what it answers and a button asks for it; or why that cannot be.
    """
    info = ASSESSMENTS[id]
    if why := _why_not(live, engine, info):
        say(why)
        return
    active = engine.assessments.get(live.study.id, id, options).active
    st.fragment(_render_live, run_every=TICK if active else None)(
        live, engine, info, draw, options, button, active
    )


def _why_not(live: LiveStudy, engine: Manager, info: AssessmentInfo) -> str:
    """The sentence in place of an assessment that cannot be shown; "" where nothing is wrong."""
    if info.needs not in live.spec.abilities:
        return why_unable(live.study.spec, info.needs)
    if info.shows_rows and not engine.access.may_see_rows(live.study, person()):
        return ROWS_HIDDEN
    return ENDED_FIRST if info.made_of != "data" and live.study.status.active else ""


def _render_live(
    live: LiveStudy,
    engine: Manager,
    info: AssessmentInfo,
    draw: Callable[[dict[str, Any]], None],
    options: Options | None,
    button: str,
    drawn_active: bool,
) -> None:
    with errors_shown():
        now = engine.assessments.get(live.study.id, info.id, options)
        if now.active != drawn_active:
            st.rerun()
        if now.result is not None:
            draw(now.result)
        elif now.active:
            _render_progress(live, engine, info, options, now)
        else:
            _render_question(live, engine, info, options, now, button)


def _render_progress(
    live: LiveStudy, engine: Manager, info: AssessmentInfo, options: Options | None, now: Assessment
) -> None:
    st.html(html.bar(now.share, info.label))
    say(now.message or now.doing or "Under way.")
    if engine.access.may_change(live.study.id, person()):
        st.button(
            "Stop",
            key=f"assessment-stop-{info.id}",
            on_click=press,
            args=(engine.assessments.stop, live.study.id, info.id, options),
            kwargs={"by": person()},
            help="What is computed stays; it can be continued.",
        )


def _render_question(
    live: LiveStudy,
    engine: Manager,
    info: AssessmentInfo,
    options: Options | None,
    now: Assessment,
    button: str,
) -> None:
    say(info.question)
    refused = f"assessment_refused_{info.id}"
    render_refusal(refused)
    if now.message:
        st.warning(html.plain(now.message))
    if not engine.access.may_change(live.study.id, person()):
        say("Whoever made the study can compute it.")
        return
    st.button(
        "Continue" if now.stage == "stopped" and not now.message else button,
        key=f"assessment-begin-{info.id}",
        on_click=press,
        args=(engine.assessments.begin, live.study.id, info.id, options),
        kwargs={"by": person(), "refused": refused},
        help=None if info.quick else "It gives way to searches and goes on after them.",
    )
