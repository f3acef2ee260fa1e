"""The test part: revealed once, and why its score is not the validation score."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import html
from pages.components.shared.errors import ask, render_refusal
from pages.components.shared.user import person
from pages.components.study.best_model.known_answers import known_predictions
from tuning_core.catalog.objectives import metric_label
from tuning_core.findings.formatting import score
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.revealed_words import revealed_words
from tuning_core.manager import Manager
from tuning_core.manager.questions.best_model import Part

_REFUSED = "test_refused"


def render_test(live: LiveStudy, engine: Manager, seen: bool = True) -> None:
    """Draw the button that reveals the test score, or the score and, when ``seen``, its meaning."""
    study = live.study
    if study.test is not None:
        names = {name: metric_label(name) for name in study.test}
        st.html(
            html.facts([(f"test {names[n]}", _metric(n, v)) for n, v in study.test.items()])
            + (html.text(_words(live, engine), "ts-small") if seen else "")
        )
        return
    st.html(
        html.text(
            "The test part was kept back from the whole search, so it says how the model does on "
            "data that chose nothing. It can be looked at once: the look is recorded.",
            "ts-muted ts-small",
        )
    )
    active = study.status.active
    if not engine.access.may_change(study.id, person()):
        st.html(html.text("Whoever made the study can reveal it.", "ts-muted ts-small"))
        return
    if st.button(
        "Reveal the test score",
        key="reveal",
        disabled=active,
        help="When the search has ended: a look now would let the test part choose."
        if active
        else "Evaluates the best model on the test part, once.",
    ):
        with st.spinner("Evaluating the best model on the test part"):
            ask(engine.reveal_test, study.id, by=person(), refused=_REFUSED)
        st.rerun()
    render_refusal(_REFUSED)


def _words(live: LiveStudy, engine: Manager) -> str:
    parts: tuple[Part, ...] = ("validation", "test")
    asked = {part: known_predictions(live, engine, part) for part in parts}
    return revealed_words(live, {part: found for part, found in asked.items() if found})


def _metric(name: str, value: float) -> str:
    return score(value, name)
