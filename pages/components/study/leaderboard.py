"""The trials as a table, best first, with a small curve each; its rows can be selected."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chosen_trials import TableSelection, choose_trials, chosen_trials
from pages.components.shared.manager_session import manager
from pages.components.shared.session import cached
from pages.components.study.curves_tab import curve_of, has_epochs
from tuning_core.catalog import TrialStatus
from tuning_core.charts.parts.axes import column_of
from tuning_core.charts.parts.labels import time_unit
from tuning_core.findings.formatting import count, number, short_label
from tuning_core.findings.live import LiveStudy
from tuning_core.store import TrialRow

MOST_ROWS = 500
"""Trials in the table: more are found by brushing the parallel coordinates."""
VISIBLE_ROWS = 10
ROW_HEIGHT = 32

_TABLE = "leaderboard"
_SELECTION = "leaderboard_selection"
_KEPT = "leaderboard_kept"


def render_leaderboard(live: LiveStudy, inside: set[int] | None, clear: Callable[[], None]) -> None:
    """Draw the table; ``inside`` are the trials within the brushes, None without a brush."""
    trials = cached(
        _KEPT,
        "ranked",
        (live.study.id, live.pictured_cursor, inside and frozenset(inside)),
        lambda: _ranked(live, inside),
    )
    heading, note = st.columns([1, 3], vertical_alignment="bottom")
    heading.subheader("Trials")
    with note, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if inside is not None:
            st.html(
                html.text(
                    f"{len(trials):,} of {count(live.study.trials, 'trial')} inside the brushes",
                    "ts-muted ts-small",
                )
            )
            st.button("Clear brushes", key="clear-brushes", type="tertiary", on_click=clear)
        elif len(trials) > MOST_ROWS:
            st.html(html.text(f"the best {MOST_ROWS:,} of {len(trials):,}", "ts-muted ts-small"))
    if not trials:
        words = "No trial lies inside all brushes." if inside is not None else "No trial yet."
        st.html(html.text(words, "ts-muted"))
        return
    _render_table(live, {trial.number: trial for trial in trials[:MOST_ROWS]})


def _ranked(live: LiveStudy, inside: set[int] | None) -> list[TrialRow]:
    trials = live.ranked()
    scored = {trial.number for trial in trials}
    trials += [t for t in reversed(list(live.trials.values())) if t.number not in scored]
    return trials if inside is None else [trial for trial in trials if trial.number in inside]


def _render_table(live: LiveStudy, ranked: dict[int, TrialRow]) -> None:
    selection = _selection(live.study.id)
    order = selection.order(list(ranked), chosen_trials())
    trials = [ranked[number] for number in order]
    rows = [order.index(number) for number in chosen_trials() if number in ranked]
    # The selection belongs to trials, not to places.
    known = st.session_state.get(_TABLE, {"selection": {"rows": []}})["selection"]["rows"]
    replaced = selection.draw(order, known, rows, time.monotonic())
    if replaced:
        st.session_state[_TABLE] = {"selection": {"rows": rows}}
    marks = manager().marks.of(live.study.id).trials
    stars = frozenset(number for number, mark in marks.items() if mark.star)
    shown = min(max(live.plan.trials if live.study.status.active else len(trials), 3), VISIBLE_ROWS)
    st.dataframe(
        cached(
            _KEPT,
            "frame",
            (live.study.id, live.pictured_cursor, tuple(order), stars),
            lambda: _frame(live, trials, stars),
        ),
        hide_index=True,
        height=(shown + 1) * ROW_HEIGHT + 3,
        row_height=ROW_HEIGHT,
        column_config=_columns(live),
        key=_TABLE,
        on_select=partial(_take_rows, live.study.id),
        selection_mode="multi-row",
        placeholder="",
        alt="Trials, best first",
    )


def _selection(study_id: str) -> TableSelection:
    """What this session's browser knows of the table of a study."""
    study, selection = st.session_state.get(_SELECTION, ("", None))
    if study != study_id:
        selection = TableSelection()
        st.session_state[_SELECTION] = (study_id, selection)
    return selection


