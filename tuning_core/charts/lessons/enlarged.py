"""A chart for the back row: the same picture with larger letters, lines and marks."""

from __future__ import annotations

from typing import Any

_LENGTHS = frozenset(
    {
        "columnPadding",
        "dx",
        "dy",
        "fontSize",
        "labelFontSize",
        "labelLimit",
        "labelPadding",
        "offset",
        "strokeWidth",
        "symbolStrokeWidth",
        "titleFontSize",
        "titlePadding",
    }
)
_AREAS = frozenset({"size", "symbolSize"})


def enlarged(document: Any, factor: float) -> Any:
    """A Vega-Lite document with all its lengths in pixels ``factor`` times as long."""
    if isinstance(document, list):
        return [enlarged(part, factor) for part in document]
    if not isinstance(document, dict):
        return document
    grown = {}
    for name, value in document.items():
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if plain and name in _LENGTHS:
            grown[name] = value * factor
        elif plain and name in _AREAS:
            grown[name] = value * factor**2
        else:
            grown[name] = value if name == "datasets" else enlarged(value, factor)
    return grown
