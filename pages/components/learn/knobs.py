"""The knobs of a lesson, tied to the address: a link shows the same picture."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.shared import html
from tuning_core.catalog import Value
from tuning_core.findings.formatting import number
from tuning_core.lessons.parts import Knob, Lesson


def render_knobs(lesson: Lesson, places: Sequence[object]) -> dict[str, Value]:
    """Draw each knob in its place and return what is chosen."""
    chosen: dict[str, Value] = {}
    for knob, place in zip(lesson.knobs, places, strict=True):
        with place:  # type: ignore[attr-defined]
            chosen[knob.id] = _render_knob(lesson, knob)
    return chosen


def knob_words(knob: Knob, value: Value) -> str:
    """A value of a knob as the page writes it."""
    return knob.words.get(value) or number(value)


def _render_knob(lesson: Lesson, knob: Knob) -> Value:
    key = f"knob-{lesson.id}-{knob.id}"
    if st.session_state.get(key) not in knob.options:
        st.session_state[key] = _from_address(knob)

    def words(value: Value) -> str:
        return knob_words(knob, value)

    value: Value
    if knob.kind == "choice":
        picked = st.segmented_control(
            knob.label,
            knob.options,
            format_func=words,
            key=key,
            help=knob.help or None,
            required=True,
        )
        value = knob.default if picked is None else picked
    elif knob.kind == "step":
        with st.container(horizontal=True, vertical_alignment="bottom"):
            value = _slider(knob, key)
            st.button(
                "Next step",
                key=f"{key}-next",
                on_click=_step,
                args=(key, knob),
                disabled=value == knob.options[-1],
            )
    else:
        value = _slider(knob, key)
    _to_address(knob, value)
    asked = _unreadable(knob)
    if asked:
        complaint = (
            f"“{asked[:40]}” in the address is none of these: {knob_words(knob, value)} is shown."
        )
        st.html(html.text(complaint, "ts-muted ts-small"))
    return value


def _slider(knob: Knob, key: str) -> Value:
    chosen: Value = st.select_slider(
        knob.label,
        knob.options,
        format_func=lambda value: knob_words(knob, value),
        key=key,
        help=knob.help or None,
    )
    return chosen


def _step(key: str, knob: Knob) -> None:
    place = knob.options.index(st.session_state[key])
    st.session_state[key] = knob.options[min(place + 1, len(knob.options) - 1)]


def _from_address(knob: Knob) -> Value:
    asked = st.query_params.get(knob.id, "")
    return next((value for value in knob.options if str(value) == asked), knob.default)


def _unreadable(knob: Knob) -> str:
    """What the address says of a knob when that is none of its options."""
    asked = st.query_params.get(knob.id, "")
    return "" if asked in map(str, knob.options) else asked


def _to_address(knob: Knob, value: Value) -> None:
    """Write the knob down; an unreadable value stays, and is complained of, until it is turned."""
    if value == knob.default:
        if knob.id in st.query_params and not _unreadable(knob):
            del st.query_params[knob.id]
    elif st.query_params.get(knob.id) != str(value):
        st.query_params[knob.id] = str(value)
