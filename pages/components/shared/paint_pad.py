"""A canvas on which points in a plane are painted: of two or three classes, or with values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.components.shared import html
from tuning_core.catalog.planes import MOST_POINTS
from tuning_core.charts.parts.theme import theme

HEIGHT = 404
"""Pixels of the canvas with what is below it."""

_KEYS = (
    "A plane to paint points on. Keys: arrows move the brush, Space paints, E erases, Backspace "
    "takes back, Delete clears, "
)
_CHOICE = {True: "plus and minus change the value.", False: "0, 1 and 2 choose the class."}


def render_paint_pad(
    key: str, points: str, *, values: bool, version: int, on_change: Callable[[object], None]
) -> None:
    """Draw the canvas with ``points``, as ``DatasetSpec.points`` writes them.

    It keeps what is painted on it until ``version`` is another. ``on_change`` gets what came from
    the browser, which may be anything, before the page runs again.
    """
    colours = theme(html.is_dark())
    _pad(
        key=key,
        data={
            "id": key,
            "points": points,
            "version": version,
            "values": values,
            "most": MOST_POINTS,
            "label": _KEYS + _CHOICE[values],
            "colours": {
                "series": list(colours.series[:3]),
                "ramp": list(colours.ramp),
                "ground": colours.halo,
                "grid": colours.grid,
                "text": colours.text,
            },
        },
        height=HEIGHT,
        on_points_change=lambda: on_change((st.session_state.get(key) or {}).get("points")),
    )


_HTML = """<canvas tabindex="0" role="application"></canvas>
<div class="row">
  <button class="brush" data-label="0"><i></i>0</button>
  <button class="brush" data-label="1"><i></i>1</button>
  <button class="brush" data-label="2"><i></i>2</button>
  <label class="level"><i class="swatch"></i><input class="value" type="range" min="0" max="255"
    step="1" aria-label="Value to paint"><span class="said"></span></label>
  <button class="brush" data-label="erase">Erase</button>
  <span class="rest"></span>
  <button class="undo">Undo</button>
  <button class="clear">Clear</button>
</div>
<div class="count" aria-live="polite"></div>"""
_CSS = """
canvas { display: block; box-sizing: border-box; width: 100%; max-width: 330px; aspect-ratio: 1;
  border: 1px solid var(--st-border-color); border-radius: 8px; cursor: crosshair;
  touch-action: none; }
:is(canvas, button, input):focus-visible { outline: 2px solid var(--st-primary-color);
  outline-offset: 2px; }
.row { display: flex; align-items: center; gap: 5px; margin-top: 8px; max-width: 330px; }
.rest { flex: 1; }
button { font: inherit; font-size: 0.85rem; color: var(--st-text-color); background: transparent;
  border: 1px solid var(--st-border-color); border-radius: 8px; padding: 4px 8px; cursor: pointer; }
button:hover:enabled { border-color: var(--st-primary-color); color: var(--st-primary-color); }
button:disabled { opacity: 0.45; cursor: default; }
button[aria-pressed="true"] { border-color: var(--own, var(--st-primary-color));
  box-shadow: inset 0 0 0 1px var(--own, var(--st-primary-color)); }
button[hidden], .level[hidden] { display: none; }
.brush i, .swatch { display: inline-block; width: 10px; height: 10px; border-radius: 50%;
  background: var(--own); margin-right: 5px; flex: none; }
.brush[data-label="erase"] i { display: none; }
.level { display: flex; align-items: center; gap: 4px; font-size: 0.85rem; min-width: 0; }
.level input { width: 84px; accent-color: var(--st-primary-color); }
.said { font-variant-numeric: tabular-nums; width: 2.6em; }
.count { font-size: 0.8rem; opacity: 0.7; margin-top: 5px; }
"""
_HERE = Path(__file__).parent
# Plain text of this repository; what a user paints travels as data alone.
_pad = st.components.v2.component(
    "paint_pad",
    html=_HTML,
    css=_CSS,
    js="".join((_HERE / name).read_text("utf-8") for name in ("network_parts.js", "paint.js")),
)
