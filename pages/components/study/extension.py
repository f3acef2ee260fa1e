"""More trials, where they would tell which hyperparameters mattered: one button."""

from __future__ import annotations

import streamlit as st

from pages.components.shared.errors import ask
from pages.components.study.analysed_trials import analysed_trials
from pages.components.study.controls import when_changed
from pages.components.study.live import LiveStudy
from tuning_core.analysis.importance import trials_needed
from tuning_core.catalog import Extent
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec.study import StudySpec


def trials_to_compare(live: LiveStudy, spec: StudySpec) -> int | None:
    """The budget that would tell which hyperparameters mattered; None where that of ``spec`` does,
    or where no number of trials would."""
    searched = len(spec.search_space.varied)
    ends_itself = spec.strategy.info.extent in (Extent.LIST, Extent.BRACKETS)
    if searched < 2 or ends_itself or live.study.reason == "time":
        return None
    ended = sum(trial.status.ended and not trial.added for trial in live.trials.values())
    left = max(0, spec.plan().trials - ended)
    lacking = trials_needed(searched) - len(analysed_trials(live)) - left
    target, size = spec.plan().trials + lacking, spec.reachable()
    if lacking <= 0 or (size is not None and size < target):
        return None
    return target


def render_extend(live: LiveStudy, engine: Manager, key: str) -> None:
    """Draw the button that extends a study until it can be told what mattered, if one would."""
    try:
        trials = trials_to_compare(live, engine.editing.spec(live.study.id))
    except ManagerError:
        return
    if trials is None:
        return
    if st.button(
        f"Extend to {trials}",
        key=key,
        help="The same search goes on to so many trials: enough to tell which hyperparameters "
        "mattered.",
    ) and ask(
        engine.editing.extend,
        live.study.id,
        trials=trials,
        done=f"The search goes on to {trials} trials {when_changed(live)}.",
    ):
        st.rerun()