def _take_rows(study_id: str) -> None:
    rows = st.session_state[_TABLE]["selection"]["rows"]
    trials = _selection(study_id).trials(rows, time.monotonic())
    if trials is not None:
        choose_trials(trials)


def _frame(live: LiveStudy, trials: list[TrialRow], stars: frozenset[int]) -> pd.DataFrame:
    metric = curve_of(live)
    names = [parameter.name for parameter in live.spec.search_space.searched]
    live.load_sparklines([trial.number for trial in trials], metric)
    columns: dict[str, Any] = {
        "trial": [trial.number for trial in trials],
        "score": pd.Series([trial.score for trial in trials], dtype="float64"),
    }
    if stars:
        columns["star"] = ["★" if trial.number in stars else "" for trial in trials]
    if live.spec.executions > 1:
        deviations = live.standard_deviations(trial.number for trial in trials)
        columns["deviation"] = pd.Series(deviations, dtype="float64")
    if has_epochs(live, None):
        columns["curve"] = [live.sparkline(trial.number, metric) for trial in trials]
    for name in names:
        values = [trial.config.get(name) for trial in trials]
        columns[_column(name)] = _of_one_kind(values)
    if has_epochs(live, None):
        columns["epochs"] = [live.epoch_of(trial.number) for trial in trials]
    unit, _ = _time_unit(live)
    columns["seconds"] = pd.Series([trial.seconds for trial in trials], dtype="float64") / unit
    columns["state"] = [_words(trial) for trial in trials]
    return pd.DataFrame(columns)


def _column(hyperparameter: str) -> str:
    """The column of a hyperparameter, which may be called as one of the others."""
    column = column_of(hyperparameter)
    return f"{column} " if column in _OWN else column


_OWN = ("star", "deviation", "curve", "epochs", "state")


def _of_one_kind(values: list[Any]) -> pd.Series:
    """A column of values; those of several kinds, which no table takes, as text."""
    kinds = {float if type(value) is int else type(value) for value in values if value is not None}
    if len(kinds) > 1:
        values = [None if value is None else number(value) for value in values]
    return pd.Series(values, dtype=None if kinds <= {float} else "object")


def _words(trial: TrialRow) -> str:
    if trial.status is TrialStatus.COMPLETED:
        return f"from trial {trial.parent}" if trial.parent else ""
    return f"{trial.status}: {trial.message}" if trial.message else str(trial.status)


def _time_unit(live: LiveStudy) -> tuple[float, str]:
    """The unit in which the times of all trials read best: its seconds and its name."""
    longest = max((trial.seconds or 0.0 for trial in live.trials.values()), default=0.0)
    size, sign = time_unit(longest)
    return size, {"s": "seconds", "min": "minutes", "h": "hours"}[sign]


def _columns(live: LiveStudy) -> dict[str, Any]:
    objective = live.spec.objective_info
    better = "higher" if objective.direction == "max" else "lower"
    best = " of the best epoch" if live.study.epochs else ""
    config = st.column_config
    columns: dict[str, Any] = {
        "trial": config.NumberColumn("trial", width=55, pinned=True),
        "score": config.NumberColumn(
            "score",
            format="%.6g" if live.spec.model.own else "%.4f",
            width="small",
            help=html.plain(f"{objective.title}{best}; {better} is better."),
        ),
        "star": config.TextColumn("★", width=35),
        "deviation": config.NumberColumn(
            "±",
            format="%.4f",
            width=70,
            help="Standard deviation of the score over the trainings of the trial.",
        ),
        "curve": config.LineChartColumn(
            "curve",
            width=130,
            help=html.plain(f"{objective.title} over the epochs."),
        ),
        "epochs": config.NumberColumn("epochs", width=65),
        "seconds": config.NumberColumn(_time_unit(live)[1], format="%.2f", width=70),
        "state": config.TextColumn("note", width="medium"),
    }
    for parameter in live.spec.search_space.searched:
        info = live.spec.known[parameter.name]
        title = info.name if info.declared else short_label(info.id)
        about: dict[str, Any] = {"help": info.help, "width": "small"}
        columns[_column(info.id)] = (
            config.NumberColumn(title, format="%.4g", **about)
            if info.kind == "float"
            else config.Column(title, **about)
        )
    return columns
