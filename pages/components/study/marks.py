"""Notes, tags and a star: of the study below its name, of the chosen trial below the table."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.errors import press, render_refusal
from pages.components.shared.user import person
from tuning_core.findings.live import LiveStudy
from tuning_core.home.marks import LONGEST_NOTE, Mark
from tuning_core.manager import Manager

STAR, NO_STAR = "★", "☆"
_REFUSED = "mark_refused"


def render_study_mark(live: LiveStudy, engine: Manager) -> None:
    """Draw what is noted of the study, and the way to change it for those who may."""
    _render(live.study.id, None, engine.marks.of(live.study.id).study, engine)


def render_trial_mark(live: LiveStudy, engine: Manager) -> None:
    """Draw the same of a trial, where one alone is chosen."""
    chosen = chosen_trials()
    if len(chosen) == 1 and chosen[0] in live.trials:
        _render(live.study.id, chosen[0], engine.marks.of(live.study.id).of(chosen[0]), engine)


def _render(study_id: str, trial: int | None, mark: Mark, engine: Manager) -> None:
    mine = engine.access.may_change(study_id, person())
    if not mine and not mark:
        return
    key = f"mark-{study_id}" + ("" if trial is None else f"-{trial}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
        if trial is not None:
            st.html(html.text(f"Trial {trial}", "ts-small"), width="content")
        if mine:
            st.button(
                STAR if mark.star else NO_STAR,
                key=f"{key}-star",
                type="tertiary",
                help="Take the star away" if mark.star else "Give it a star",
                on_click=press,
                args=(engine.marks.note, study_id, trial),
                kwargs={"star": not mark.star, "by": person(), "refused": _REFUSED},
            )
            with st.popover("Note" if mark.note or mark.tags else "Add a note", type="tertiary"):
                _render_form(study_id, trial, mark, engine, key)
        words = _words(mark, star=not mine)
        if words:
            st.html(words)
    render_refusal(_REFUSED)


def _words(mark: Mark, *, star: bool) -> str:
    tags = "".join(f"<b>#{escape(tag)}</b> " for tag in mark.tags)
    note = escape(mark.note).replace("\n", "<br>")
    found = (STAR + " ") * (star and mark.star) + tags + note
    return f'<div class="ts-muted ts-small">{found}</div>' if found else ""


def _render_form(study_id: str, trial: int | None, mark: Mark, engine: Manager, key: str) -> None:
    with st.form(f"{key}-form", border=False):
        note = st.text_area("Note", mark.note, max_chars=LONGEST_NOTE, key=f"{key}-note")
        tags = st.text_input(
            "Tags", ", ".join(mark.tags), max_chars=400, key=f"{key}-tags", help="Commas between."
        )
        if st.form_submit_button("Save"):
            press(
                engine.marks.note,
                study_id,
                trial,
                note=note or "",
                tags=(tags or "").split(","),
                by=person(),
                refused=_REFUSED,
            )
            st.rerun()
