"""How the best trial was trained: its score, epochs, size and the spread of its executions."""

from __future__ import annotations

import statistics

import streamlit as st

from pages.components.shared import html
from pages.components.shared.formatting import (
    count,
    duration,
    execution_word,
    score,
    spread,
    with_spread,
)
from pages.components.study.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.store import ExecutionRow, TrialRow


def render_training(live: LiveStudy, best: TrialRow, engine: Manager) -> None:
    """Draw the figures of the best trial, and those of its executions when it has several."""
    objective = live.spec.objective_info
    several = live.spec.executions > 1
    executions = engine.store.executions(live.study.id, best.number) if several else []
    scores = [execution.score for execution in executions]
    mean = score(best.score, objective.id)
    if best.score is not None and spread(scores):
        mean = with_spread(best.score, scores)
    facts = [
        (objective.label, mean),
        ("best epoch", f"{best.best_epoch or 0:,} of {best.target_epochs:,}"),
        ("parameters", f"{best.parameters or 0:,}"),
        ("training time", duration(best.seconds)),
    ]
    if several:
        facts.pop(1)  # Each execution has its own.
    st.html(html.facts(facts))
    if executions:
        word = execution_word(live.spec.folds, live.spec.repeats)
        each = " · ".join(score(value, objective.id) for value in scores)
        words = f"{count(len(scores), word)}: {each}. {_kept(live, best, executions)}"
        st.html(html.text(words, "ts-muted ts-small"))


def _kept(live: LiveStudy, best: TrialRow, executions: list[ExecutionRow]) -> str:
    """Which model is downloaded when a trial has several."""
    if live.spec.folds == 1:
        return f"The model is that of repeat {best.best_execution}, the best of them."
    epochs = [e.best_epoch for e in executions if e.best_epoch]
    if not epochs:
        return ""
    middle = round(statistics.median(epochs))
    return (
        "The model is refitted on all rows outside the test part for "
        f"{count(middle, 'epoch')}, the median of their best."
    )
