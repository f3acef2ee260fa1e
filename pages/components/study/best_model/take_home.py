"""Downloads of a whole study: the bundle, and all trials for other tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.components.shared import html
from pages.components.shared.formatting import file_name
from pages.components.study.best_model.live_board import render_live_board
from pages.components.study.live import LiveStudy
from tuning_core.manager import Manager


@dataclass(frozen=True)
class Download:
    """A button: ``make`` writes the file at the click, of the trials so far."""

    key: str
    label: str
    ending: str
    mime: str
    make: Callable[[Manager, str], bytes | str]


BUNDLE = Download(
    "bundle",
    "Download bundle",
    ".zip",
    "application/zip",
    lambda engine, study_id: engine.export_bundle(study_id).read_bytes(),
)
OTHER_TOOLS = (
    Download(
        "trials",
        "Trials as CSV",
        "-trials.csv",
        "text/csv",
        lambda engine, study_id: engine.exchanges.trials(study_id),
    ),
    Download(
        "tensorboard",
        "TensorBoard",
        "-tensorboard.zip",
        "application/zip",
        lambda engine, study_id: engine.exchanges.tensorboard_zip(study_id),
    ),
    Download(
        "optuna",
        "Optuna",
        ".db",
        "application/vnd.sqlite3",
        lambda engine, study_id: engine.exchanges.optuna_file(study_id),
    ),
)


def render_downloads(live: LiveStudy, engine: Manager) -> None:
    """Draw all buttons with what is in each file."""
    st.subheader("Files")
    _say(
        "The model alone is the button at the top. The bundle adds the spec, the configuration, "
        "every epoch's metrics, a model card, a script that trains the model anew with Keras "
        "alone and, for tables, one that scores a CSV."
    )
    _put(BUNDLE, live, engine)
    _say(
        "All trials for other tools: a spreadsheet, TensorBoard's HParams tab (tensorboard "
        "--logdir on the unpacked folder), Optuna and its dashboard."
    )
    with st.container(horizontal=True, gap="small"):
        for download in OTHER_TOOLS:
            _put(download, live, engine)
    render_live_board(live, engine)


def _put(download: Download, live: LiveStudy, engine: Manager) -> None:
    study_id = live.study.id
    st.download_button(
        download.label,
        data=lambda: download.make(engine, study_id),
        file_name=f"{file_name(live.study.name)}-{study_id}{download.ending}",
        mime=download.mime,
        on_click="ignore",
        key=f"download-{download.key}",
    )


def _say(words: str) -> None:
    st.html(html.text(words, "ts-muted ts-small"))
