"""Pictures of the user's own in New study: their zip, their size, and what is doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.components.new_study.photographs import render_photographs
from pages.components.shared import html
from pages.components.shared.study_draft import key
from pages.components.shared.table_cache import (
    Document,
    picture_file,
    picture_reading,
    resolved,
)
from pages.components.shared.uploads import arrived, forget_arrived, render_upload
from tuning_core.datasets import DataError
from tuning_core.datasets.pictures.reading import Doubt, Pictures
from tuning_core.datasets.pictures.resolving import store_pictures
from tuning_core.findings.formatting import count, size
from tuning_core.space import SpecError
from tuning_core.spec.dataset import SIDES, UPLOAD

CORRECT = "The pictures need a correction first; the sentence beside them says which."
COLOURS = {True: "in colour", False: "grey"}
ROWS_SHOWN, HEIGHT = 8, 300
OPEN = 5
"""Doubtful files up to which their list stands open."""

_UPLOADER = "pictures"
_CACHED = "own_pictures"
_FIRST = {"id": UPLOAD, "side": SIDES[1]}
_LABEL = "A zip with a folder of pictures per class"
_FROM, ZIP, CAMERA = "pictures-from", "From a zip", "With the camera"


def cached_pictures() -> Document:
    """The pictures that the form last had, for a user who comes back to them."""
    cached: Document = st.session_state.get(_CACHED, _FIRST)
    return cached


def render_own_pictures(dataset: Document) -> tuple[Document, str]:
    """Draw the pictures' part of the section; return its part of the spec, and what it lacks yet.

    ``dataset`` is the draft's. The second is "" when a study can be made of the first.
    """
    upload = arrived(_UPLOADER)
    if upload is not None and upload.id == dataset["id"]:
        forget_arrived(_UPLOADER)
    elif upload is not None:
        dataset = {**_FIRST, "id": upload.id, "side": dataset["side"], "title": upload.title}
    if upload is not None:
        st.session_state[_FROM] = ZIP
    path = picture_file(dataset["id"])
    if path is None or st.session_state.get(_FROM) == CAMERA:
        _render_first_upload(dataset)
        part, missing = dataset, "Choose pictures first: the plan follows from them."
    else:
        part, missing = _render_pictures(dataset, path)
    st.session_state[_CACHED] = part
    return part, missing


def _render_first_upload(dataset: Document) -> None:
    if dataset["id"] != UPLOAD and picture_file(dataset["id"]) is None:
        st.info(
            "The pictures of this spec are not here or not yours. Choose their zip: when the "
            "content is the same, everything else is as the spec says."
        )
    st.session_state.setdefault(_FROM, ZIP)
    source = st.segmented_control(
        "Pictures", [ZIP, CAMERA], key=_FROM, required=True, label_visibility="collapsed"
    )
    if source == CAMERA:
        render_photographs(_UPLOADER)
        return
    st.html(
        html.text(
            "A folder for each class, named for it, with the pictures inside; all folders in one "
            "zip. The pictures are made small and alike, and what is doubtful is named. They stay "
            "on the machine that serves this page.",
            "ts-muted ts-small ts-lead",
        )
    )
    render_upload(_LABEL, _UPLOADER, ["zip"], store_pictures)


def _render_pictures(dataset: Document, path: Path) -> tuple[Document, str]:
    facts, other = st.columns([4.5, 1], vertical_alignment="center")
    with other, st.popover("Other pictures", width="stretch"):
        render_upload(_LABEL, _UPLOADER, ["zip"], store_pictures)
        st.button(CAMERA, on_click=_choose_camera, width="stretch")
    mark = path.stem[:8]
    side_column, colour_column, _ = st.columns([1.2, 1.2, 2], gap="medium")
    with side_column:
        side = st.segmented_control(
            "Pixels of a side",
            SIDES,
            key=key(f"side-{mark}", dataset["side"]),
            required=True,
            help="Larger shows more, and takes longer: twice the side is four times the work.",
        )
    part: Document = {name: dataset[name] for name in ("id", "title") if name in dataset}
    part["side"] = side = side or SIDES[1]
    try:
        found = picture_reading(path, side)
        with colour_column:
            part["colour"] = st.segmented_control(
                "Colours",
                list(COLOURS),
                format_func=COLOURS.__getitem__,
                key=key(f"colour-{mark}", dataset.get("colour", found.colour)),
                required=True,
                help=f"As found: {COLOURS[found.colour]}.",
            )
        if "classes" in dataset:
            # Their order says which of two classes counts as positive.
            part["classes"] = dataset["classes"]
        part = resolved(part)
    except (DataError, SpecError) as error:
        st.error(html.plain(str(error)))
        return part, CORRECT
    facts.html(
        html.facts(
            [
                ("pictures", str(dataset.get("title", "Uploaded pictures"))),
                ("in all", f"{len(found.y):,}"),
                ("classes", f"{len(found.classes):,}"),
                ("size", size(path.stat().st_size)),
            ]
        )
    )
    _render_doubts(found)
    return part, ""


def _choose_camera() -> None:
    st.session_state[_FROM] = CAMERA


def _render_doubts(found: Pictures) -> None:
    """Draw what is said of many pictures, and each doubtful file with what is wrong."""
    for note in found.notes:
        st.html(html.text(note, "ts-muted ts-small"))
    if not found.doubts:
        return
    total = len(found.doubts) + found.more_doubts
    left_out = sum(not doubt.kept for doubt in found.doubts)
    words = f"{count(total, 'doubtful file')}, {left_out:,} left out"
    with st.expander(words, expanded=total <= OPEN):
        st.dataframe(
            _frame(found.doubts),
            hide_index=True,
            height="content" if len(found.doubts) <= ROWS_SHOWN else HEIGHT,
            key="doubts",
            column_config={
                "file": st.column_config.TextColumn("File", width="medium"),
                "words": st.column_config.TextColumn("What is wrong", width="large"),
                "kept": st.column_config.TextColumn("", width="small"),
            },
        )
        if found.more_doubts:
            st.html(html.text(f"and {found.more_doubts:,} more", "ts-muted ts-small"))


def _frame(doubts: Sequence[Doubt]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "file": [doubt.path for doubt in doubts],
            "words": [doubt.words for doubt in doubts],
            "kept": ["kept" if doubt.kept else "left out" for doubt in doubts],
        }
    )
