"""Downloads of a whole study for other tools: a spreadsheet, TensorBoard, Optuna."""

from __future__ import annotations

import streamlit as st

from pages.components import look
from pages.components.live import LiveStudy
from pages.components.live_board import put_live_board
from tuning_core.manager import Manager


def put_other_tools(live: LiveStudy, engine: Manager) -> None:
    """Draw a button for each format; a file is made at the click, of the trials so far."""
    study_id = live.study.id
    st.html(
        look.text(
            "All trials for other tools: a spreadsheet, TensorBoard's HParams tab (tensorboard "
            "--logdir on the unpacked folder), Optuna and its dashboard.",
            "ts-muted ts-small",
        )
    )
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Trials as CSV",
            data=lambda: engine.exchanges.trials(study_id),
            file_name=f"tunescape-{study_id}-trials.csv",
            mime="text/csv",
            on_click="ignore",
            key="download-trials",
        )
        st.download_button(
            "TensorBoard",
            data=lambda: engine.exchanges.tensorboard_zip(study_id),
            file_name=f"tunescape-{study_id}-tensorboard.zip",
            mime="application/zip",
            on_click="ignore",
            key="download-tensorboard",
        )
        st.download_button(
            "Optuna",
            data=lambda: engine.exchanges.optuna_file(study_id),
            file_name=f"tunescape-{study_id}.db",
            mime="application/vnd.sqlite3",
            on_click="ignore",
            key="download-optuna",
        )
    put_live_board(live, engine)
