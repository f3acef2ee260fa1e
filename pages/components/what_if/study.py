"""From What-if to a study: a range for New study, and runs that become the trials of one."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from pages.components.shared.study_draft import replace_draft
from pages.components.what_if.runs import WhatIfSession
from tuning_core.catalog import HYPERPARAMETERS
from tuning_core.manager import Manager, ManagerError
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.training_request import TrainingRequest

MOST_KEPT = 40


def study_document(request: TrainingRequest, space: dict[str, Any]) -> dict[str, Any]:
    """The form of New study with the present setting, and ``space`` in place of its values."""
    return {
        "version": 1,
        "dataset": json.loads(request.dataset.model_dump_json(exclude_none=True)),
        "model": {"family": request.family},
        "space": {**_changed(request), **space},
        "strategy": {"id": "random"},
        "objective": request.objective,
        "seed": request.seed,
        "budget": {"trials": 20, "epochs": request.epochs},
    }


def render_range_button(request: TrainingRequest, space: dict[str, Any], key: str) -> None:
    """Draw the button that opens New study with a range."""
    if st.button("Use this range in a New study", key=key):
        replace_draft(study_document(request, space))
        st.switch_page("pages/new_study.py")


def study_of_runs(requests: list[TrainingRequest]) -> StudySpec:
    """A manual study that trains these runs again, each configuration once.

    Data, family, objective and seed are those of the last. Raises SpecError.
    """
    last = requests[-1]
    fitting = [
        request
        for request in requests
        if (request.dataset, request.family) == (last.dataset, last.family)
    ]
    configurations: dict[str, dict[str, Any]] = {}
    for request in fitting:
        values = {**_changed(request), "epochs": request.epochs}
        meant = json.dumps({**request.config, "epochs": request.epochs}, sort_keys=True)
        configurations.setdefault(meant, values)
    listed = list(configurations.values())[-MOST_KEPT:]
    return parse_spec(
        {
            **study_document(last, {}),
            "name": f"{last.dataset.info.title}, runs of What-if"[:120],
            "space": {},
            "strategy": {"id": "manual", "settings": {"configurations": listed}},
            "budget": {"epochs": max(request.epochs for request in fitting)},
        }
    )


def render_keep_button(session: WhatIfSession, engine: Manager) -> None:
    """Draw the button that makes a study of the runs."""
    runs = [run.request for run in session.comparable]
    if session.current is not None and session.current.training.state.ended:
        runs.append(session.current.request)
    if not runs:
        return
    if st.button(
        "Keep these runs as a study",
        key="what-if-keep",
        help="Trains each configuration on this data once more, with the seeds of a study, and "
        "keeps curves, models and downloads.",
    ):
        try:
            study_id = engine.launch(study_of_runs(runs))
        except (ManagerError, SpecError) as error:
            st.error(str(error))
        else:
            st.switch_page("pages/study.py", query_params={"id": study_id})


def _changed(request: TrainingRequest) -> dict[str, Any]:
    """The values of a setting that have a meaning beside the others."""
    inherited = [name for name in request.values if HYPERPARAMETERS[name].inherits == "units"]
    names = [name for name in request.values if name in request.config]
    return {name: request.values[name] for name in dict.fromkeys([*names, *inherited])}
