"""What drives the best model's answers: columns, how the answer goes with them, bad slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.errors import ask
from pages.components.shared.manager_session import manager
from pages.components.shared.user import person
from pages.components.study.assessment import render_assessment
from tuning_core.charts.models.column_drops import AROUND, COLUMN, STEP, column_drops, slice_scores
from tuning_core.charts.models.dependence import dependence
from tuning_core.findings import effect_words as words
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.revealed_words import parts_of
from tuning_core.manager import Manager
from tuning_core.manager.access import why_unable
from tuning_core.spec.model import Ability

MOST_BARS, MOST_SLICES = 16, 14
HEIGHT, ROW_HEIGHT = 380, 35
MOST_STEP = 52
"""Pixels of the height that a column takes where there are few."""
NONE = "none"
_COLUMN, _SECOND, _CLASS = "drives-column", "drives-second", "drives-class"
Result = dict[str, Any]


def render_what_drives(live: LiveStudy, seen: bool) -> None:
    """Draw the view."""
    if not seen:
        return
    engine = manager()
    if Ability.MODEL not in live.spec.abilities:
        say(why_unable(live.study.spec, Ability.MODEL))
        return
    part = _part(live)
    pictures, new = live.spec.dataset_info.kind == "image", bool(parts_of(live))
    if not new:
        say(
            "The best model of a cross-validation was refitted on all rows outside the test part, "
            "so no validation row is new to it. What its columns are worth, and where it is worse, "
            "shows once the test score is revealed."
        )
    if pictures:
        say(
            "The inputs are pictures, and a pixel is no column. What their filters see shows in "
            "What-if: open the best configuration there."
        )
    else:
        left, right = st.columns([1, 1.15], gap="large")
        if new:
            with left:
                st.subheader("Which columns it rests on")
                _render(live, engine, "columns", lambda found: _draw_columns(live, found), part)
        with right if new else left:
            st.subheader("How the answer goes with a column")
            _render_dependence(live, engine, part)
    if new:
        st.subheader("Where it is worse")
        _render_slices(live, engine, part)


def _part(live: LiveStudy) -> Result:
    """The rows that are asked about, chosen where there are two kinds that are new to the model."""
    parts = parts_of(live)
    if len(parts) < 2:
        return {}
    found = st.segmented_control(
        "Rows",
        parts,
        default=parts[0],
        required=True,
        key="drives-part",
        label_visibility="collapsed",
        format_func=lambda name: f"{name} rows",
    )
    return {} if found == parts[0] else {"part": found}


def _render(
    live: LiveStudy,
    engine: Manager,
    id: str,
    draw: Callable[[Result], None],
    options: Result,
) -> None:
    """Draw an assessment that is asked for by itself where a warm worker waits."""
    now = engine.assessments.get(live.study.id, id, options)
    fresh = now.stage == "none" and not now.message and now.result is None
    if fresh and engine.costs.automatic and _may_ask(live, engine):
        place = f"assessment_refused_{id}"
        ask(engine.assessments.begin, live.study.id, id, options, by=person(), refused=place)
    render_assessment(live, engine, id, draw, options=options)


def _may_ask(live: LiveStudy, engine: Manager) -> bool:
    """Whether it would not be refused: what is, says why where it is drawn."""
    return (
        not live.study.status.active
        and engine.access.may_change(live.study.id, person())
        and engine.access.may_see_rows(live.study, person())
    )


def _draw_columns(live: LiveStudy, found: Result) -> None:
    say(words.columns_words(found))
    frame = words.drops_frame(found, MOST_BARS)
    key, dark = f"drives-columns-{live.study.id}", html.is_dark()
    title = words.drops_title(found)
    # Few columns have room: as much as the picture beside them.
    height = AROUND + len(frame) * min(MOST_STEP, max(STEP, HEIGHT // max(1, len(frame))))
    with chart_place("column-drops", height):
        render_chart(
            key,
            (found["part"], found["score"], frame.to_json(), dark),
            lambda: column_drops(frame, title, dark=dark, height=height),
            [COLUMN],
            True,
        )
    more = len(found["columns"]) - len(frame)
    rest = f" {more:,} more columns cost less." if more else ""
    say(f"Click a bar to see how the answer goes with it.{rest} {words.columns_method(found)}")
    clicked = ((st.session_state.get(key) or {}).get("selection") or {}).get(COLUMN) or []
    name = clicked[0].get("column") if clicked else None
    if name is not None and st.session_state.get(f"{key}-taken") != name:
        st.session_state[f"{key}-taken"] = name
        st.session_state[_COLUMN] = name
        st.rerun()


def _names(live: LiveStudy, engine: Manager, part: Result) -> list[str]:
    """The columns, those that the model rests on first as far as that is known."""
    known = engine.assessments.get(live.study.id, "columns", part).result
    if known is not None:
        return [one["column"] for one in known["columns"] if one["kind"] != "text"]
    plain = engine.assessments.get(live.study.id, "dependence", part).result
    return plain["names"] if plain is not None else []


def _render_dependence(live: LiveStudy, engine: Manager, part: Result) -> None:
    names = _names(live, engine, part)
    options = dict(part)
    if names:
        plain = engine.assessments.get(live.study.id, "dependence", part).result
        classes = list(map(str, live.spec.dataset_info.class_names))
        options |= _chosen(names, classes or (plain["classes"] if plain is not None else []))
    _render(live, engine, "dependence", lambda found: _draw_dependence(live, found), options)


def _chosen(names: list[str], classes: list[str]) -> Result:
    if st.session_state.get(_COLUMN) not in names:
        st.session_state[_COLUMN] = names[0]
    first, second, third = st.columns(3)
    column = first.selectbox("Column", names, key=_COLUMN)
    others = [NONE, *(name for name in names if name != column)]
    if st.session_state.get(_SECOND) not in others:
        st.session_state[_SECOND] = NONE
    with_it = second.selectbox("and a second one", others, key=_SECOND)
    options = {"column": column} | ({} if with_it == NONE else {"second": with_it})
    if len(classes) > 1:
        if st.session_state.get(_CLASS) not in classes:
            st.session_state[_CLASS] = classes[1 if len(classes) == 2 else 0]
        options["of_class"] = third.selectbox("Class", classes, key=_CLASS)
    return options


def _draw_dependence(live: LiveStudy, found: Result) -> None:
    dark, key = html.is_dark(), f"drives-dependence-{live.study.id}"
    token = (found["part"], found["column"], found.get("second"), found["class"], dark)
    if "second" in found:
        say(words.pair_words(found))
        with chart_place("dependence", HEIGHT):
            render_chart(
                f"{key}-map",
                token,
                lambda: dependence(found, words.answer_title(found), dark=dark, height=HEIGHT),
                [],
                True,
            )
        return
    say(words.dependence_words(found))
    place = st.container()
    centred = st.toggle(
        "Centred",
        key="drives-centred",
        help="All curves begin at 0, so that their shapes can be compared.",
    )
    title = words.answer_title(found, centred)
    with place, chart_place("dependence", HEIGHT):
        render_chart(
            f"{key}-{found['kind']}",
            (*token, centred),
            lambda: dependence(found, title, centred=centred, dark=dark, height=HEIGHT),
            [],
            True,
        )
    say(words.dependence_method(found))


def _render_slices(live: LiveStudy, engine: Manager, part: Result) -> None:
    every = engine.assessments.get(live.study.id, "slices", part).result
    options = dict(part)
    if every is not None and every["names"]:
        columns = ["all columns", *every["names"]]
        chosen = st.columns([1, 2])[0].selectbox(
            "Slices of", columns, key="drives-slices", label_visibility="collapsed"
        )
        if chosen != columns[0]:
            options["column"] = chosen
    _render(live, engine, "slices", lambda found: _draw_slices(live, found), options)


def _draw_slices(live: LiveStudy, found: Result) -> None:
    say(words.slices_words(found))
    frame, metric, dark = words.slices_frame(found), found["metric"], html.is_dark()
    share = words.percent(metric)
    first = frame.head(MOST_SLICES)
    drawn, listed = st.columns([1, 1.15], gap="large")
    with drawn, chart_place("slices", AROUND + STEP * len(first)):
        render_chart(
            f"drives-slices-{live.study.id}",
            (found["part"], first.to_json(), dark),
            lambda: slice_scores(
                first, found["score"], words.metric_title(found), percent=share, dark=dark
            ),
            [],
            True,
        )
    with listed:
        _render_table(frame, share, AROUND + STEP * len(first))
        say(words.SLICES_METHOD)


def _render_table(frame: pd.DataFrame, share: bool, height: int) -> None:
    form = st.column_config.NumberColumn(format="percent" if share else "%.4g")
    shown = frame.rename(columns={"label": "slice", "value": "score", "rest": "all other rows"})
    st.dataframe(
        shown.drop(columns=["worse"]),
        hide_index=True,
        height=min(height, ROW_HEIGHT * (len(frame) + 1) + 3),
        key="slices-table",
        column_config={
            **dict.fromkeys(["score", "low", "high", "all other rows"], form),
            "chance": st.column_config.NumberColumn(
                "corrected p", format="%.3g", help="That the slice is no worse than the rest."
            ),
        },
    )
