"""What is live now: the class that one teaches and the searches that run, each with a picture."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from pages.components.shared.study_list import status_words
from pages.components.shared.user import user_id
from tuning_core.catalog import Objective, StudyStatus
from tuning_core.catalog.objectives import objective_of
from tuning_core.charts.parts.search_sketch import search_sketch
from tuning_core.classroom.state import ClassState
from tuning_core.findings.formatting import count, score, study_line
from tuning_core.manager import Manager
from tuning_core.store import StudyRow

TICK = 1.0
MOST = 3
"""Cards side by side; further searches are counted."""
WIDTH, HEIGHT, EDGE = 320, 76, 5
"""Of a picture, in its own units: it is as wide as its card."""
CLASS_PAGE = "pages/class_room.py"


def render_now(engine: Manager) -> None:
    """Draw the class and the searches that are under way; nothing where there are none."""
    if _shown(engine):
        st.fragment(_render, key="home-now", run_every=TICK)()
    else:
        st.fragment(_look, key="home-now", run_every=5 * TICK)()


def _shown(engine: Manager) -> list[str]:
    """Names of the cards, in their order."""
    taught = _taught(engine)
    running = sorted(
        engine.running(), key=lambda id: (engine.store.readers.of(id) != user_id(), id)
    )
    return [*([f"class-{taught.code}"] if taught else []), *running]


def _look() -> None:
    if _shown(manager()):
        st.rerun()


def _taught(engine: Manager) -> ClassState | None:
    """The class that the user teaches and that is on."""
    state = engine.classes.of_teacher(user_id())
    return None if state is None or state.ended is not None else state


def _render() -> None:
    engine = manager()
    with errors_shown():
        names = _shown(engine)
        if not names:
            # The searches have ended, and are among the recent ones below.
            st.rerun()
        st.subheader("Now")
        places = st.columns(MOST, gap="medium")
        for name, place in zip(names, places, strict=False):
            with place, st.container(border=True, height="stretch", key=f"now-{name}"):
                taught = _taught(engine) if name.startswith("class-") else None
                study = None if taught else engine.store.study(name)
                if taught is not None:
                    _render_class(engine, taught)
                elif study is not None:
                    _render_study(engine, study)
        if len(names) > MOST:
            more = count(len(names) - MOST, "more search", "more searches")
            st.html(html.text(f"and {more} running", "ts-muted ts-small"))


def _render_class(engine: Manager, state: ClassState) -> None:
    here = len(engine.classes.here(state))
    who = f"{here} of {count(len(state.students), 'student')} here"
    title = f" · {escape(state.title)}" if state.title else ""
    st.html(
        f'<div class="ts-small"><b>Class</b>{title}</div>'
        f'<div class="ts-code">{escape(state.code)}</div>'
        + html.text(who if state.students else "Nobody has joined yet", "ts-muted ts-small")
    )
    with st.container(horizontal=True, gap="medium"):
        board = {"code": state.code, "board": "1"}
        st.page_link(CLASS_PAGE, label="Open the board", query_params=board)
        st.page_link(CLASS_PAGE, label="To the class", query_params={"code": state.code})


def _render_study(engine: Manager, study: StudyRow) -> None:
    objective = objective_of(study.spec)
    progress = engine.progress.of(study.id)
    scores = progress.scores if progress is not None else ()
    reached = "no score yet"
    if study.best_score is not None:
        reached = f"{objective.label} {score(study.best_score, objective.id)}"
    st.page_link("pages/study.py", label=html.plain(study.name), query_params={"id": study.id})
    mark = html.status_mark(str(StudyStatus.RUNNING), status_words(study))
    st.html(
        f'<div class="ts-small">{mark} {escape(count(len(scores), "trial"))} · '
        f"<b>{escape(reached)}</b></div>"
        + html.text(study_line(study.spec), "ts-muted ts-small ts-one-line")
        + search_picture(scores, objective)
    )


def search_picture(scores: Sequence[float | None], objective: Objective) -> str:
    """The score of each trial as a point, the best so far as a line; the worst tenth is cut off."""
    sketch = search_sketch(scores, objective.direction, WIDTH, HEIGHT, EDGE)
    marks = f'<path d="M0 {HEIGHT - 1}H{WIDTH}" stroke="#7f918d" stroke-opacity=".35"/>'
    words = "No trial has a score yet."
    if sketch is not None:
        # Strokes keep their width however wide the card is.
        marks += (
            f'<path d="{sketch.points}" stroke="#7f918d" stroke-opacity=".6" stroke-width="5" '
            'stroke-linecap="round" vector-effect="non-scaling-stroke"/>'
            f'<path d="{sketch.line}" fill="none" stroke="#14948a" stroke-width="2.4" '
            'vector-effect="non-scaling-stroke"/>'
        )
        words = f"Scores of {count(sketch.scored, 'trial')} and the best so far"
    source = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'preserveAspectRatio="none" width="{WIDTH}" height="{HEIGHT}">{marks}</svg>'
    )
    address = "data:image/svg+xml;base64," + b64encode(source.encode()).decode()
    return f'<img class="ts-search" src="{address}" alt="{escape(words)}">'
