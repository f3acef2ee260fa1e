"""Try it on What-if: a row of one's own for the network as it has just been trained."""

from __future__ import annotations

import hashlib

import streamlit as st

from pages.components.shared.chart_place import say
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from pages.components.shared.try_it.panel import render_tried
from pages.components.shared.try_it.tried import Tried
from pages.components.shared.user import ROWS_HIDDEN, person
from pages.components.what_if.kept_runs import WhatIfRun
from pages.components.what_if.session import WhatIfSession, current_session
from tuning_core.catalog import TrialStatus
from tuning_core.findings.formatting import count
from tuning_core.manager import TrainingState
from tuning_core.spec.dataset import DatasetSpec

_TITLES = {
    "image": "Try it: draw or upload a picture",
    "table": "Try it: fill in a row",
    "plane": "Try it: any point of the plane",
}


def render_try_it() -> None:
    """Draw the section; it runs again by itself with each line, upload and value."""
    st.fragment(_render, key="what-if-try")()


def _render() -> None:
    session = current_session()
    if session is None:
        return
    kind = session.setting.request.dataset.info.kind
    place = st.expander(_TITLES[kind], key="what-if-try-place", on_change="rerun")
    # While it is closed nobody waits for an answer.
    if place.open:
        with place, st.container(key="what-if-try-open"), errors_shown():
            _render_tried(session)


def _render_tried(session: WhatIfSession) -> None:
    run = _answering(session)
    if run is None:
        say("The network answers as soon as a training on this data has ended.")
        return
    training = run.training
    if not manager().access.may_read(training.request.dataset.id, person()):
        say(ROWS_HIDDEN)
        return
    who = f"run {run.number} after {count(len(training.epochs), 'epoch')}"
    now = session.current
    busy = "" if now is None or now is run else f"Run {now.number} follows when it has ended."
    say(f"Answers of {who}, with the weights that it has now, as they are exported. {busy}")
    dataset = training.request.dataset
    model = manager().new_rows.of_training(training, by=person())
    render_tried(Tried(model, place_of(dataset), dataset, who))


def place_of(dataset: DatasetSpec) -> str:
    """What the widgets are named for: what was drawn or filled in stays while the data does."""
    return "what-if-" + hashlib.sha256(dataset.model_dump_json().encode()).hexdigest()[:12]


def _answering(session: WhatIfSession) -> WhatIfRun | None:
    """The present run; until that has ended, the one before."""
    now = [session.current] if session.current is not None else []
    for run in [*now, *reversed(session.comparable)]:
        training = run.training
        done = training.state is TrainingState.DONE and training.status is TrialStatus.COMPLETED
        if done and training.epochs:
            return run
    return None
