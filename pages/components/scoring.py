"""New rows for the best model: a CSV in, the same rows with its answers out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from pages.components import look
from pages.components.csv_upload import Upload, put_csv_upload, take_upload
from pages.components.known_data import table_file
from pages.components.live import LiveStudy
from tuning_core.manager import Manager, ManagerError

ROWS_SHOWN = 8


def put_scoring(live: LiveStudy, engine: Manager) -> None:
    """Draw the part of the tab that scores a CSV with the columns of the study's table."""
    name = f"rows-{live.study.id}"
    given, done, refused = f"{name}-given", f"{name}-done", f"{name}-refused"
    arrived = take_upload(name)
    if arrived is not None:
        st.session_state[given] = arrived
        st.session_state.pop(done, None)
    st.subheader("Score new rows")
    st.html(
        look.text(
            "A CSV with the same columns, with or without the one to predict. The best model's "
            "answers are added as further columns.",
            "ts-muted ts-small",
        )
    )
    put_csv_upload("CSV of new rows", name)
    rows: Upload | None = st.session_state.get(given)
    path = table_file(rows.id) if rows is not None else None
    if rows is None or path is None:
        return
    scored: Path | None = st.session_state.get(done)
    if scored is None or not scored.is_file():
        if st.button(f"Score {look.plain(rows.title)}", key="score"):
            try:
                with st.spinner("Asking the best model"):
                    st.session_state[done] = engine.score(live.study.id, path)
            except ManagerError as error:
                st.session_state[refused] = str(error)
            st.rerun()
        if refused in st.session_state:
            st.error(look.plain(st.session_state.pop(refused)))
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
