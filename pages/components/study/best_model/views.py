"""The views of the best model's tab, one at a time: what it is, and what can be found out of it."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import html
from pages.components.shared.manager_session import manager
from pages.components.shared.session import one_chosen
from pages.components.study.best_model.best_configuration import nothing_yet
from pages.components.study.best_model.best_model import render_best_model
from pages.components.study.best_model.deciding.view import render_deciding
from pages.components.study.best_model.nested_block import render_nested
from pages.components.study.best_model.references import render_references
from pages.components.study.best_model.what_drives import render_what_drives
from pages.components.study.tab_parts import Part
from tuning_core.findings.live import LiveStudy

MODEL_VIEW = "model-view"
"""The session's key of the open view."""

MODEL_VIEWS: tuple[Part, ...] = (
    Part("model", "The model", lambda live, seen, within: render_best_model(live, manager(), seen)),
    Part("what_drives", "What drives it", lambda live, seen, _: render_what_drives(live, seen)),
    Part("deciding", "Deciding", lambda live, seen, within: render_deciding(live, manager(), seen)),
    Part("tuning", "Tuning itself", lambda live, seen, _: render_nested(live, manager(), seen)),
    Part(
        "references",
        "References",
        lambda live, seen, within: render_references(live, manager(), seen),
    ),
)
"""The views in their order; a title is the choice that opens one."""


def view_ids(live: LiveStudy) -> list[str]:
    """The views that a study has."""
    return [part.id for part in MODEL_VIEWS if part.applies(live, None)]


def render_model_views(live: LiveStudy, seen: bool) -> None:
    """Draw the choice of a view and the one that is chosen."""
    if live.best is None:
        st.html(html.text(nothing_yet(live), "ts-muted"))
        return
    views = {part.id: part for part in MODEL_VIEWS if part.applies(live, None)}
    one_chosen(MODEL_VIEW, [*views])
    if len(views) > 1:
        st.segmented_control(
            "View",
            [*views],
            required=True,
            key=MODEL_VIEW,
            label_visibility="collapsed",
            format_func=lambda id: str(views[id].title),
        )
    views[st.session_state[MODEL_VIEW]].render(live, seen, None)
