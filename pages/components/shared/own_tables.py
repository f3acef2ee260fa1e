"""The tables that a user's studies have brought: What-if offers them beside the datasets."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared.manager_session import home, manager
from pages.components.shared.user import user_id
from tuning_core.spec.dataset import UPLOAD

FRESH_SECONDS = 15


def own_tables() -> dict[str, dict[str, Any]]:
    """The ``dataset`` part of a spec by id, newest first: read as the newest study of it does."""
    return _own_tables(user_id(), str(home()))


@st.cache_data(show_spinner=False, ttl=FRESH_SECONDS, max_entries=64)
def _own_tables(who: str, folder: str) -> dict[str, dict[str, Any]]:
    store = manager().store
    own = store.readers.studies(who)
    found: dict[str, dict[str, Any]] = {}
    for study in store.studies() if own else ():
        dataset = study.spec.get("dataset", {})
        if study.id in own and str(dataset.get("id")).startswith(UPLOAD):
            found.setdefault(dataset["id"], dataset)
    return found
