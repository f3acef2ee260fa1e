"""New rows for the best model: a table in, the same rows with its answers out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.table_cache import table_file
from pages.components.shared.uploads import arrived, render_table_upload
from tuning_core.datasets.tables.readers import labels
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager, ManagerError

ROWS_SHOWN = 8


def render_scoring(live: LiveStudy, engine: Manager) -> None:
    """Draw the part of the tab that scores a table with the columns of the study's table."""
    name = f"rows-{live.study.id}"
    done, refused = f"{name}-done", f"{name}-not-scored"
    st.subheader("Score new rows")
    st.html(
        html.text(
            f"A {labels()} with the same columns, with or without the one to predict. The best "
            "model's answers are added as further columns.",
            "ts-muted ts-small",
        )
    )
    render_table_upload(f"{labels()} of new rows", name)
    rows = arrived(name)
    path = table_file(rows.id) if rows is not None else None
    if rows is None or path is None:
        return
    asked, scored = st.session_state.get(done, ("", Path()))
    if asked != rows.id or not scored.is_file():
        if st.button(f"Score {html.plain(rows.title)}", key="score"):
            try:
                with st.spinner("Asking the best model"):
                    st.session_state[done] = (rows.id, engine.best_model.score(live.study.id, path))
            except ManagerError as error:
                st.session_state[refused] = str(error)
            st.rerun()
        if refused in st.session_state:
            st.error(html.plain(st.session_state.pop(refused)))
        return
    st.dataframe(
        pd.read_csv(scored, nrows=ROWS_SHOWN, dtype=str, keep_default_na=False),
        hide_index=True,
        key="predictions",
    )
    st.download_button(
        "Download predictions",
        data=scored.read_bytes,
        file_name="predictions.csv",
        mime="text/csv",
        on_click="ignore",
        key="download-predictions",
    )
