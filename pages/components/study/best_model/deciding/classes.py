"""One class against the rest: its curves, and the threshold from which it is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.study.best_model.deciding.chosen import CLASS, THRESHOLD
from pages.components.study.best_model.deciding.threshold import ClassRows, render_threshold
from tuning_core.analysis.deciding.class_curves import GRID, ClassCurves, class_curves
from tuning_core.analysis.deciding.thresholds import AtThreshold, at_threshold
from tuning_core.charts.models.class_curves import precision_recall, roc
from tuning_core.findings.deciding_words import (
    CURVES_METHOD,
    interval,
    precision_words,
    told_apart_words,
)
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.manager.questions.best_model import BestPredictions, Part

HEIGHT = 330


def render_class(
    live: LiveStudy,
    engine: Manager,
    found: BestPredictions,
    part: Part,
    choosing: tuple[BestPredictions, Part],
    token: tuple[object, ...],
) -> None:
    """Draw the choice of a class, its curves and its threshold, on the rows of a part.

    The cheapest threshold is that of the ``choosing`` rows. ``token`` tells these predictions from
    others.
    """
    names = found.classes
    # A widget's value that has become impossible would be refused.
    if not 0 <= st.session_state[CLASS] < len(names):
        st.session_state[CLASS] = 0
    chosen = int(st.session_state[CLASS])
    st.subheader("How well a class is told from the rest")
    if len(names) > 2:
        say(
            f"With {len(names):,} classes the model says the most probable one. Curves and a "
            "threshold are of one class against all others: choose it."
        )
    st.selectbox(
        "Class",
        range(len(names)),
        key=CLASS,
        format_func=lambda place: names[place],
        width=280,
    )
    assert found.probabilities is not None
    probability, of_class = found.probabilities[:, chosen], found.truth == chosen
    curves = _curves((*token, chosen), probability, of_class)
    if curves is None:
        kind = "no row" if not of_class.any() else "every row"
        say(f"Of these rows {kind} is {names[chosen]}: there is nothing to tell apart.")
        return
    at = at_threshold(probability, of_class, float(st.session_state[THRESHOLD]))
    token = (*token, chosen)
    _render_curves(live, curves, at, names[chosen], part, token)
    others, chosen_on = choosing
    assert others.probabilities is not None
    rows = ClassRows(probability, of_class, chosen, names[chosen], part)
    first = ClassRows(
        others.probabilities[:, chosen], others.truth == chosen, chosen, names[chosen], chosen_on
    )
    render_threshold(live, engine, rows, first, token)


def _render_curves(
    live: LiveStudy,
    curves: ClassCurves,
    at: AtThreshold,
    name: str,
    part: Part,
    token: tuple[object, ...],
) -> None:
    dark, study = html.is_dark(), live.study.id
    hit = at.hits / (at.hits + at.misses)
    alarm = at.false_alarms / (at.false_alarms + at.rightly_not)
    said = at.hits + at.false_alarms
    precise = (hit, at.hits / said) if said else None
    left, right = st.columns(2, gap="large")
    with left:
        st.html(html.facts([("area under the ROC curve", interval(curves.area))]))
        with chart_place("roc", HEIGHT):
            render_chart(
                f"roc-{study}",
                (*token, alarm, hit, dark),
                lambda: roc(
                    curves.false_alarms,
                    curves.hits,
                    pd.DataFrame({"x": GRID, "low": curves.hits_low, "high": curves.hits_high}),
                    at=(alarm, hit),
                    dark=dark,
                    height=HEIGHT,
                ),
                [],
                True,
            )
        say(told_apart_words(curves, name, part))
    with right:
        st.html(html.facts([("average precision", interval(curves.average_precision))]))
        with chart_place("precision-recall", HEIGHT):
            render_chart(
                f"precision-recall-{study}",
                (*token, precise, dark),
                lambda: precision_recall(
                    curves.recall,
                    curves.precision,
                    pd.DataFrame(
                        {"x": GRID, "low": curves.precision_low, "high": curves.precision_high}
                    ),
                    curves.base_rate,
                    at=precise,
                    dark=dark,
                    height=HEIGHT,
                ),
                [],
                True,
            )
        say(precision_words(curves, name))
    say(f"{CURVES_METHOD} The mark is the threshold below.")


@st.cache_data(show_spinner=False, max_entries=64)
def _curves(
    token: tuple[object, ...], _probability: np.ndarray, _of_class: np.ndarray
) -> ClassCurves | None:
    return class_curves(_probability, _of_class)
