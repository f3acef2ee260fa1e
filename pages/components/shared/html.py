"""Pieces of HTML in the look of the app; their rules are in pages/assets/style.css."""

from __future__ import annotations

import re
from html import escape

import streamlit as st

_MARKS = re.compile(r"([!-/:-@\[-`{-~])")


def render_title(name: str) -> None:
    """Name what the page shows in the browser's tab."""
    st.set_page_config(page_title="Tunescape" if name == "Home" else f"{name} · Tunescape")


def is_dark() -> bool:
    """Whether the user's browser shows the dark theme."""
    return st.context.theme.type == "dark"


def text(words: str, kind: str = "") -> str:
    """``words`` escaped for HTML, in the style classes ``kind``."""
    return f'<div class="{kind}">{escape(words)}</div>'


def plain(words: str) -> str:
    """``words`` for what reads Markdown: shown letter by letter, no mark, picture or link made."""
    return _MARKS.sub(r"\\\1", " ".join(words.split()))


def facts(pairs: list[tuple[str, str]], kind: str = "") -> str:
    """A row of figures, each with its name underneath; nothing is ever cut off.

    ``kind`` "even" gives each the same width, so that they stay in place while they grow.
    """
    cells = "".join(
        f'<div class="ts-fact"><b>{escape(value)}</b><span>{escape(name)}</span></div>'
        for name, value in pairs
    )
    return f'<div class="ts-facts {kind}">{cells}</div>'


def bar(share: float, description: str) -> str:
    """A progress bar; ``share`` from 0 to 1."""
    percent = 100 * min(1.0, max(0.0, share))
    return (
        f'<div class="ts-bar" role="progressbar" aria-label="{escape(description)}" '
        f'aria-valuenow="{percent:.0f}"><i style="width:{percent:.2f}%"></i></div>'
    )


def status_mark(status: str, words: str) -> str:
    """The state of a study as a small mark."""
    return f'<span class="ts-status {escape(status)}">{escape(words)}</span>'
