"""Photographs in New study: the camera, class by class, until they are used as a zip is."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import streamlit as st
from PIL import Image

from pages.components.shared import html
from pages.components.shared.manager_session import home
from pages.components.shared.sketches import image_strip, share_rows
from pages.components.shared.uploads import (
    Upload,
    note_arrived,
    render_camera,
    renew_uploader,
)
from pages.components.shared.user import user_id
from tuning_core.datasets import DataError
from tuning_core.datasets.pictures.photographs import (
    MOST,
    class_name,
    small_photograph,
    zip_of,
)
from tuning_core.datasets.pictures.resolving import store_pictures

Photographs = dict[str, list[bytes]]

_TAKEN, _LABEL, _CAMERA, _REFUSED = "photographs", "photograph-class", "camera", "camera-refused"
_SHOWN = 12


def render_photographs(name: str) -> None:
    """Draw the camera and what it took; used photographs arrive as an upload at ``name``."""
    taken: Photographs = st.session_state.setdefault(_TAKEN, {})
    left, right = st.columns([1.4, 1], gap="large")
    with left:
        written = st.text_input(
            "Class of the next photographs",
            key=_LABEL,
            max_chars=60,
            placeholder="such as cup, then pen",
        )
        label = class_name(written)
        photograph = render_camera("Photograph", _CAMERA, disabled=not label)
        if photograph is not None:
            _keep(taken, label, photograph.getvalue())
            renew_uploader(_CAMERA, photograph)
            st.rerun()
        if _REFUSED in st.session_state:
            st.error(html.plain(st.session_state[_REFUSED]))
        st.html(
            html.text(
                "Name a class, take ten or more of it, then name the next. A browser gives its "
                "camera only to pages at localhost or with https, and when you allow it; without "
                "one, a zip does the same.",
                "ts-muted ts-small",
            )
        )
    with right:
        _render_taken(taken, name)


def _keep(taken: Photographs, label: str, content: bytes) -> None:
    """Add a photograph to its class, or note why not."""
    st.session_state.pop(_REFUSED, None)
    if sum(map(len, taken.values())) >= MOST:
        st.session_state[_REFUSED] = f"{MOST} photographs are the most there can be: use these."
        return
    try:
        taken.setdefault(label, []).append(small_photograph(content))
    except DataError as error:
        st.session_state[_REFUSED] = str(error)


def _render_taken(taken: Photographs, name: str) -> None:
    counts = {label: len(photographs) for label, photographs in taken.items() if photographs}
    if counts:
        st.html(share_rows(list(counts), list(counts.values())))
        each = max(1, _SHOWN // len(counts))
        latest = [(label, one) for label in counts for one in taken[label][-each:]]
        names = tuple(label for label, _ in latest)
        st.html(image_strip([_pixels(one) for _, one in latest], names))
    st.button(
        "Use these photographs",
        disabled=len(counts) < 2,
        key="use-photographs",
        on_click=partial(_use, taken, name),
        help="Two classes are needed to tell apart.",
    )
    if counts:
        undo, clear = st.columns(2)
        undo.button("Remove the last", on_click=partial(_remove_last, taken), width="stretch")
        clear.button("Start over", on_click=taken.clear, width="stretch")


def _pixels(photograph: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(photograph)).resize((64, 64)))


def _remove_last(taken: Photographs) -> None:
    label = class_name(st.session_state.get(_LABEL, ""))
    last = taken.get(label) or next((taken[one] for one in reversed(taken) if taken[one]), [])
    if last:
        last.pop()


def _use(taken: Photographs, name: str) -> None:
    content = zip_of({label: photographs for label, photographs in taken.items() if photographs})
    try:
        identity = store_pictures(content, home(), "Photographs", user=user_id())
    except DataError as error:
        st.session_state[_REFUSED] = str(error)
        return
    note_arrived(name, Upload(identity, "Photographs"))
