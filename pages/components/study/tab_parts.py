"""A tab as a list of parts: what stands in it, in which order, and when.

A chart of all trials is a function of :mod:`tuning_core.charts` and a :func:`chart_part` in the
list of its tab; anything else is a :class:`Part` with a function that draws it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, TypeVar

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from tuning_core.charts.parts.chart import PICKED, Chart
from tuning_core.findings.live import LiveStudy

T = TypeVar("T")

SECTION = "section"
"""The session's key of the open tab."""

TABS = (
    "Overview",
    "Learning curves",
    "Parallel coordinates",
    "Hyperparameters",
    "Search behaviour",
    "Best model",
)
"""The tabs, in their order."""

HEIGHT = 280

ACROSS = 3
"""Small pictures side by side."""

Within = set[int] | None
"""Trials inside the brushes; None when nothing is brushed."""

Render = Callable[[LiveStudy, bool, Within], None]
"""Draws a part of a study; what it takes time to find out only when it is seen (True)."""

Options = Callable[[LiveStudy, pd.DataFrame], dict[str, Any] | None]
"""Draws what can be chosen of a chart of these trials; its further arguments, or None where it
cannot be drawn, once that is said."""

Applies = Callable[[LiveStudy, Within], bool]
"""Whether a study has a part."""

Place = Literal["whole", "half", "wide", "narrow"]
"""Half parts stand two in a row; wide ones are a column on the left, narrow ones on its right."""


def always(live: LiveStudy, within: Within) -> bool:
    """A part that every study has."""
    return True


def no_options(live: LiveStudy, trials: pd.DataFrame) -> dict[str, Any]:
    """A chart of which nothing can be chosen."""
    return {}


@dataclass(frozen=True)
class Part:
    """One part of a tab. Its ``title`` stands above it, none where it draws a heading itself."""

    id: str
    title: str | Callable[[LiveStudy, Within], str]
    render: Render
    applies: Applies = always
    place: Place = "whole"


def chart_part(
    id: str,
    title: str,
    chart: Callable[..., Chart],
    *,
    frame: Callable[[LiveStudy], pd.DataFrame] = LiveStudy.trials_frame,
    options: Options = no_options,
    applies: Applies = always,
    place: Place = "whole",
    height: int = HEIGHT,
    hint: str = "",
    brushed: bool = True,
    clock: bool = False,
) -> Part:
    """A chart of the trials of a study, drawn anew only when it shows something else.

    ``chart(trials, objective=, picked=, dark=, height=, **options)`` draws ``frame``: of the
    trials inside the brushes, of all where it is not ``brushed``. ``hint`` is a sentence above it.
    With a ``clock`` it also takes ``now`` (unix seconds, None while no trial runs).
    """

    def render(live: LiveStudy, seen: bool, within: Within) -> None:
        if hint:
            say(hint)
        inside = within if brushed else None
        trials = trials_within(frame(live), inside)
        chosen = options(live, trials)
        if chosen is None:
            return
        arguments = {
            "objective": live.spec.objective_info,
            "picked": chosen_trials(),
            "dark": html.is_dark(),
            "height": height,
            **chosen,
        }
        ticks: tuple[int | None, ...] = ()
        if clock:
            arguments["now"] = time.time() if live.running else None
            ticks = (live.pictured_cursor if live.running else None,)
        shown = (inside and frozenset(inside), *chosen.values(), *ticks)
        with chart_place(id, height):
            render_chart(
                f"{id}-{live.study.id}",
                (live.pictured_trials, tuple(chosen_trials()), html.is_dark(), *shown),
                lambda: chart(trials, **arguments),
                [PICKED],
                seen,
            )

    return Part(id, title, render, applies, place)


def render_parts(parts: Sequence[Part], live: LiveStudy, seen: bool, within: Within) -> None:
    """Draw the parts of a tab that apply; ``within`` keeps its charts to these trials."""

    def draw(part: Part) -> None:
        title = part.title if isinstance(part.title, str) else part.title(live, within)
        if title:
            st.subheader(title)
        part.render(live, seen, within)

    shown = [part for part in parts if part.applies(live, within)]
    for layout, run in groupby(shown, key=lambda part: _LAYOUTS[part.place]):
        group = list(run)
        if layout == "rows":
            for first in range(0, len(group), 2):
                pair = zip(st.columns(2, gap="large"), group[first : first + 2], strict=False)
                for column, part in pair:
                    with column:
                        draw(part)
        elif layout == "columns":
            wide, narrow = st.columns([2.1, 1], gap="large")
            for part in group:
                with wide if part.place == "wide" else narrow:
                    draw(part)
        else:
            for part in group:
                draw(part)


_LAYOUTS = {"whole": "", "half": "rows", "wide": "columns", "narrow": "columns"}


def across(pictures: int) -> int:
    """How many of so many small pictures stand side by side: three, or two if that fills rows."""
    return 2 if pictures in (2, 4) else ACROSS


def beside(items: Sequence[T]) -> Iterator[tuple[Any, T]]:
    """Each item with a column of its own, as many in a row as :func:`across` says."""
    columns = across(len(items))
    for first in range(0, len(items), columns):
        yield from zip(st.columns(columns), items[first : first + columns], strict=False)


def trials_within(trials: pd.DataFrame, within: Within) -> pd.DataFrame:
    """The trials of a frame that are inside the brushes; all of them without a brush."""
    return trials if within is None else trials[trials["number"].isin(list(within))]


def enough_scores(trials: pd.DataFrame, otherwise: str) -> bool:
    """Whether two of the trials have a score; says ``otherwise`` when not."""
    enough = int(trials["score"].notna().sum()) >= 2
    if not enough:
        say(otherwise)
    return enough
