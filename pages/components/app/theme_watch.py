"""A change of theme while a page is open, such as in the evening: the page is drawn anew.

Charts take their colours from the theme that a run has found; a browser that changes its theme
asks for no run by itself.
"""

from __future__ import annotations

import streamlit as st

_KEY = "theme-watch"


def watch_theme() -> None:
    """Ask for a run whenever the browser shows the other theme."""
    _watch()(key=_KEY, on_dark_change=lambda: None)


@st.cache_resource(show_spinner=False)
def _watch():  # type: ignore[no-untyped-def]
    return st.components.v2.component("theme_watch", js=_SCRIPT)


_SCRIPT = """
export default function ({ setStateValue }) {
  const app = document.querySelector(".stApp");
  const dark = () => getComputedStyle(app).colorScheme === "dark";
  let shown = dark();
  let waiting = 0;
  const look = () => {
    if (dark() === shown) return;
    shown = !shown;
    // The run is told the theme that Streamlit's client has taken over by then.
    clearTimeout(waiting);
    waiting = setTimeout(() => setStateValue("dark", shown), 100);
  };
  const watch = new MutationObserver(look);
  watch.observe(app, { attributes: true, attributeFilter: ["class", "style"] });
  return () => { clearTimeout(waiting); watch.disconnect(); };
}
"""
