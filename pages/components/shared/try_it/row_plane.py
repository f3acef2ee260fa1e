"""The plane of a model's two columns: a click on it is the row that is asked about."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import ImageColor

from pages.components.shared import html
from pages.components.shared.sketches import picture_address
from pages.components.shared.try_it.row_form import cell_key
from pages.components.shared.try_it.tried import Tried
from tuning_core.catalog.row_answer import Cell, RowForm, Surface
from tuning_core.charts.parts.theme import Theme, theme

_STRONGEST = 0.75
"""How much of its colour a class has where it is certain."""


def render_plane(tried: Tried, form: RowForm, surface: Surface, cells: Mapping[str, Cell]) -> None:
    """Draw what the model says over the plane, and where the ``cells`` of the form are in it."""
    key = f"row-plane-{tried.place}"
    x, y = (column.name for column in form.columns)
    colours = theme(html.is_dark())
    _plane(
        key=key,
        data={
            "picture": picture_address(_picture(surface, tried.info.classes, colours)),
            "x": surface.x,
            "y": surface.y,
            "at": [cells.get(x), cells.get(y)],
            "asked": _asked(key, surface),
            "points": _points(surface, tried.info.classes, colours),
            "ground": colours.halo,
            "label": f"What the model says over {x} and {y}. A click, or the arrow keys, choose a "
            "point.",
        },
        on_point_change=lambda: _take(tried, surface, key),
    )


def _take(tried: Tried, surface: Surface, key: str) -> None:
    for at, value in enumerate(_asked(key, surface)):
        st.session_state[cell_key(tried, at)] = value


def _asked(key: str, surface: Surface) -> list[float]:
    """The point that was chosen last; [] where none was."""
    return chosen((st.session_state.get(key) or {}).get("point"), surface)


def chosen(point: object, surface: Surface) -> list[float]:
    """The x and y that a browser says were chosen, which may say anything; [] where they are none.

    They are brought into the plane, and rounded to a ten thousandth of it or finer.
    """
    if not isinstance(point, list) or len(point) != 2:
        return []
    if not all(type(value) in (int, float) and value == value for value in point):
        return []
    found = []
    for value, (low, high) in zip(point, (surface.x, surface.y), strict=True):
        digits = 4 - math.floor(math.log10((high - low) or 1.0))
        within = round(float(min(max(value, low), high)), digits)
        found.append(min(max(within, low), high))
    return found


def _rgb(colour: str) -> np.ndarray:
    return np.array(ImageColor.getrgb(colour)[:3], dtype=np.float64)


def _picture(surface: Surface, classes: int, colours: Theme) -> np.ndarray:
    """The plane in colours, uint8 (side, side, 3)."""
    levels = surface.levels.array() / 255
    if not classes:
        return _ramped(levels, colours)
    series = np.stack([_rgb(colour) for colour in colours.series])
    winners = series[surface.winners.array() % len(series)]
    least = 1 / classes
    strength = _STRONGEST * np.clip((levels - least) / (1 - least), 0, 1)[..., None]
    return np.rint(strength * winners + (1 - strength) * _rgb(colours.halo)).astype(np.uint8)


def _ramped(shares: np.ndarray, colours: Theme) -> np.ndarray:
    ramp = np.stack([_rgb(colour) for colour in colours.ramp])
    places = np.linspace(0, 1, len(ramp))
    mixed = [np.interp(shares, places, ramp[:, channel]) for channel in range(3)]
    return np.rint(np.stack(mixed, axis=-1)).astype(np.uint8)


def _points(surface: Surface, classes: int, colours: Theme) -> list[list[float | str]]:
    """Training rows: x, y and their colour."""
    values = np.array([point[2] for point in surface.points])
    if classes:
        drawn = [colours.series[int(value) % len(colours.series)] for value in values]
    else:
        shares = (values - values.min()) / (np.ptp(values) or 1.0)
        drawn = [f"rgb{tuple(row)}" for row in _ramped(shares, colours).tolist()]
    return [[x, y, colour] for (x, y, _), colour in zip(surface.points, drawn, strict=True)]


_CSS = """
canvas { display: block; box-sizing: border-box; width: 300px; max-width: 100%; aspect-ratio: 1;
  border: 1px solid var(--st-border-color); border-radius: 8px; cursor: crosshair;
  touch-action: manipulation; }
canvas:focus-visible { outline: 2px solid #14948a; outline-offset: 2px; }
"""
# Plain text of this repository; names of columns travel as data alone.
_plane = st.components.v2.component(
    "tunescape_plane",
    html='<canvas tabindex="0" role="application"></canvas>',
    css=_CSS,
    js=Path(__file__).with_name("plane.js").read_text(encoding="utf-8"),
)
