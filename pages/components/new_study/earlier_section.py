"""What a new study may begin with: the best configurations of earlier ones."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.manager_session import manager
from pages.components.shared.study_draft import plain_key
from tuning_core.findings.formatting import ago, count, score
from tuning_core.manager.searches.earlier import USUAL_FIRST, like
from tuning_core.spec.earlier import MOST_EARLIER
from tuning_core.store import StudyRow


def render_earlier(document: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Draw the switch and the choice where there is a study to learn from; the spec's part."""
    if before.get("first") and not before.get("earlier"):
        words = f"Begins with {count(len(before['first']), 'configuration')} of the spec."
        st.html(html.text(words, "ts-muted ts-small"))
        return {"first": before["first"]}
    dataset = document["dataset"].get("id", "")
    rows = like(manager().store, document["model"]["family"], dataset)
    if not rows:
        return {}
    known = {row.id: row for row in rows}
    given = [id for id in before.get("earlier") or () if id in known]
    switch_column, choice_column = st.columns([1, 2], gap="medium")
    with switch_column:
        on = st.toggle(
            "Learn from earlier studies",
            value=bool(given),
            key=plain_key("switch-earlier"),
            help=f"The {USUAL_FIRST} best configurations of studies of the same family come first, "
            "beside the budget; a strategy that learns goes on from them.",
        )
    if not on:
        return {}
    with choice_column:
        chosen = st.multiselect(
            "Earlier studies",
            list(known),
            given or [rows[0].id],
            format_func=lambda id: _named(known[id], dataset),
            max_selections=MOST_EARLIER,
            key=plain_key("earlier-studies"),
        )
    return {"earlier": chosen} if chosen else {}


def _named(row: StudyRow, dataset: str) -> str:
    best = score(row.best_score, str(row.spec.get("objective")))
    other = "" if row.spec.get("dataset", {}).get("id") == dataset else ", other data"
    return f"{row.name}: {best}, {ago(row.created)}{other}"
