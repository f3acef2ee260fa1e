"""Two rankings of the same entries side by side, a line from each place to its other place.

Names are HTML, measured in the root's letters like all else on the board; the lines between them
are one picture, since Streamlit takes SVG out of HTML.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tuning_core.charts.parts.theme import theme

MOST_NAMES = 30
"""Names below each other for which the picture always has room."""
MOST_LETTERS = 16
_SIDE = 100.0
"""Units of the picture of the lines, which is stretched to its place."""


@dataclass(frozen=True)
class SlopeEntry:
    """An entry with its two ranks (shared by equals); ``strong`` entries keep their name first.

    An empty ``name`` stands for one that is hidden: its rank is shown alone.
    """

    name: str
    first: int
    second: int
    machine: bool = False
    strong: bool = False

    @property
    def kind(self) -> str:
        """Its style classes."""
        return "machine" if self.machine else "strong" if self.strong else "other"


def rank_slopes(
    entries: Sequence[SlopeEntry], heads: Sequence[tuple[str, str]], *, dark: bool, words: str
) -> str:
    """The picture; each of the two ``heads`` is a title and a small line.

    Where there is no room for all names, those of the strong and the machine and then of the best
    are shown; no two ever overlap. ``words`` say to a screen reader what the lines are.
    """
    count = len(entries)
    # Equals lie in the order of the other side, so that their lines do not cross.
    orders = (
        sorted(range(count), key=lambda i: (entries[i].first, entries[i].second, i)),
        sorted(range(count), key=lambda i: (entries[i].second, entries[i].first, i)),
    )
    places = [
        {i: _SIDE * (place + 0.5) / max(count, 1) for place, i in enumerate(order)}
        for order in orders
    ]
    names = "".join(
        _label(entries[i], places[side][i], side)
        for side in (0, 1)
        for i in _named(entries, orders[side], places[side])
    )
    lines = _lines(entries, places[0], places[1], dark)
    heading = "".join(
        f'<div class="head h{side}"><b>{escape(title)}</b><br>{escape(small)}</div>'
        for side, (title, small) in enumerate(heads)
    )
    return (
        f'<div class="slopes">{heading}<div class="field">'
        f'<img src="data:image/svg+xml;base64,{lines}" alt="{escape(words)}">{names}</div></div>'
    )


def _named(
    entries: Sequence[SlopeEntry], order: Sequence[int], places: dict[int, float]
) -> list[int]:
    """The entries whose names fit, those with a colour first, then from the top."""
    kept: list[int] = []
    for i in sorted(order, key=lambda i: entries[i].kind == "other"):
        if all(abs(places[i] - places[other]) >= _SIDE / MOST_NAMES - 1e-6 for other in kept):
            kept.append(i)
    return sorted(kept, key=places.__getitem__)


def _label(entry: SlopeEntry, y: float, side: int) -> str:
    name = entry.name
    if len(name) > MOST_LETTERS:
        name = f"{name[: MOST_LETTERS - 1]}\u2026"
    number = f"<b>{entry.second if side else entry.first}</b>"
    # A name keeps its own direction of writing to itself.
    shown = f"<bdi>{escape(name)}</bdi>" if name else ""
    parts = (number, shown) if side else (shown, number)
    return f'<div class="at s{side} {entry.kind}" style="top:{y:.2f}%">{"".join(parts)}</div>'


def _lines(
    entries: Sequence[SlopeEntry], left: dict[int, float], right: dict[int, float], dark: bool
) -> str:
    """The lines and their ends as SVG in base64, the coloured ones on top."""
    colours = theme(dark)
    look = {
        "other": (colours.soft, 2.0, "none"),
        "strong": (colours.accent, 4.5, "none"),
        "machine": (colours.series[1], 4.5, "0 8"),
    }
    drawn = sorted(range(len(entries)), key=lambda i: entries[i].kind != "other")
    marks = []
    for i in drawn:
        colour, width, dashes = look[entries[i].kind]
        opacity = 0.75 if entries[i].kind == "other" else 1
        start, end = f"6 {left[i]:.2f}", f"94 {right[i]:.2f}"
        marks.append(
            f'<g stroke="{colour}" opacity="{opacity}"><path d="M{start}L{end}" '
            f'stroke-width="{width}" stroke-dasharray="{dashes}"/>'
            f'<path d="M{start}h0M{end}h0" stroke-width="{2.4 * width + 3:.1f}"/></g>'
        )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE:g} {_SIDE:g}" '
        'preserveAspectRatio="none" width="300" height="600"><style>path { fill: none; '
        "stroke-linecap: round; vector-effect: non-scaling-stroke; }</style>"
        f"{''.join(marks)}</svg>"
    )
    return b64encode(svg.encode()).decode()


STYLE = """
.slopes { font-size: 0.9rem; line-height: 1.05; }
.slopes .field { position: relative; height: max(28.2rem, calc(100vh - 8.6rem)); }
.slopes .field img { position: absolute; left: 35%; width: 30%; top: 0; height: 100%; }
.slopes .at { position: absolute; width: 34.5%; transform: translateY(-50%); display: flex;
  gap: 0.6rem; white-space: nowrap; }
.slopes .s0 { left: 0; justify-content: flex-end; }
.slopes .s1 { left: 65.5%; }
.slopes .at b { min-width: 1.2rem; text-align: right; font-variant-numeric: tabular-nums; }
.slopes .other { opacity: 0.75; }
.slopes .strong { color: var(--ts-good); font-weight: 600; }
.slopes .machine { color: var(--ts-bad); font-weight: 600; }
.slopes .head { display: inline-block; width: 34.5%; margin-right: 31%; line-height: 1.25;
  padding-bottom: 0.3rem; box-sizing: border-box; }
.slopes .h0 { text-align: right; }
.slopes .h1 { margin-right: 0; }
.slopes .head b { font-size: 1.05rem; }
"""
