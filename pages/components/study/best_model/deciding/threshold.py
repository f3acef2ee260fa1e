"""From which probability on a class is said, and what the two errors cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.errors import press, render_refusal
from pages.components.shared.user import person
from pages.components.study.best_model.deciding.chosen import (
    FALSE_ALARM,
    MISS,
    MOST_COST,
    STEP,
    THRESHOLD,
    costs,
)
from tuning_core.analysis.deciding.thresholds import AtThreshold, Costs, Sweep, at_threshold, sweep
from tuning_core.charts.models.confusion import confusion
from tuning_core.charts.models.threshold_cost import threshold_cost
from tuning_core.findings.deciding_words import cost_words, threshold_words
from tuning_core.findings.formatting import number
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.manager.questions.best_model import Part
from tuning_core.spec.decision import Threshold
from tuning_core.spec.model import Ability

HEIGHT = 250
_REFUSED = "threshold_refused"


@dataclass(frozen=True)
class ClassRows:
    """The rows of a ``part``: the probability of a class for each, and whether it is of it (n,)."""

    probability: np.ndarray
    of_class: np.ndarray
    place: int
    name: str
    part: Part

    def at(self, threshold: float) -> AtThreshold:
        """The rows where the class is said from a threshold on."""
        return at_threshold(self.probability, self.of_class, threshold)


def render_threshold(
    live: LiveStudy,
    engine: Manager,
    rows: ClassRows,
    choosing: ClassRows,
    token: tuple[object, ...],
) -> None:
    """Draw costs, threshold and what follows on ``rows``; ``choosing`` rows give the cheapest."""
    st.subheader(f"From which probability on to say {html.plain(rows.name)}")
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        for column, key, words in zip(
            st.columns(2),
            (FALSE_ALARM, MISS),
            ("Cost of a false alarm", f"Cost of a missed {html.plain(rows.name)}"),
            strict=True,
        ):
            with column:
                st.number_input(words, 0.0, MOST_COST, step=1.0, format="%g", key=key)
        st.slider("Threshold", 0.0, 1.0, step=STEP, key=THRESHOLD)
        price, at = costs(), rows.at(float(st.session_state[THRESHOLD]))
        st.html(html.facts(_facts(at, price), "even"))
        best = _swept(choosing, price, token[:2]).best
        cheapest = rows.at(best)
        about = cost_words(at, cheapest, price, choosing.part, rows.part)
        say(f"{threshold_words(at, rows.name, rows.part)} {about}")
        _render_kept(live, engine, rows.place, best, price)
    with right:
        _render_pictures(live, rows, at, cheapest, price, token)


def _facts(at: AtThreshold, price: Costs) -> list[tuple[str, str]]:
    precision, recall = at.precision, at.recall
    return [
        ("precision", "-" if precision is None else f"{precision.value:.3f}"),
        ("recall", "-" if recall is None else f"{recall.value:.3f}"),
        ("cost per row", number(at.cost(price).value)),
    ]


def _render_pictures(
    live: LiveStudy,
    rows: ClassRows,
    at: AtThreshold,
    cheapest: AtThreshold,
    price: Costs,
    token: tuple[object, ...],
) -> None:
    dark, study = html.is_dark(), live.study.id
    swept = _swept(rows, price, token[:2])
    marks = pd.DataFrame(
        {
            "threshold": [cheapest.threshold, at.threshold],
            "cost": [cheapest.cost(price).value, at.cost(price).value],
            "text": [f"cheapest {cheapest.threshold:.2f}", f"chosen {at.threshold:.2f}"],
            "chosen": [False, True],
        }
    )
    with chart_place("threshold-cost", HEIGHT):
        render_chart(
            f"threshold-cost-{study}",
            (*token, price, at.threshold, cheapest.threshold, dark),
            lambda: threshold_cost(swept.thresholds, swept.cost, marks, dark=dark, height=HEIGHT),
            [],
            True,
        )
    counts = [at.rightly_not, at.false_alarms, at.misses, at.hits]
    with chart_place("threshold-confusion", HEIGHT):
        render_chart(
            f"threshold-confusion-{study}",
            (*token, *counts, dark),
            lambda: confusion(
                np.repeat([0, 0, 1, 1], counts),
                np.repeat([0, 1, 0, 1], counts),
                [f"not {rows.name}", rows.name],
                dark=dark,
                height=HEIGHT,
            ),
            [],
            True,
        )


def _render_kept(live: LiveStudy, engine: Manager, place: int, best: float, price: Costs) -> None:
    """Draw what is decided, and the buttons that take the cheapest and keep the chosen one."""
    study, decisions = live.study.id, engine.decisions
    threshold = float(st.session_state[THRESHOLD])
    kept, now = (
        decisions.get(study).threshold,
        Threshold(
            positive=place,
            threshold=threshold,
            false_alarm=price.false_alarm,
            miss=price.miss,
        ),
    )
    with st.container(horizontal=True):
        cheapest = round(best / STEP) * STEP
        st.button(
            "Take the cheapest",
            key="threshold-cheapest",
            disabled=abs(cheapest - threshold) < STEP / 2,
            on_click=_choose,
            args=(cheapest,),
        )
        own = Ability.ROWS not in live.spec.abilities
        if not own and engine.access.may_change(study, person()):
            st.button(
                "Keep this threshold",
                key="threshold-keep",
                disabled=kept == now,
                on_click=press,
                args=(decisions.decide, study),
                kwargs={"by": person(), "threshold": now.model_dump(), "refused": _REFUSED},
                help="The report and the model card then say it. The model's answers stay "
                "probabilities.",
            )
    render_refusal(_REFUSED)
    if kept == now:
        say("Kept: the report and the model card say it.")


def _choose(threshold: float) -> None:
    st.session_state[THRESHOLD] = min(1.0, threshold)


def _swept(rows: ClassRows, price: Costs, token: tuple[object, ...]) -> Sweep:
    key = (*token, rows.part, rows.place, price.false_alarm, price.miss)
    return _swept_once(key, rows.probability, rows.of_class, price)


@st.cache_data(show_spinner=False, max_entries=64)
def _swept_once(
    key: tuple[object, ...], _probability: np.ndarray, _of_class: np.ndarray, _price: Costs
) -> Sweep:
    return sweep(_probability, _of_class, _price)
