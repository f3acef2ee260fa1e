"""The pieces of a report: each a string of HTML in which everything of users is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from tuning_core.charts.parts.chart import Chart

Draw = Callable[[bool], Chart]
"""Draws a chart for a dark page (True) or a light one."""


@dataclass(frozen=True)
class Html:
    """A piece of the page, escaped by whoever made it."""

    content: str


@dataclass(frozen=True)
class Figure:
    """A chart with its ``title`` and the ``words`` that say what it shows; ``wide`` ones scroll."""

    title: str
    words: str
    draw: Draw
    wide: bool = False
    half: bool = False


Piece = Html | Figure


@dataclass(frozen=True)
class Section:
    """A section of a report."""

    id: str
    title: str
    pieces: Sequence[Piece]


def says(words: str, quiet: bool = False) -> Html:
    """A paragraph."""
    return Html(f"<p{' class=quiet' if quiet else ''}>{escape(words)}</p>")


def heading(words: str) -> Html:
    """A heading within a section."""
    return Html(f"<h3>{escape(words)}</h3>")


def listed(sentences: Iterable[str]) -> Html:
    """A list of sentences."""
    return Html(f"<ul>{''.join(f'<li>{escape(words)}</li>' for words in sentences)}</ul>")


def facts(pairs: Iterable[tuple[str, str]]) -> Html:
    """Names with what they are, one below the other; those without a value are left out."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in pairs
        if value
    )
    return Html(f'<div class="scroll"><table class="facts">{rows}</table></div>')


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], strong: Callable[[int], bool] | None = None
) -> Html:
    """A table of texts; rows of which ``strong(place)`` is true stand out."""
    titles = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(
        f"<tr{' class=strong' if strong is not None and strong(place) else ''}>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in row)
        + "</tr>"
        for place, row in enumerate(rows)
    )
    return Html(
        f'<div class="scroll"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody>'
        "</table></div>"
    )


def code(text: str, title: str = "") -> Html:
    """Lines to be copied; folded away on a screen where they have a ``title``."""
    block = f"<pre>{escape(text)}</pre>"
    if title:
        block = f"<details><summary>{escape(title)}</summary>{block}</details>"
    return Html(block)
