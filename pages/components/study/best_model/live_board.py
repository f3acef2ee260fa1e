"""The switch for TensorBoard logs that grow with a study, and how to look at them."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.chart_place import say
from pages.components.study.live import LiveStudy
from tuning_core.manager import Manager, ManagerError


def render_live_board(live: LiveStudy, engine: Manager) -> None:
    """Draw the switch; while it is on, the command that shows the logs."""
    study_id = live.study.id
    key = f"board-{study_id}"
    st.toggle(
        "Write TensorBoard logs while it runs",
        value=engine.boards.wanted(study_id),
        key=key,
        on_change=_switch,
        args=(engine, study_id, key),
        help="Event files in the study's folder that grow with each epoch, also after a resume.",
    )
    if engine.boards.wanted(study_id):
        st.code(f'tensorboard --logdir "{engine.boards.folder(study_id)}"', language="bash")
        if not live.study.status.active:
            say("The logs are complete; a resume goes on with them.")


def _switch(engine: Manager, study_id: str, key: str) -> None:
    try:
        engine.boards.switch(study_id, bool(st.session_state[key]))
    except ManagerError as error:
        st.toast(str(error))
