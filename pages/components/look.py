"""The few rules of style that the theme in .streamlit/config.toml cannot express."""

from __future__ import annotations

from html import escape

import streamlit as st

ACCENT = "#14948a"
"""The accent at a strength that is readable on the light and on the dark ground."""

_CSS = """
<style>
.stMainBlockContainer { padding: 2.2rem 2rem 4rem; max-width: 1560px; margin: 0 auto; }
[data-testid="stHeader"] { background: transparent; height: 2.2rem; }
[data-testid="stSidebarHeader"] { margin-bottom: 0; }
section[data-testid="stSidebar"] { width: 12.5rem !important; min-width: 12.5rem !important; }
section[data-testid="stSidebar"][aria-expanded="false"] { width: 0 !important;
  min-width: 0 !important; }
h1, h2, h3, h4 { letter-spacing: -0.01em; }
h1 { padding: 0 0 0.15rem !important; }
h3 { padding: 1rem 0 0.1rem !important; }

/* Nothing on a live page may grey out or fade while it is redrawn. */
[data-stale="true"] { opacity: 1 !important; transition: none !important; }

[class*="st-key-way"] h3, .st-key-plan h3 { padding-top: 0 !important; }
.ts-muted { opacity: 0.68; }
.ts-small { font-size: 0.85rem; }
.ts-name { font-size: 1.45rem; font-weight: 600; line-height: 1.25; letter-spacing: -0.01em;
  overflow-wrap: anywhere; }
.ts-facts { display: flex; flex-wrap: wrap; gap: 0.35rem 2.4rem; }
.ts-fact b { display: block; font-size: 1.15rem; font-weight: 600; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.ts-fact span { font-size: 0.8rem; opacity: 0.68; }
.ts-bar { height: 6px; border-radius: 3px; background: rgba(127,145,141,.22); overflow: hidden; }
.ts-bar i { display: block; height: 100%; background: #14948a; border-radius: 3px; }
.ts-status { display: inline-block; font-size: 0.78rem; font-weight: 600; line-height: 1;
  padding: 0.26rem 0.5rem; border-radius: 1rem; background: rgba(127,145,141,.18);
  white-space: nowrap; }
.ts-status.running { background: rgba(20,148,138,.18); color: #14948a; }
.ts-status.failed, .ts-status.interrupted { background: rgba(213,94,0,.16); color: #d9691a; }

.ts-table { width: 100%; border-collapse: collapse; font-size: 0.9rem;
  font-variant-numeric: tabular-nums; }
.ts-table th { text-align: left; font-weight: 500; opacity: 0.68; }
.ts-table th, .ts-table td { padding: 0.26rem 0.5rem 0.26rem 0; border: 0;
  border-bottom: 1px solid rgba(127,145,141,.22); }
.ts-table tr.same td { opacity: 0.6; }
.ts-table td.changed { font-weight: 600; }
.ts-table tr:last-child td, .ts-table tr:last-child th { border-bottom: 0; }

.ts-hist { display: flex; align-items: flex-end; gap: 1px; height: 30px; }
.ts-hist i { flex: 1; min-height: 1px; background: #14948a; border-radius: 1px 1px 0 0; }
.ts-hist-words { font-size: 0.72rem; opacity: 0.68; line-height: 1.3; margin-top: 2px; }
.ts-square { position: relative; aspect-ratio: 1.7; border-radius: 4px;
  background: rgba(127,145,141,.12); overflow: hidden; }
.ts-square i { position: absolute; border-radius: 50%; background: #14948a;
  transform: translate(-50%, 50%); }
.ts-rows { display: grid; grid-template-columns: max-content 1fr max-content; gap: 0.22rem 0.7rem;
  align-items: center; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
.ts-rows .ts-bar { height: 8px; }
.ts-images { display: flex; flex-wrap: wrap; gap: 6px 8px; }
.ts-images figure { margin: 0; text-align: center; width: 40px; }
.ts-images img { width: 40px; height: 40px; image-rendering: pixelated; border-radius: 4px; }
.ts-images figcaption { font-size: 0.68rem; opacity: 0.68; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.ts-split { display: flex; height: 8px; border-radius: 4px; overflow: hidden; gap: 2px; }
.ts-split i { background: #14948a; }
.ts-split i:nth-child(2) { opacity: 0.55; }
.ts-split i:nth-child(3) { opacity: 0.25; }

/* The plan stays in view beside the form. */
[data-testid="stLayoutWrapper"]:has(> .st-key-plan) { position: sticky; top: 1.4rem;
  max-height: calc(100vh - 2rem); overflow-y: auto; }
[class*="st-key-strategy-card"] { height: 100%; }
[class*="st-key-strategy-card-chosen"] { border-color: #14948a !important;
  box-shadow: inset 0 0 0 1px #14948a; }
[class*="st-key-recent-row"], [class*="st-key-library-row"] {
  border-bottom: 1px solid rgba(127,145,141,.22); padding-bottom: 0.35rem; }
[class*="st-key-recent-row"] [data-testid="stPageLink-NavLink"],
[class*="st-key-library-row"] [data-testid="stPageLink-NavLink"] { padding-left: 0; }
</style>
"""


def put_style() -> None:
    """Add the style rules to the page."""
    st.html(_CSS)


def is_dark() -> bool:
    """Whether the reader's browser shows the dark theme."""
    return st.context.theme.type == "dark"


def text(words: str, kind: str = "") -> str:
    """``words`` escaped for HTML, in the style classes ``kind``."""
    return f'<div class="{kind}">{escape(words)}</div>'


def facts(pairs: list[tuple[str, str]]) -> str:
    """A row of figures, each with its name underneath; nothing is ever cut off."""
    cells = "".join(
        f'<div class="ts-fact"><b>{escape(value)}</b><span>{escape(name)}</span></div>'
        for name, value in pairs
    )
    return f'<div class="ts-facts">{cells}</div>'


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
