"""The test part: revealed once, and why its score is not the validation score."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import html
from pages.components.shared.errors import ask, render_refusal
from pages.components.shared.formatting import score
from pages.components.shared.user import person
from pages.components.study.best_model.predictions import known_predictions
from pages.components.study.live import LiveStudy
from tuning_core.analysis.metric_intervals import Interval, drop, share_interval
from tuning_core.catalog.objectives import metric_label
from tuning_core.findings.revealed_words import drop_words
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
            + (html.text(revealed_words(live, engine), "ts-small") if seen else "")
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


def revealed_words(live: LiveStudy, engine: Manager) -> str:
    """The test score beside the validation score, the size of the drop and its reason."""
    study, objective = live.study, live.spec.objective_info
    trial = live.trials.get(study.test_trial or 0) or live.best
    value = (study.test or {}).get(objective.metric)
    if value is None or trial is None or trial.score is None:
        return "Revealed and recorded."
    validation = _estimate(live, engine, "validation", trial.score)
    test = _estimate(live, engine, "test", value)
    if validation is None or test is None:
        return (
            f"Trial {trial.number} reached {score(trial.score, objective.id)} on the validation "
            f"part, on which it was also chosen; {score(value, objective.id)} on the test part, "
            "which chose nothing, is the figure to report."
        )
    rivals = sum(t.score is not None for t in live.trials.values())
    found = drop(validation, test, objective.direction, rivals)
    return drop_words(found, metric_label(objective.metric), rivals)


def _estimate(live: LiveStudy, engine: Manager, part: Part, value: float) -> Interval | None:
    """A score with its interval: of the predictions for all rows, else of an accuracy's rows."""
    study, metric = live.study, live.spec.objective_info.metric
    found = known_predictions(live, engine, part)
    known = None if found is None else found.metrics.get(metric)
    if known is not None and found is not None and found.trial == study.test_trial:
        return Interval(known.value, known.low, known.high, known.rows)
    rows = study.rows.get(part, 0)
    if live.spec.folds > 1 and part == "validation":
        rows += study.rows.get("train", 0)
    if metric != "accuracy" or not rows:
        return None
    return share_interval(value * rows, rows)


def _metric(name: str, value: float) -> str:
    return score(value, name)
