"""What is trained again to see what the search taught: the path to the best, fewer rows."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.manager_session import manager
from pages.components.shared.session import one_chosen
from pages.components.study.assessment import render_assessment
from pages.components.study.tab_parts import Within
from tuning_core.analysis.ablation import Way, path_from
from tuning_core.analysis.rows_curve import rows_curve_from
from tuning_core.charts.hyperparameters.ablation_path import AROUND, ROW_HEIGHT, ablation_path
from tuning_core.charts.study.rows_curve import score_over_rows
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.taught_words import (
    ROWS_METHOD,
    path_changes,
    path_cost,
    path_frames,
    path_method,
    path_words,
    rows_frames,
    rows_words,
)
from tuning_core.spec.assessments import AblationOptions
from tuning_core.spec.model import Ability

HEIGHT = 320

_WAYS: dict[Way, str] = {"greedy": "Every change, round by round", "quick": "Quicker"}


def render_path(live: LiveStudy, seen: bool, within: Within) -> None:
    """Draw what each change from the default to the best gained, or offer to train it."""
    engine, key = manager(), f"ablation-way-{live.study.id}"
    way: Way = "greedy"
    offered = Ability.TRAIN in live.spec.abilities and not live.study.status.active
    if offered:
        if not path_changes(live):
            say("The best configuration is the default: no change has made it better.")
            return
        one_chosen(key, [*_WAYS])
        way = st.segmented_control(
            "How the path is found",
            list(_WAYS),
            format_func=_WAYS.__getitem__,
            required=True,
            key=key,
            help="Round by round, each round trains every change that is left and makes the best. "
            "Quicker: each change alone is taken back from the best, and the path follows that "
            "order.",
        ) or "greedy"  # fmt: skip
    options = {} if way == "greedy" else {"way": way}
    if offered and engine.assessments.get(live.study.id, "ablation", options).stage != "done":
        say(path_cost(live, way, AblationOptions().seeds))

    def draw(result: dict[str, Any]) -> None:
        path = path_from(result)
        if path is None:
            say("What is kept of it cannot be read; compute it again from the command line.")
            return
        st.html(html.text(path_words(live, path)))
        dark, height = html.is_dark(), AROUND + ROW_HEIGHT * len(path.steps)
        with chart_place("ablation", height):
            render_chart(
                f"ablation-{live.study.id}-{way}",
                (way, path.steps, dark),
                lambda: ablation_path(
                    *path_frames(live, path), live.spec.objective_info, dark=dark
                ),
                [],
                seen,
            )
        say(path_method(path))

    render_assessment(live, engine, "ablation", draw, options=options, button="Train the path")


def render_rows_curve(live: LiveStudy, seen: bool, within: Within) -> None:
    """Draw the score over the number of training rows, or offer to train it."""

    def draw(result: dict[str, Any]) -> None:
        curve = rows_curve_from(result)
        if curve is None:
            say("What is kept of it cannot be read; compute it again from the command line.")
            return
        st.html(html.text(rows_words(curve)))
        dark = html.is_dark()
        with chart_place("rows", HEIGHT):
            render_chart(
                f"rows-{live.study.id}",
                (curve.sizes, dark),
                lambda: score_over_rows(
                    *rows_frames(curve), live.spec.objective_info, dark=dark, height=HEIGHT
                ),
                [],
                seen,
            )
        say(ROWS_METHOD)

    render_assessment(live, manager(), "rows_curve", draw, button="Train on fewer rows")
