"""What a model says to one row: how probable, what is near, what would change it."""

from __future__ import annotations

from base64 import b64encode
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.sketches import picture_address
from pages.components.shared.try_it.tried import Tried
from tuning_core.catalog.row_answer import Cell, ColumnEffect, RowAnswer, RowForm
from tuning_core.findings.formatting import number

MOST_BARS = 12
MOST_EFFECTS = 10
_WIDTH, _HEIGHT = 120, 26
_INK, _HERE = "#14948a", "#d9691a"


def render_prediction(
    tried: Tried,
    answer: RowAnswer | None,
    words: str = "",
    before: tuple[float, ...] | None = None,
) -> None:
    """Draw the answer with its probabilities; ``words`` and empty bars where there is none.

    What was said ``before`` the last edit stands beside it.
    """
    info = tried.info
    parts = []
    if tried.info.kind == "image":
        parts.append(_seen(answer, words))
    if answer is None or answer.classes:
        names = answer.classes if answer else info.class_names[:MOST_BARS]
        parts.append(_bars(names, answer.prediction if answer else None, before))
    else:
        facts = [(info.target, number(answer.prediction[0]))]
        if before is not None:
            facts.append(("before the last edit", number(before[0])))
        parts.append(html.facts(facts))
        share = answer.below or 0.0
        words = f"{100 * share:.0f} % of the training rows have less."
        parts += [html.text(words, "ts-muted ts-small"), html.bar(share, words)]
    st.html("".join(parts))


def _seen(answer: RowAnswer | None, words: str) -> str:
    """The picture as the model gets it; ``words`` in its place where there is none."""
    if answer is None or answer.picture is None:
        return f'<div class="ts-seen">{html.text(words, "ts-muted ts-small")}</div>'
    height, width = answer.picture.shape[:2]
    words = f"As the model gets it: {height} x {width} pixels"
    return (
        f'<figure class="ts-seen"><img src="{picture_address(answer.picture.array())}" '
        f'alt="{words}"><figcaption>{words}</figcaption></figure>'
    )


def _bars(
    names: tuple[str, ...],
    prediction: tuple[float, ...] | None,
    before: tuple[float, ...] | None = None,
) -> str:
    """A bar per class in their order; of many classes the most probable."""
    shares = prediction or (0.0,) * len(names)
    places = list(range(len(names)))
    if len(names) > MOST_BARS:
        places = sorted(places, key=lambda place: -shares[place])[:MOST_BARS]
    winner = max(places, key=lambda place: shares[place]) if prediction else -1
    rows = []
    for place in places:
        words = percent(shares[place]) if prediction else ""
        if before is not None and percent(before[place]) != words:
            words = f"{percent(before[place])} → {words}"
        strong = ' class="ts-winner"' if place == winner else ""
        rows.append(
            f"<span{strong}>{escape(names[place])}</span>"
            f"{html.bar(shares[place], f'{names[place]}: {words}')}<span{strong}>{words}</span>"
        )
    more = ""
    if len(places) < len(names):
        more = html.text(f"{len(names) - len(places):,} more classes.", "ts-muted ts-small")
    moved = "" if before is None else " ts-moved"
    return f'<div class="ts-rows ts-classes{moved}">{"".join(rows)}</div>{more}'


def percent(share: float) -> str:
    """A probability: 98 %, 0.3 %; what is nearly none or all is not rounded to it."""
    hundredths = 100 * share
    if hundredths < 0.1 or hundredths > 99.9:
        return "< 0.1 %" if hundredths < 0.1 else "> 99.9 %"
    return f"{hundredths:.{int(hundredths < 1 or hundredths > 99)}f} %"


def _render_heading(name: str, words: str) -> None:
    st.html(html.text(name, "ts-group") + html.text(words, "ts-muted ts-small"))


def render_nearest(tried: Tried, answer: RowAnswer, form: RowForm | None) -> None:
    """Draw the training rows that are most like this one, with what they are."""
    words = "By the distance between inputs as the network sees them, after preprocessing"
    if form is not None and form.rows < form.total:
        words += f"; {form.rows:,} of {form.total:,} rows are compared"
    _render_heading("Nearest training rows", f"{words}.")
    if answer.picture is not None:
        st.html(_pictures(answer))
        return
    info = tried.info
    rows = []
    for near in answer.nearest:
        row: dict[str, Cell] = {
            info.target: near.truth,
            "distance": round(near.distance, 3),
            "training row": near.row,
        }
        cells = near.cells.items()
        rows.append(row | {name if name not in row else f"{name} (column)": c for name, c in cells})
    frame = pd.DataFrame(rows)
    frame["training row"] = frame.pop("training row")  # The last column.
    st.dataframe(frame, hide_index=True, key="nearest-rows")


