"""A lesson in front of a class: its picture and its knobs alone, as large as the window allows.

Everything is measured in the root's letters, which grow with the window; the picture is drawn for
the size of the window, which the browser tells.
"""

from __future__ import annotations

import streamlit as st

from pages.components.learn.knobs import render_knobs
from pages.components.learn.lesson import PAGE
from pages.components.learn.picture import Size, render_picture
from pages.components.shared import html
from pages.components.shared.window import HEIGHT, WIDTH, window_size
from tuning_core.lessons import neighbours
from tuning_core.lessons.parts import Lesson

LETTER = 20
"""Pixels of a letter in that window."""
LEAST_LETTER = 14
"""Pixels of a letter in any window, such as a phone's."""
AROUND = 9.6
"""Letters that everything above and below the picture is high."""
NARROW, HEAD, KNOB = 640, 4, 5.2
"""Where all stands one below the other: pixels, letters more for the head and for each more knob.
"""
LARGER = 1.5
"""How much larger than on the lesson's page letters and lines of the picture are there."""
SMALLEST = 240


def render_presented(lesson: Lesson) -> None:
    """Draw nothing but the picture and its knobs, in large type."""
    html.render_title(lesson.title)
    st.html(_STYLE)
    with st.container(key="present-head", horizontal=True, vertical_alignment="center"):
        st.html(html.text(lesson.title, "ts-present-title"))
        for words, other in zip(("Previous", "Next"), neighbours(lesson), strict=True):
            name = words.lower()
            if other is not None:
                with st.container(key=f"present-{name}", width="content"):
                    st.page_link(
                        PAGE,
                        label=words,
                        query_params={"lesson": other.id, "present": "1"},
                        help=f"{other.title}. Key: {_KEYS[name]}",
                    )
        with st.container(key="present-leave", width="content"):
            st.page_link(
                PAGE, label="Leave", query_params={"lesson": lesson.id}, help="Key: Escape"
            )
    with st.container(key="present-knobs"):
        chosen = render_knobs(lesson, st.columns(max(1, len(lesson.knobs)), gap="large"))
    render_picture(lesson.id, chosen, _size(len(lesson.knobs)))


def _size(knobs: int) -> Size:
    """How large the picture is to be, by the window that the browser reported last."""
    window = window_size("present-window")
    with st.container(key="present-keys"):
        _keys()(key="present-pressed")
    scale = max(LEAST_LETTER / LETTER, min(window[0] / WIDTH, window[1] / HEIGHT))
    around = AROUND + (HEAD + KNOB * (knobs - 1) if window[0] <= NARROW else 0)
    height = max(SMALLEST, round(window[1] - around * LETTER * scale))
    return Size(height, LARGER * scale, beside=True)


@st.cache_resource(show_spinner=False)
def _keys():  # type: ignore[no-untyped-def]
    """What follows the keys; it shows nothing."""
    return st.components.v2.component("present_keys", js=_SCRIPT)


_KEYS = {"previous": "\u2190 or Page Up", "next": "\u2192 or Page Down"}
_SCRIPT = """
const ways = {
  ArrowRight: "next", PageDown: "next", ArrowLeft: "previous", PageUp: "previous", Escape: "leave",
};
export default function ({ parentElement }) {
  // Knobs keep their arrows; a presenter's remote control sends the page keys, whatever has focus.
  const pressed = (event) => {
    const knob = event.key.startsWith("Arrow") &&
      (event.target.closest("input, [role=slider], [role=radiogroup]") ||
        event.composedPath().some((part) => part.classList?.contains("network")));
    const link = !knob && ways[event.key] &&
      document.querySelector(`.st-key-present-${ways[event.key]} a`);
    if (!link || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    document.activeElement?.blur();
    link.click();
  };
  // Where this script is read anew, what it began before is not ended by that.
  parentElement.listening?.abort();
  const listening = (parentElement.listening = new AbortController());
  document.addEventListener("keydown", pressed, { capture: true, signal: listening.signal });
  return () => listening.abort();
}
"""
_STYLE = f"""<style>
html {{ font-size: max({LEAST_LETTER}px, min({100 * LETTER / WIDTH:.4f}vw,
  {100 * LETTER / HEIGHT:.4f}vh)) !important; }}
.st-key-present-knobs [data-testid="stHorizontalBlock"] {{ row-gap: 0.4rem !important; }}
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"]
  {{ display: none !important; }}
.stMainBlockContainer {{ padding: 0.5rem 1.5rem 0 !important; max-width: none !important; }}
.stMainBlockContainer [data-testid="stVerticalBlock"] {{ gap: 0.4rem; }}
.st-key-present-keys {{ display: none; }}
/* On a phone a second picture is a swipe away, not below the window. */
@media (max-width: {NARROW}px) {{
  [data-testid="stHorizontalBlock"]:has([data-testid="stVegaLiteChart"])
    {{ flex-wrap: nowrap !important; overflow-x: auto; }}
  [data-testid="stHorizontalBlock"]:has([data-testid="stVegaLiteChart"]) > [data-testid="stColumn"]
    {{ min-width: 88% !important; }}
}}
</style>"""
