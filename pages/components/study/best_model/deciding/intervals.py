"""Prediction intervals of a regression, and whether they hold what they state."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.user import ROWS_HIDDEN
from pages.components.study.best_model.deciding.chosen import EACH, LEVEL, SAME, SHAPE
from tuning_core.analysis.deciding.conformal import LEVELS, conformal
from tuning_core.charts.models.prediction_intervals import prediction_intervals
from tuning_core.findings.deciding_words import coverage_words, interval_words, percent
from tuning_core.findings.formatting import number
from tuning_core.findings.live import LiveStudy
from tuning_core.manager.questions.best_model import BestPredictions, Part

HEIGHT = 400


def render_intervals(
    live: LiveStudy,
    fitting: tuple[BestPredictions, Part],
    test: BestPredictions | None,
    token: tuple[object, ...],
    *,
    rows: bool,
) -> None:
    """Draw the interval that the ``fitting`` rows give, on the ``test`` rows once revealed.

    A picture has the target of each row, so that it is for those who may see ``rows``.
    """
    st.subheader("Intervals with the predictions")
    _render_options()
    level, asymmetric = float(st.session_state[LEVEL]), st.session_state[SHAPE] == EACH
    measured, part = fitting
    found = conformal(measured.predicted, measured.truth, level, asymmetric)
    words = interval_words(found, len(measured.truth), level, asymmetric, part)
    if found is None:
        say(words)
        return
    if not rows:
        say(f"{words} {ROWS_HIDDEN}")
        return
    drawn, where = (test, "test") if test is not None else fitting
    target, dark = live.spec.dataset_info.target, html.is_dark()
    left, right = st.columns([1.15, 1], gap="large")
    with left, chart_place("prediction-intervals", HEIGHT):
        render_chart(
            f"prediction-intervals-{live.study.id}",
            (*token, where, level, asymmetric, dark),
            lambda: prediction_intervals(
                drawn.predicted,
                drawn.truth,
                found.below,
                found.above,
                target,
                dark=dark,
                height=HEIGHT,
            ),
            [],
            True,
        )
    with right:
        reach = [("width", number(found.width))]
        if asymmetric:
            reach = [("below", number(found.below)), ("above", number(found.above))]
        held = None if test is None else found.coverage(test.predicted, test.truth)
        facts = [("stated", f"{100 * level:.0f} %"), *reach]
        if held is not None:
            facts.append(("held on the test part", percent(held.value)))
        st.html(html.facts(facts))
        say(words)
        if held is not None:
            say(coverage_words(found, held))
        else:
            say(
                "Drawn on the rows that it was measured on. Whether it holds on others shows once "
                "the test part is revealed."
            )


def _render_options() -> None:
    with st.container(horizontal=True, gap="large"):
        st.segmented_control(
            "Share of rows that it holds",
            LEVELS,
            required=True,
            key=LEVEL,
            format_func=lambda level: f"{100 * level:.0f} %",
        )
        st.segmented_control(
            "Reach",
            (SAME, EACH),
            required=True,
            key=SHAPE,
            help="Where errors are larger on one side, an interval may reach further there.",
        )
