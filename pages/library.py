"""Library: every study, yours first; to open, rename, copy, export, delete or take in."""

from __future__ import annotations

import streamlit as st

from pages.components.app.navigation import guard
from pages.components.library.imports import render_import
from pages.components.library.library_actions import (
    render_actions,
    render_chosen,
    render_clean_up,
    render_undo,
)
from pages.components.shared import html
from pages.components.shared.errors import render_refusal
from pages.components.shared.manager_session import manager
from pages.components.shared.study_list import ALL, YOURS, render_scope, render_studies
from pages.components.shared.user import person
from pages.components.shared.view_address import ViewPart, one_of, open_view, write_view
from tuning_core.findings.formatting import count, size_words
from tuning_core.store import StudyRow

VIEW = (
    ViewPart("q", "library-search", "", lambda text: text[:100]),
    ViewPart("whose", "library-whose", YOURS, **one_of([YOURS, ALL], str.lower)),
)
"""What the address carries."""


def _wanted(study: StudyRow) -> bool:
    """Whether a study has the words in its name, its notes or tags; a tag alone after a #."""
    marks = engine.marks.of(study.id)
    if starred and not (marks.study.star or any(mark.star for mark in marks.trials.values())):
        return False
    if wanted.startswith("#"):
        tags = {tag for mark in (marks.study, *marks.trials.values()) for tag in mark.tags}
        return any(tag.startswith(wanted[1:].strip()) for tag in tags)
    return wanted in study.name.lower() or marks.has(wanted)


guard("pages/library.py", [part.name for part in VIEW])
engine = manager()
PAGE = 30  # studies shown at once

title, take_in = st.columns([6, 1], vertical_alignment="center")
with title:
    st.title("Library")
with take_in, st.container(horizontal=True, horizontal_alignment="right"):
    render_import()
render_refusal()
render_undo()
studies = engine.store.studies()
open_view("library", VIEW)
if not studies:
    st.html(html.text("No studies yet. Every search you launch is kept here.", "ts-muted"))
    if st.button("New study", key="new"):
        st.switch_page("pages/new_study.py")
else:
    with st.container(horizontal=True, vertical_alignment="center", key="library-filter"):
        shown = render_scope(studies, "library")
        wanted = st.text_input(
            "Search by name",
            key="library-search",
            placeholder="Search by name, note or #tag",
            label_visibility="collapsed",
        ).lower()
        starred = st.toggle("Starred", key="library-starred")
    write_view(VIEW)
    found = [study for study in shown if _wanted(study)]
    pages = max(1, -(-len(found) // PAGE))
    usage = engine.storage.usage(by=person())
    used = sum(usage.studies.get(study.id, 0) for study in found)
    words = f"{count(len(found), 'study', 'studies')}, {size_words(used)}"
    st.html(html.text(words, "ts-muted ts-small"))
    render_chosen()
    page = st.pagination(pages, key="library-page") if pages > 1 else 1
    first = (min(page, pages) - 1) * PAGE
    render_studies(found[first : first + PAGE], "library", render_actions, sizes=usage.studies)
    render_clean_up(usage)
