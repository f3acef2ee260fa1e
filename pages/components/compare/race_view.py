"""A race, live and afterwards: one picture over the epochs spent, a table, and one sentence."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.compare.race_form import race_title
from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.errors import errors_shown, press, render_refusal
from pages.components.shared.manager_session import manager
from pages.components.shared.study_list import render_studies
from pages.components.shared.user import person
from tuning_core.analysis.race import Race, Search, band, race, search_of
from tuning_core.catalog import STRATEGIES, Objective
from tuning_core.catalog.objectives import objective_of
from tuning_core.charts.compare.progress import ProgressLine, progress_lines
from tuning_core.charts.parts.labels import metric_title
from tuning_core.findings.formatting import count, duration, score, study_line
from tuning_core.manager import Manager
from tuning_core.manager.searches.races import RaceRecord

TICK = 2.0
HEIGHT = 440


def render_race(record: RaceRecord, engine: Manager) -> None:
    """Draw a race, again and again until all its studies are over."""
    line = study_line(record.spec).rpartition(" · ")[0]
    words = [line, count(record.seeds, "seed"), f"{record.epochs:,} epochs each at most"]
    st.html(
        html.text(race_title(record), "ts-name") + html.text(" · ".join(words), "ts-muted ts-small")
    )
    render_refusal()
    rows = [row for row in engine.races.rows(record) if row is not None]
    active = any(row.status.active for row in rows)
    left = any(row.status.resumable for row in rows)
    left |= any(not entry.study for entry in record.studies)
    if engine.races.may_change(record, person()):
        _render_buttons(record, engine, active=active, left=left)
    st.fragment(_render_live, key="race-live", run_every=TICK if active else None)(
        record.id, active
    )
    with st.expander(f"Its {count(len(rows), 'study', 'studies')}", key="race-studies"):
        render_studies(rows, "race")


def _render_buttons(record: RaceRecord, engine: Manager, *, active: bool, left: bool) -> None:
    if active:
        st.button(
            "Stop the race",
            key="race-stop",
            on_click=press,
            args=(engine.races.stop, record.id),
            kwargs={"by": person()},
        )
    elif left:
        st.button(
            "Go on",
            key="race-go-on",
            on_click=press,
            args=(engine.races.go_on, record.id),
            kwargs={"by": person()},
        )


def _render_live(race_id: str, drawn_active: bool) -> None:
    with errors_shown():
        engine = manager()
        record = engine.races.race(race_id)
        objective = objective_of(record.spec)
        known = [(entry, engine.progress.of(entry.study)) for entry in record.studies]
        searches = [
            search_of(
                entry.strategy,
                entry.seed,
                progress,
                objective.direction,
                over=progress is None or not progress.study.status.active,
            )
            for entry, progress in known
        ]
        if drawn_active and all(search.over for search in searches):
            st.rerun()
        resolution = max((p.resolution for _, p in known if p is not None), default=0.0)
        found = race(searches, record.strategies, objective.direction, resolution)
        _render_state(record, searches, found)
        _render_picture(record, searches, objective)
        st.html(html.text(found.sentence, "ts-answer"))
        st.html(_table(found, objective))
        if found.lost:
            was, does = ("was", "does") if found.lost == 1 else ("were", "do")
            lost = count(found.lost, "search", "searches")
            say(f"{lost} ended too early or {was} deleted, and {does} not count.")


def _render_state(record: RaceRecord, searches: list[Search], found: Race) -> None:
    over = len(searches) - found.left
    spent = sum(
        record.epochs if search.over else min(search.epochs, record.epochs) for search in searches
    )
    words = f"{over:,} of {count(len(searches), 'search', 'searches')} have ended."
    st.html(
        html.text(words, "ts-small ts-line")
        + html.bar(spent / max(1, record.epochs * len(searches)), "share of the planned epochs")
    )


def _render_picture(record: RaceRecord, searches: list[Search], objective: Objective) -> None:
    lines = []
    for place, name in enumerate(record.strategies):
        own = [search for search in searches if search.strategy == name]
        at, middle, low, high = band(own, objective.direction)
        lines.append(
            ProgressLine(STRATEGIES[name].title, at, middle, low=low, high=high, place=place)
        )
    dark = html.is_dark()
    token = (record.id, dark, tuple((len(s.best), s.epochs, s.over) for s in searches))
    with chart_place("race", HEIGHT):
        render_chart(
            "race",
            token,
            lambda: progress_lines(
                lines,
                y_title=f"best {metric_title(objective.metric, objective.label)}",
                direction=objective.direction,
                until=record.epochs,
                dark=dark,
                height=HEIGHT,
            ),
            [],
            True,
        )
    say("Lines: the median of the seeds. Bands: from the worst to the best seed.")


def _table(found: Race, objective: Objective) -> str:
    """A row per strategy: median and spread of its seeds at equal epochs."""
    head = [
        "Strategy",
        f"Median {objective.label}",
        "Worst to best seed",
        "Seeds",
        "Epochs",
        "Time",
    ]
    rows = []
    for lane in found.lanes:
        ends = [score(end, objective.id) for end in (lane.low, lane.high)]
        if objective.direction == "min":
            ends.reverse()
        ended = sum(value is not None for value in lane.scores)
        cells = [
            STRATEGIES[lane.strategy].title,
            score(lane.median, objective.id),
            " to ".join(ends) if ended else "-",
            f"{ended} of {len(lane.scores)}",
            f"{lane.epochs:,.0f}",
            duration(lane.seconds) if ended else "-",
        ]
        rows.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div class="ts-wide"><table class="ts-table"><tr>{titles}</tr>{body}</table></div>'
