"""A picture for a model: drawn on a pad, uploaded, or one of the training part."""

from __future__ import annotations

import random
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

import streamlit as st

from pages.components.shared.chart_place import say
from pages.components.shared.try_it.tried import Tried
from pages.components.shared.uploads import (
    render_camera,
    render_uploader,
    renew_uploader,
)
from tuning_core.catalog.limits import most
from tuning_core.catalog.row_answer import Pixels, RowForm
from tuning_core.datasets import DataError
from tuning_core.datasets.drawing import read_strokes
from tuning_core.datasets.pictures.picture import Picture, read_picture

FINER = 4
"""How many times finer a picture is that may have to be cut out and placed like a drawing."""
CAMERA = 280
"""Pixels of the width of its picture."""
ENDINGS = ("jpg", "jpeg", "png", "gif", "bmp", "webp")
_UPLOAD, _PHOTOGRAPH = "Upload", "Photograph"
_decoding = Lock()
"""One large picture in memory at a time, however many users send one."""
_LABEL = (
    "A pad to draw on. Keys: arrows move the pen, Space puts it down and lifts it, Backspace takes "
    "back the last line, Delete clears."
)


def render_picture_input(tried: Tried, form: RowForm | None) -> None:
    """Draw the pad, where pictures have no colours, and the ways to other pictures."""
    place = tried.place
    if len(tried.info.row_shape) == 2:
        pad = f"row-pad-{place}"
        _pad(
            key=pad,
            data={"id": place, "label": _LABEL},
            on_drawing_change=lambda: _note(
                place, {"strokes": (st.session_state.get(pad) or {}).get("drawing")}
            ),
        )
    with st.container(horizontal=True, gap="small"):
        st.button(
            "A training picture",
            key="row-example",
            disabled=form is None,
            on_click=_example,
            args=(place, form.rows if form else 1),
        )
        for name in (_UPLOAD, _PHOTOGRAPH):
            # Of another key once a picture has come: the new one is closed.
            key = f"row-{name}-{place}-{st.session_state.get(_taken(place), 0)}"
            opened = st.popover(name, key=key, on_change="rerun")
            # A camera that nobody asked for is not started.
            if opened.open:
                with opened:
                    _render_file(tried, name)


def _render_file(tried: Tried, way: str) -> None:
    """Draw a way to a picture, and take in what has come by it."""
    place, name = tried.place, f"row-file-{tried.place}"
    side, *_, colours = (*tried.info.row_shape, 0)[:3]
    if way == _PHOTOGRAPH:
        file = render_camera("A photograph", f"{name}-camera", width=CAMERA)
        say("A browser gives its camera only to pages at localhost or with https.")
    else:
        largest = int(most("picture_mb"))
        label = "A picture of your own"
        file = render_uploader(label, name, type=ENDINGS, max_upload_size=largest)
    if file is None:
        return
    # One's own training pictures were made so small at once; a drawing has to be found first.
    fine = side if colours or tried.dataset.own else FINER * side
    with _decoding:
        picture = read_picture(file.getvalue(), file.name, fine)
    _note(place, uploaded(picture, file.name))
    renew_uploader(name if way == _UPLOAD else f"{name}-camera", file)
    st.session_state[_taken(place)] = st.session_state.get(_taken(place), 0) + 1
    st.rerun()


def uploaded(picture: Picture, name: str) -> dict[str, Any]:
    """What to ask of an uploaded picture, and the sentences about it."""
    doubts = [f"{name} {words}." for words in picture.doubts]
    if picture.pixels is None:
        return {"refused": " ".join(doubts)}
    if picture.converted:
        doubts.append(f"Pictures {picture.converted}.")
    return {"picture": asdict(Pixels.of(picture.pixels)), "notes": " ".join(doubts)}


def asked_picture(tried: Tried) -> dict[str, Any] | None:
    """What the user gave last, None before anything; raises DataError where it is no picture.

    What comes from the pad is what a browser says: its shape, range and size are checked.
    """
    question: dict[str, Any] | None = st.session_state.get(_place(tried.place))
    if question is not None and "refused" in question:
        raise DataError(question["refused"])
    if question is not None and "strokes" in question:
        read_strokes(question["strokes"])
    return question


def _example(place: str, rows: int) -> None:
    _note(place, {"row": random.randint(1, rows)})


def _note(place: str, question: dict[str, Any]) -> None:
    st.session_state[_place(place)] = question


def _place(place: str) -> str:
    return f"row-asked-{place}"


def _taken(place: str) -> str:
    return f"row-taken-{place}"


_HTML = """<canvas tabindex="0" role="application"></canvas>
<div class="row"><button class="undo">Undo</button> <button class="clear">Clear</button></div>"""
_CSS = """
canvas { display: block; box-sizing: border-box; width: 280px; max-width: 100%; aspect-ratio: 1;
  border: 1px solid var(--st-border-color); border-radius: 8px; cursor: crosshair;
  touch-action: none; }
canvas:focus-visible, button:focus-visible { outline: 2px solid #14948a; outline-offset: 2px; }
.row { display: flex; gap: 8px; margin-top: 10px; }
button { font: inherit; font-size: 0.9rem; color: var(--st-text-color); background: transparent;
  border: 1px solid var(--st-border-color); border-radius: 8px; padding: 5px 12px;
  cursor: pointer; }
button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
"""
# Plain text of this repository; what a user draws travels as data alone.
_pad = st.components.v2.component(
    "drawing_pad",
    html=_HTML,
    css=_CSS,
    js=Path(__file__).with_name("pad.js").read_text(encoding="utf-8"),
)
