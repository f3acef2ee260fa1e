"""Whether the best model is as sure as it should be, and the temperature that mends it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.errors import press, render_refusal
from pages.components.shared.user import person
from tuning_core.analysis.deciding.calibration import (
    Calibration,
    Scaling,
    calibration,
    scaling,
    tempered,
)
from tuning_core.charts.models.reliability import reliability
from tuning_core.findings.deciding_words import (
    AS_TRAINED,
    ROWS,
    SCALED,
    calibration_frame,
    calibration_words,
    percent,
    scaled_words,
    scaling_words,
)
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.manager.questions.best_model import BestPredictions, Part
from tuning_core.spec.model import Ability

HEIGHT = 360
_REFUSED = "temperature_refused"


def render_calibration(
    live: LiveStudy,
    engine: Manager,
    found: BestPredictions,
    part: Part,
    fitting: tuple[BestPredictions, Part] | None,
    token: tuple[object, ...],
) -> None:
    """Draw the calibration on a part, before and after a temperature that ``fitting`` rows give.

    Where the rows of the part are those, each is shown with the temperature of the others.
    """
    st.subheader("Whether it is as sure as it should be")
    assert found.probabilities is not None
    scaled = None if fitting is None else _scaling(token[:1], *_rows(fitting[0]))
    before = _calibration((*token, 1.0), *_rows(found))
    after, confidence = None, found.probabilities.max(axis=1)
    if scaled is not None and scaled.helps:
        own = fitting is not None and fitting[1] == part
        better = scaled.cross_fitted if own else tempered(found.probabilities, scaled.temperature)
        after = _calibration((*token, scaled.temperature), better, found.truth)
    left, right = st.columns([1, 1.15], gap="large")
    dark = html.is_dark()
    shown = [(AS_TRAINED, before), *([(SCALED, after)] if after else [])]
    with left, chart_place("reliability", HEIGHT):
        render_chart(
            f"reliability-{live.study.id}",
            (*token, len(shown), dark),
            lambda: reliability(
                pd.concat([calibration_frame(*one) for one in shown], ignore_index=True),
                confidence,
                1 / max(2, len(found.classes)),
                dark=dark,
                height=HEIGHT,
            ),
            [],
            True,
        )
    with right:
        figures = [
            ("expected calibration error", percent(before.error)),
            ("Brier score", f"{before.brier.value:.4f}"),
            ("loss", f"{before.loss.value:.4f}"),
        ]
        st.html(html.facts(figures))
        say(calibration_words(before, part))
        if fitting is None:
            return
        if after is not None:
            where = ROWS[part]
            if fitting[1] == part:
                where += ", each with the temperature of the others"
            say(scaled_words(before, after, where))
        say(scaling_words(scaled, len(fitting[0].truth), fitting[1]))
        _render_choice(live, engine, scaled, len(fitting[0].truth))


def _render_choice(live: LiveStudy, engine: Manager, scaled: Scaling | None, rows: int) -> None:
    """Draw whether the exported model has the temperature, and the button that changes it."""
    if Ability.ROWS not in live.spec.abilities:
        say("The output layer is of its own file: divide its logits there, where you use it.")
        return
    study, decisions = live.study.id, engine.decisions
    kept = decisions.get(study).temperature
    if kept != 1.0:
        say(f"The model that is downloaded has the temperature {kept:.3g} inside.")
    if not engine.access.may_change(study, person()):
        return
    options: dict[str, Any] = {"refused": _REFUSED}
    if kept != 1.0:
        st.button(
            "Download it as it was trained",
            key="temperature-off",
            on_click=press,
            args=(decisions.decide, study),
            kwargs={"by": person(), **options, "temperature": 1.0, "rows": 0},
        )
    elif scaled is not None and scaled.offered != 1.0:
        st.button(
            f"Use the temperature {scaled.temperature:.3g} in the model that is downloaded",
            key="temperature-on",
            on_click=press,
            args=(decisions.decide, study),
            kwargs={
                "by": person(),
                **options,
                "temperature": round(scaled.temperature, 4),
                "rows": rows,
            },
            help="In the Keras file, the bundle with its card and script, ONNX and LiteRT. Scores "
            "of the search stay those of the network as it was trained.",
        )
    render_refusal(_REFUSED)


def _rows(found: BestPredictions) -> tuple[np.ndarray, np.ndarray]:
    assert found.probabilities is not None
    return found.probabilities, found.truth


@st.cache_data(show_spinner=False, max_entries=16)
def _scaling(
    token: tuple[object, ...], _probabilities: np.ndarray, _truth: np.ndarray
) -> Scaling | None:
    return scaling(_probabilities, _truth)


@st.cache_data(show_spinner=False, max_entries=64)
def _calibration(
    token: tuple[object, ...], _probabilities: np.ndarray, _truth: np.ndarray
) -> Calibration:
    return calibration(_probabilities, _truth)
