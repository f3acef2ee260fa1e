"""The size of the browser's window, for what is drawn as large as it allows."""

from __future__ import annotations

import streamlit as st

WIDTH, HEIGHT = 1280, 720
"""Pixels of the window for which boards are made, and until the browser has told its own."""
_STEPS = 20
"""A change by fewer pixels is none."""


def window_size(key: str) -> tuple[int, int]:
    """Width and height of the window in pixels, as its browser reported them last."""
    reported = (st.session_state.get(key) or {}).get("window")
    window = _sound(reported) or (WIDTH, HEIGHT)
    with st.container(key=f"{key}-place"):
        st.html(f"<style>.st-key-{key}-place {{ display: none; }}</style>")
        _window()(key=key, data=list(window), on_window_change=lambda: None)
    return window


def _sound(reported: object) -> tuple[int, int] | None:
    """A window's width and height as a browser may have them."""
    if not isinstance(reported, list | tuple) or len(reported) != 2:
        return None
    if not all(isinstance(length, int) and 200 <= length <= 20_000 for length in reported):
        return None
    return reported[0], reported[1]


@st.cache_resource(show_spinner=False)
def _window():  # type: ignore[no-untyped-def]
    """What tells the window's size; it shows nothing."""
    return st.components.v2.component("window_size", js=_SCRIPT)


_SCRIPT = f"""
export default function ({{ data, parentElement, setStateValue }}) {{
  const tell = () => {{
    const now = [window.innerWidth, window.innerHeight];
    if (now.some((length, i) => Math.abs(length - data[i]) >= {_STEPS}))
      setStateValue("window", now);
  }};
  let waiting = 0;
  const resized = () => {{ clearTimeout(waiting); waiting = setTimeout(tell, 200); }};
  // This script is read anew for another window, and what it began before is not ended by that.
  parentElement.listening?.abort();
  const listening = (parentElement.listening = new AbortController());
  tell();
  window.addEventListener("resize", resized, {{ signal: listening.signal }});
  listening.signal.addEventListener("abort", () => clearTimeout(waiting));
  return () => listening.abort();
}}
"""
