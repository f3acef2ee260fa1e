"""The charts of a report: live ones that share their data, and each as a picture beside it.

A picture is drawn by vl-convert, which needs no browser; a browser that runs no script, or that
prints, shows it. No address may be loaded while it is drawn, and nothing in our charts names one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from hashlib import blake2b
from html import escape
from typing import Any

import pandas as pd

from tuning_core.charts.parts.chart import Chart
from tuning_core.report.elements import Figure

WIDTH, HALF = 680, 330
"""Pixels of a picture: what stands beside another is half as wide."""

LARGEST_PICTURE = 3_000_000
"""Bytes; a larger one is left out."""

FONT = "system-ui, -apple-system, Segoe UI, Roboto, sans-serif"
STILL_FONT = "Arial, Liberation Sans, Helvetica, sans-serif"
"""Letters as wide where a picture is looked at as where it was drawn."""


class Figures:
    """All charts of one page, each data frame once."""

    def __init__(self) -> None:
        self._data: dict[str, dict[str, Any]] = {}
        self._charts: list[dict[str, Any]] = []

    def add(self, figure: Figure) -> str:
        """Take a chart in; the HTML of its place."""
        light, dark = figure.draw(False), figure.draw(True)
        place = len(self._charts)
        self._charts.append({"light": self._lean(light), "dark": self._lean(dark)})
        words = str(light.to_dict().get("description", figure.title))
        picture = _picture(light, HALF if figure.half else WIDTH, words)
        kinds = " ".join(name for name, on in (("wide", figure.wide), ("half", figure.half)) if on)
        title = f"<h3>{escape(figure.title)}</h3>" if figure.title else ""
        return (
            f'<figure class="{kinds}">{title}<div class="scroll">'
            f'<div class="live" id="chart-{place}" role="img" aria-label="{escape(words)}"></div>'
            f'<div class="still">{picture}</div></div>'
            f"<figcaption>{escape(figure.words)}</figcaption></figure>"
        )

    def as_json(self) -> str:
        """Data and specifications, safe inside a script element."""
        document = json.dumps(
            {"data": self._data, "charts": self._charts}, allow_nan=False, separators=(",", ":")
        )
        for sign in "<>&\u2028\u2029":
            document = document.replace(sign, f"\\u{ord(sign):04x}")
        return document

    def _lean(self, chart: Chart) -> dict[str, Any]:
        """A specification in which each data set is named by its content."""
        document = _specification(chart)
        frames = document.pop("datasets")
        names = {}
        for name, frame in frames.items():
            columns = _columns(frame)
            key = blake2b(json.dumps(columns).encode(), digest_size=8).hexdigest()
            self._data[key] = columns
            names[name] = key
        return {"spec": document, "data": names}


def _specification(chart: Chart, font: str = FONT) -> dict[str, Any]:
    document = chart.to_dict()
    document["config"] = {**document.get("config", {}), "font": font}
    document.setdefault("padding", {"left": 5, "right": 5, "top": 5, "bottom": 5})
    if not _composed(document):
        document.setdefault("width", "container")
        document.setdefault("autosize", {"type": "fit", "contains": "padding"})
    # A wheel that turns over a chart goes on down the page.
    for part in _params(document):
        select = part.get("select")
        if isinstance(select, dict) and part.get("bind") == "scales":
            select["zoom"] = "wheel![event.shiftKey]"
    return document


def _composed(document: dict[str, Any]) -> bool:
    return any(name in document for name in ("hconcat", "vconcat", "concat", "facet", "repeat"))


def _params(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, list):
        for inner in part:
            yield from _params(inner)
    elif isinstance(part, dict):
        yield from part.get("params", ())
        for name in ("layer", "hconcat", "vconcat", "concat", "spec"):
            yield from _params(part.get(name))


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    """A frame by columns, which says each name once; what is missing is null."""
    split = json.loads(frame.to_json(orient="split", index=False, double_precision=15))
    columns = zip(*split["data"], strict=True) if split["data"] else ([] for _ in split["columns"])
    return {name: list(values) for name, values in zip(split["columns"], columns, strict=True)}


def _picture(chart: Chart, width: int, words: str) -> str:
    """The chart as an image within the page, or a sentence where it would be too large."""
    import vl_convert

    document = _specification(chart, STILL_FONT)
    if document.get("width") == "container":
        document["width"] = width
    document["datasets"] = {
        name: json.loads(frame.to_json(orient="records", double_precision=15))
        for name, frame in document["datasets"].items()
    }
    drawn = vl_convert.vegalite_to_svg(document, allowed_base_urls=[]).encode()
    if len(drawn) > LARGEST_PICTURE:
        return f"<p>{escape(words)}. Its picture is too large to be kept here.</p>"
    address = base64.b64encode(drawn).decode("ascii")
    return f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{address}">'
