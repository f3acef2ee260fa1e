"""Yours first: the user's own studies, and all on request."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.shared.manager_session import manager
from pages.components.shared.user import user_id
from tuning_core.store import StudyRow

_YOURS, _ALL = "Yours", "All"


def render_scope(studies: Sequence[StudyRow], place: str) -> list[StudyRow]:
    """Draw the choice between the user's studies and all, where they differ; those chosen."""
    own = manager().store.readers.studies(user_id())
    mine = [study for study in studies if study.id in own]
    if not mine or len(mine) == len(studies):
        return list(studies)
    chosen = st.segmented_control(
        "Whose studies",
        [_YOURS, _ALL],
        default=_YOURS,
        required=True,
        key=f"{place}-whose",
        label_visibility="collapsed",
        help="Studies that this browser launched, copied or imported; or everybody's here.",
    )
    return list(studies) if chosen == _ALL else mine
