"""What mattered in each of several studies, side by side, computed off the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.components.compare.chosen import Compared, places_of, render_key
from pages.components.shared import html
from pages.components.shared.chart_place import render_chart, say
from pages.components.shared.session import rerun_until
from pages.components.shared.view_address import ViewPart, one_of
from pages.components.study.importance_block import (
    MOST_BARS,
    QUESTIONS,
    analysis_failed,
    compute_importances,
    stored_importances,
)
from tuning_core.analysis import background
from tuning_core.analysis.importance import NAME, Importances, obstacle
from tuning_core.charts.compare.several import importance_dots
from tuning_core.findings.analysed_trials import analysed_trials
from tuning_core.findings.formatting import joined
from tuning_core.manager import Manager

ASKED = {question: (field, title) for field, question, _, title in QUESTIONS}
MATTERED = ViewPart(
    "mattered",
    "compare-question",
    QUESTIONS[0][1],
    **one_of([*ASKED], lambda question: ASKED[question][0]),
)
"""Which of the questions is answered."""


def render_importances(studies: Sequence[Compared], engine: Manager) -> None:
    """Draw what mattered in each study side by side, and have what is lacking computed."""
    found: dict[str, Importances] = {}
    without: dict[str, list[str]] = {}
    folders = [engine.home.study(one.live.study.id).folder for one in studies]
    for one, folder in zip(studies, folders, strict=True):
        result, trials = stored_importances(folder), len(analysed_trials(one.live))
        searched = len(one.live.spec.search_space.varied)
        if obstacle(searched, trials) and (result is None or result.message):
            why = (
                "Too few trials with a score"
                if searched > 1
                else "At most one hyperparameter is searched"
            )
            without.setdefault(why, []).append(
                f"{one.label} ({trials:,})" if searched > 1 else one.label
            )
            continue
        compute_importances(one.live, folder, result)
        if result is not None and not result.message:
            found[one.label] = result
        elif analysis_failed(folder):
            without.setdefault("The analysis failed, see the server's log", []).append(one.label)
    working = _under_way(folders)
    if found:
        _render_dots(found, [one for one in studies if one.label in found])
    if working:
        say("Analysing trials. This takes some seconds.")
        rerun_until(lambda: not _under_way(folders), every=1.0)
    for why, labels in without.items():
        say(f"{why}: {joined(labels)}.")


def _under_way(folders: Sequence[Path]) -> int:
    """How many of the analyses run or wait; each is asked about, which keeps it going."""
    return sum(background.running(folder, NAME) for folder in folders)


def _render_dots(found: dict[str, Importances], studies: Sequence[Compared]) -> None:
    question = st.segmented_control(
        "Question",
        list(ASKED),
        required=True,
        key="compare-question",
        label_visibility="collapsed",
    )
    field, title = ASKED[question or QUESTIONS[0][1]]
    specs = {one.label: one.live.spec for one in studies}
    frame = pd.DataFrame(
        [
            {
                "study": name,
                "hyperparameter": specs[name].label(item.name),
                "share": item.share,
                "low": item.low,
                "high": item.high,
            }
            for name, result in found.items()
            for item in getattr(result, field)
            if item.share is not None
        ]
    )
    if frame.empty:
        say("Too few trials of each to tell.")
        return
    largest = frame.groupby("hyperparameter")["share"].max().nlargest(MOST_BARS)
    frame = frame[frame["hyperparameter"].isin([*largest.index])]
    trials, places = tuple((n, result.trials) for n, result in found.items()), places_of(studies)
    render_key(studies)
    render_chart(
        "compare-importance",
        (field, trials, places, html.is_dark()),
        lambda: importance_dots(frame, title, places, dark=html.is_dark()),
        [],
        True,
    )
    say(
        "Lines: 90% intervals from resampled trials. Dots that lie within one another's lines "
        "cannot be told apart."
    )
