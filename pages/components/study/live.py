"""A study as a session knows it."""

from __future__ import annotations

import streamlit as st

from tuning_core.findings.live import LiveStudy
from tuning_core.spec.study import parse_spec
from tuning_core.store import Store

_KEY = "live_study"


def live_study(study_id: str, store: Store) -> LiveStudy | None:
    """The session's copy of a study, brought up to date; None when there is none of that id."""
    known: LiveStudy | None = st.session_state.get(_KEY)
    if known is None or known.study.id != study_id:
        study = store.study(study_id)
        if study is None:
            return None
        spec = parse_spec(study.spec, local_files=True)
        known = st.session_state[_KEY] = LiveStudy(study, spec, spec.plan(), store)
    try:
        known.pull()
    except KeyError:
        del st.session_state[_KEY]
        return None
    return known
