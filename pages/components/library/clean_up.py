"""The disk: what it holds, and what can go because it can be made or fetched again."""

from __future__ import annotations

import streamlit as st

from pages.components.library.actions import ask
from pages.components.shared import html
from pages.components.shared.formatting import count, size_words
from pages.components.shared.manager_session import manager
from tuning_core.catalog import DATASETS
from tuning_core.manager.library.storage import (
    BUNDLES,
    CHECKPOINTS,
    DOWNLOAD,
    PREDICTIONS,
    TRASH,
    UPLOADS,
    Leftover,
    Usage,
)

_WORDS = {
    BUNDLES: ("Exported models and bundles", "made again at the next download"),
    PREDICTIONS: ("Predictions for tables", "made again on demand"),
    CHECKPOINTS: ("Checkpoints of studies that are over", "nothing needs them"),
    UPLOADS: ("Uploaded tables that no study uses", "gone for good"),
    TRASH: ("Deleted studies", "gone for good, there is no undo then"),
}


def render_clean_up(usage: Usage) -> None:
    """Draw each kind of leftover with its size and a button that removes it."""
    with st.expander(f"Clean up: {size_words(usage.total)} on the disk", key="clean-up"):
        if not usage.leftovers:
            st.html(html.text("Nothing here could be made or fetched again.", "ts-muted ts-small"))
        for leftover in usage.leftovers:
            words, button = st.columns([5, 1], vertical_alignment="center")
            words.html(html.text(_line(leftover), "ts-small"))
            button.button(
                "Remove",
                key=f"remove-{leftover.id}",
                on_click=ask,
                args=(manager().storage.remove, leftover.id),
            )


def _line(leftover: Leftover) -> str:
    if leftover.id.startswith(DOWNLOAD):
        title = DATASETS[leftover.id.removeprefix(DOWNLOAD)].title
        return f"Files of {title}: {size_words(leftover.size)}, fetched again when needed"
    what, after = _WORDS[leftover.id]
    return f"{what}: {count(leftover.count, 'item')}, {size_words(leftover.size)}, {after}"
