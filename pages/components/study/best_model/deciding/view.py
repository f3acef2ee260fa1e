"""The view "Deciding" of the best model: from its scores to decisions."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.chart_place import say
from pages.components.shared.user import person
from pages.components.study.assessment import render_assessment
from pages.components.study.best_model.deciding.calibrated import render_calibration
from pages.components.study.best_model.deciding.chosen import PART, choose_usual
from pages.components.study.best_model.deciding.classes import render_class
from pages.components.study.best_model.deciding.intervals import render_intervals
from pages.components.study.best_model.known_answers import (
    kept_predictions,
    known_predictions,
    render_predictions_watch,
    render_waiting,
)
from tuning_core.findings.deciding_words import ROWS
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.revealed_words import parts_of
from tuning_core.manager import Manager
from tuning_core.manager.access import why_unable
from tuning_core.manager.questions.best_model import BestPredictions, Part
from tuning_core.spec.model import Ability


def render_deciding(live: LiveStudy, engine: Manager, seen: bool) -> None:
    """Draw the view, or why there is nothing to decide on; nothing while it is not ``seen``."""
    if not seen:
        return
    can = live.spec.abilities
    if Ability.MODEL not in can:
        say(why_unable(live.study.spec, Ability.MODEL))
        return
    if live.study.status.active:
        say("Shown when the search has ended: until then the best model may change.")
        return
    choose_usual(live)
    # Only of what the catalog knows does a worker answer other parts.
    parts = parts_of(live) if Ability.ROWS in can else []
    if live.spec.folds > 1 or Ability.ROWS not in can:
        if held_out(live, engine) is None:
            _render_question(live, engine)
        else:
            parts = ["held_out", *parts]
    if parts:
        found = _known(live, engine, parts[0])
        if found is not None:
            values = found.confidence is None
            (_render_regression if values else _render_classes)(live, engine, parts)
    render_predictions_watch(live, engine)


def _render_question(live: LiveStudy, engine: Manager) -> None:
    own = Ability.ROWS not in live.spec.abilities
    button = "Ask the best model" if own else "Train on folds"
    render_assessment(live, engine, "held_out", lambda _: None, button=button)
    if live.spec.folds > 1 and not own:
        say(
            "The best model was refitted on all rows outside the test part, so no validation row "
            "is new to it: rows are asked of models that have not seen them."
        )


def _render_regression(live: LiveStudy, engine: Manager, parts: list[Part]) -> None:
    if parts[0] == "test":
        say("Intervals are measured on rows that trained nothing, and there are test rows alone.")
        return
    part = parts[0]
    if part == "validation" and held_out(live, engine) is not None:
        part = "held_out"
    found = _known(live, engine, part)
    if found is not None:
        test = known_predictions(live, engine, "test") if "test" in parts else None
        rows = engine.access.may_see_rows(live.study, person())
        render_intervals(live, (found, part), test, (live.study.id, found.trial, part), rows=rows)
    if part == "validation":
        _render_question(live, engine)


def _render_classes(live: LiveStudy, engine: Manager, parts: list[Part]) -> None:
    part = parts[0]
    if len(parts) > 1:
        part = st.segmented_control(
            "Rows",
            parts,
            default=parts[0],
            required=True,
            key=PART,
            label_visibility="collapsed",
            format_func=ROWS.__getitem__,
        )
    found = _known(live, engine, part)
    if found is None:
        return
    if found.probabilities is None:
        say(
            f"These are too many rows and classes to keep every probability "
            f"({len(found.truth):,} rows, {len(found.classes):,} classes)."
        )
        return
    first = found if part == parts[0] else _asked(live, engine, parts[0])
    if first is None or first.probabilities is None:
        return
    token = (live.study.id, found.trial)
    render_class(live, engine, found, part, (first, parts[0]), (*token, part))
    # What rows say that a temperature was fitted on would flatter it.
    last = first if len(parts) == 1 else _asked(live, engine, parts[-1])
    if last is not None and last.probabilities is not None:
        fitting = None if parts[0] == "test" else (first, parts[0])
        render_calibration(live, engine, last, parts[-1], fitting, (*token, parts[-1]))


def _known(live: LiveStudy, engine: Manager, part: Part) -> BestPredictions | None:
    """The predictions for a part; what there is in their place is drawn."""
    found = _asked(live, engine, part)
    if found is None:
        render_waiting(live, engine, part)
    return found


def _asked(live: LiveStudy, engine: Manager, part: Part) -> BestPredictions | None:
    return held_out(live, engine) if part == "held_out" else known_predictions(live, engine, part)


def held_out(live: LiveStudy, engine: Manager) -> BestPredictions | None:
    """What the best configuration said to each row, trained without it; None before it was asked.

    The revealed test part is no part of it, so that it holds afterwards as well.
    """
    found = kept_predictions(engine.home.study(live.study.id).answers("held_out"))
    return found if found is not None and found.trial == live.study.best_trial else None