def _pictures(answer: RowAnswer) -> str:
    cells = []
    said = answer.classes[answer.winner] if answer.classes else ""
    for near in answer.nearest:
        if near.picture is None:
            continue
        title = f"{near.truth}, {near.distance:.2f} away"
        wrong = "wrong" if answer.classes and near.truth != said else ""
        cells.append(
            f'<figure title="Training row {near.row:,}" class="{wrong}">'
            f'<img src="{picture_address(near.picture.array())}" alt="{escape(title)}">'
            f"<figcaption>{escape(str(near.truth))}<br>{near.distance:.2f} away</figcaption>"
            "</figure>"
        )
    return f'<div class="ts-images large ts-near">{"".join(cells)}</div>'


def render_effects(answer: RowAnswer) -> None:
    """Draw what each column does to the answer by itself, that which does most first."""
    if not answer.effects:
        return
    what = f"the probability of {answer.classes[answer.winner]}" if answer.classes else "the answer"
    _render_heading(
        "What changes the answer most",
        f"Each column by itself over its range in the training rows, the others as they are: {what}"
        ", from its lowest to its highest. The dot is this row.",
    )
    shown = answer.effects[:MOST_EFFECTS]
    flat = [at for effect in answer.effects for at in effect.answers]
    ends = (0.0, 1.0) if answer.classes else (min(flat, default=0.0), max(flat, default=1.0))
    rows = "".join(
        f"<span>{escape(effect.name)}</span>{_line(effect, answer, ends)}"
        f"<span>{escape(effect_words(effect, answer))}</span>"
        for effect in shown
    )
    st.html(f'<div class="ts-effects-place"><div class="ts-rows ts-effects">{rows}</div></div>')
    if len(answer.effects) > len(shown):
        rest = answer.effects[len(shown)].spread
        size = percent(rest) if answer.classes else number(rest)
        say(f"The other {len(answer.effects) - len(shown):,} columns change it by {size} at most.")


def _line(effect: ColumnEffect, answer: RowAnswer, ends: tuple[float, float]) -> str:
    """The answer over the column's range, with a mark where the row is."""
    low, high = ends
    last = max(1, len(effect.values) - 1)
    xs = [4 + (_WIDTH - 8) * place / last for place in range(len(effect.values))]
    ys = [_HEIGHT - 4 - (_HEIGHT - 8) * (at - low) / ((high - low) or 1.0) for at in effect.answers]
    points = list(zip(xs, ys, strict=True))
    if effect.texts:
        marks = "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{_INK}"/>' for x, y in points
        )
    else:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        marks = f'<polyline points="{line}" fill="none" stroke="{_INK}" stroke-width="1.5"/>'
    if (here := effect.here) is not None:
        x = 4 + (_WIDTH - 8) * here / last
        y = float(np.interp(here, range(len(ys)), ys))
        marks += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_HERE}"/>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}">{marks}</svg>'
    )
    # As an image: Streamlit takes drawings out of HTML.
    address = "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
    return f'<img src="{address}" alt="{escape(f"{effect.name}: {effect_words(effect, answer)}")}">'


def effect_words(effect: ColumnEffect, answer: RowAnswer) -> str:
    """From where to where the answer goes, and where another class would win."""
    low, high = min(effect.answers), max(effect.answers)
    ends = [percent(at) if answer.classes else number(at) for at in (low, high)]
    words = f"{ends[0]} to {ends[1]}" if ends[0] != ends[1] else f"{ends[0]} throughout"
    other = _turn(effect, answer)
    return f"{words}; {other}" if other else words


def _turn(effect: ColumnEffect, answer: RowAnswer) -> str:
    """The nearest value of the column at which another class wins: versicolor below 4.8."""
    here = effect.here
    others = [place for place, won in enumerate(effect.winners) if won != answer.winner]
    if not others or here is None:
        return ""
    place = min(others, key=lambda other: abs(other - here))
    name, value = answer.classes[effect.winners[place]], effect.values[place]
    if effect.texts:
        return f"{name} if {value}"
    return f"{name} {'above' if place > here else 'below'} {number(value)}"
