"""Which hyperparameters mattered: two questions side by side, answered off the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import render_chart
from pages.components.shared.errors import ask
from pages.components.shared.manager_session import manager
from pages.components.shared.session import rerun_until
from pages.components.shared.user import person
from pages.components.study.controls import when_changed
from tuning_core.analysis import background
from tuning_core.analysis.importance import (
    NAME,
    PERCENT,
    Importance,
    Importances,
    obstacle,
    trials_needed,
)
from tuning_core.analysis.observations import to_json
from tuning_core.catalog import Extent
from tuning_core.charts.hyperparameters.importance_bars import importance_bars
from tuning_core.charts.parts.axes import column_of
from tuning_core.datasets.spreadsheet import safe_text
from tuning_core.findings.analysed_trials import all_analysed, analysed_trials, observed
from tuning_core.findings.answer_words import disagreement
from tuning_core.findings.formatting import count
from tuning_core.findings.importance_frames import (
    MOST_BARS,
    QUESTIONS,
    importance_frame,
    stored_importances,
)
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec.model import Ability
from tuning_core.spec.study import StudySpec

LOOK_SECONDS = 1.0
"""Between two looks at an analysis that is under way."""


def render_importance(live: LiveStudy, engine: Manager, seen: bool = True) -> None:
    """Draw the two charts, or say why there is nothing to draw; computes nothing unless seen."""
    folder = engine.home.study(live.study.id).folder
    trials = len(analysed_trials(live))
    result = stored_importances(folder)
    if result is None or (result.message and not all_analysed(live, result.trials)):
        words = obstacle(len(live.spec.search_space.varied), trials)
        if words:
            _say(words)
            if seen:
                render_extend(live, engine, "importance-extend")
            return
    if seen:
        compute_importances(live, folder, result)
    working = background.running(folder, NAME, wanted=seen)
    if seen:
        render_analysis_watch(folder)
    if result is None:
        if background.failed(folder, NAME):
            _say("The analysis failed; the server's log says why.")
            st.button("Try again", key="importance-again", on_click=_begin, args=(live, folder))
        else:
            _say(_under_way(folder, trials))
        return
    if result.message:
        _say(result.message)
        return
    for column, (field, question, method, title) in zip(
        st.columns(2, gap="large"), QUESTIONS, strict=True
    ):
        with column:
            _render_answer(live, result, field, question, method, title)
    words = disagreement(result, live.spec.label)
    if words:
        st.html(html.text(words))
    _render_foot(live, folder, result, trials, working)


def _under_way(folder: Path, trials: int) -> str:
    ahead = background.ahead(folder, NAME)
    if ahead:
        return f"The analysis waits for {count(ahead, 'other', 'others')} on this server."
    return f"Analysing {count(trials, 'trial')}. This takes some seconds."


def leading(live: LiveStudy, columns: Sequence[str], most: int) -> list[str]:
    """At most so many columns of hyperparameters: those that mattered, as far as that is known."""
    if len(columns) <= most:
        return list(columns)
    known = stored_importances(manager().home.study(live.study.id).folder)
    order = [column_of(item.name) for item in known.variance] if known else []
    mattered = [name for name in order if name in columns]
    kept = {*[*mattered, *(name for name in columns if name not in mattered)][:most]}
    return [name for name in columns if name in kept]


def analysis_failed(folder: Path) -> bool:
    """Whether the last analysis of a study ended without a result."""
    return background.failed(folder, NAME)


def compute_importances(live: LiveStudy, folder: Path, known: Importances | None) -> None:
    """Start the analysis where there is none yet, or where a study has ended since the last."""
    trials = len(analysed_trials(live))
    if obstacle(len(live.spec.search_space.varied), trials) or background.failed(folder, NAME):
        return
    if known is None or not (live.study.status.active or all_analysed(live, known.trials)):
        _begin(live, folder)


def render_analysis_watch(folder: Path) -> None:
    """Redraw the page once the analysis is done: a study that has ended does not tick."""
    if background.running(folder, NAME):
        rerun_until(lambda: not background.running(folder, NAME), every=LOOK_SECONDS)


def _begin(live: LiveStudy, folder: Path) -> None:
    if not background.running(folder, NAME):
        background.begin(folder, NAME, to_json(observed(live)))


def _render_answer(
    live: LiveStudy, result: Importances, field: str, question: str, method: str, title: str
) -> None:
    found: tuple[Importance, ...] = getattr(result, field)
    known = [item for item in found if item.share is not None]
    more = f" The first {MOST_BARS} of {len(known):,}." if len(known) > MOST_BARS else ""
    known = known[:MOST_BARS]
    st.markdown(f"**{question}**")
    if known:
        frame, dark = importance_frame(known, result, live.spec), html.is_dark()
        render_chart(
            f"importance-{field}-{live.study.id}",
            (result.trials, dark),
            lambda: importance_bars(frame, title, dark=dark),
            [],
            True,
        )
    lacking = [
        f"{live.spec.label(item.name)} (active in {item.trials:,}, needs {item.needed:,})"
        for item in found
        if item.share is None
    ]
    few = f" Too few trials for {', '.join(lacking)}." if lacking else ""
    _say(method + more + few)


def _render_foot(
    live: LiveStudy, folder: Path, result: Importances, trials: int, working: bool
) -> None:
    of = "" if result.analysed == result.trials else f", {result.analysed:,} of them looked at"
    words = (
        f"From {count(result.trials, 'trial')} with a score{of}. Lines: {PERCENT} intervals from "
        "resampled trials. Marks: what luck alone reaches one time in twenty; a pale bar does not "
        "pass it."
    )
    outdated = not all_analysed(live, result.trials)
    if working:
        words += f" Analysing {trials:,} trials now."
    elif outdated:
        words += f" There are {trials:,} now."
    _say(words)
    with st.container(horizontal=True, gap="small"):
        if outdated and not working:
            st.button("Analyse again", key="importance-again", on_click=_begin, args=(live, folder))
        st.download_button(
            "Numbers as CSV",
            data=lambda: importance_csv(result),
            file_name=f"tunescape-{live.study.id}-importance.csv",
            mime="text/csv",
            on_click="ignore",
            key="importance-csv",
        )


def trials_to_compare(live: LiveStudy, spec: StudySpec) -> int | None:
    """The budget that would tell which hyperparameters mattered.

    None where that of ``spec`` does, or where no number of trials would.
    """
    searched = len(spec.search_space.varied)
    ends_itself = spec.strategy.info.extent in (Extent.LIST, Extent.BRACKETS)
    if searched < 2 or ends_itself or live.study.reason in ("time", "target", "settled"):
        return None
    ended = sum(trial.status.ended and not trial.added for trial in live.trials.values())
    left = max(0, spec.plan().trials - ended)
    lacking = trials_needed(searched) - len(analysed_trials(live)) - left
    target, size = spec.plan().trials + lacking, spec.reachable()
    if lacking <= 0 or (size is not None and size < target):
        return None
    return target


def render_extend(live: LiveStudy, engine: Manager, key: str) -> None:
    """Draw the button that extends a study until it can be told what mattered, if one would."""
    mine = engine.access.may_change(live.study.id, person())
    if not mine or Ability.TRAIN not in live.spec.abilities:
        return
    try:
        trials = trials_to_compare(live, engine.editing.spec(live.study.id))
    except ManagerError:
        return
    if trials is None:
        return
    if st.button(
        f"Extend to {trials}",
        key=key,
        help="The same search goes on to so many trials: enough to tell which hyperparameters "
        "mattered.",
    ) and ask(
        engine.editing.extend,
        live.study.id,
        trials=trials,
        by=person(),
        done=f"The search goes on to {trials} trials {when_changed(live)}.",
    ):
        st.rerun()


def importance_csv(result: Importances) -> str:
    """Both answers as CSV, a row per question and hyperparameter; empty where trials are few."""
    rows = [
        {
            "question": question,
            "hyperparameter": safe_text(item.name),
            "trials": item.trials,
            "trials_needed": item.needed,
            "share": item.share,
            "low": item.low,
            "high": item.high,
            "by_chance": item.chance,
        }
        for field, question, _, _ in QUESTIONS
        for item in getattr(result, field)
    ]
    return pd.DataFrame(rows).to_csv(index=False)


def _say(words: str) -> None:
    st.html(html.text(words, "ts-muted ts-small"))
