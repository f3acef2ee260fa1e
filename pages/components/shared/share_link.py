"""The link to what is seen, and the line that shows it on a course page or a slide."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import streamlit as st

from pages.components.shared import html

_PLACE = "share-link"


def embedded() -> bool:
    """Whether the view is shown without navigation, within another page (``?embed=1``)."""
    return bool(st.context.is_embedded)


def render_share() -> None:
    """Draw the button that shows link and line of the view as it is then; nothing in a frame."""
    if not embedded():
        with st.container(width="content"):
            st.fragment(_render, key="share-fragment")()


def _render() -> None:
    place = st.popover("Link", key=_PLACE, on_change="rerun")
    if not place.open:
        return
    query = st.query_params.to_dict()
    address = (st.context.url or "").partition("?")[0]
    with place:
        st.html(html.text("A link to what you see, as it is now", "ts-small"))
        st.code(_with(address, query), language=None, wrap_lines=True)
        st.html(html.text("For a course page or a slide, without navigation", "ts-small"))
        source = escape(_with(address, {**query, "embed": "1"}))
        frame = f'<iframe src="{source}" width="100%" height="720" style="border:0"></iframe>'
        st.code(frame, language=None, wrap_lines=True)
        if not any(st.get_option("client.allowedOrigins")):
            words = "Another site shows it once this server allows that: see docs/deploy.md."
            st.html(html.text(words, "ts-muted ts-small"))


def _with(address: str, query: dict[str, str]) -> str:
    return f"{address}?{urlencode(query, safe=',:~')}" if query else address
