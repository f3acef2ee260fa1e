"""The runs of What-if: what each changed, what came of it, and the study that they can become."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.study_draft import replace_draft
from pages.components.shared.user import person
from pages.components.what_if.guess import said_guess, tally
from pages.components.what_if.kept_runs import MOST_RUNS, WhatIfRun
from pages.components.what_if.run_words import (
    changes,
    effect,
    forecast_words,
    setting_words,
)
from pages.components.what_if.session import WhatIfSession
from tuning_core.analysis.forecast import FEWEST
from tuning_core.catalog import HYPERPARAMETERS
from tuning_core.findings.formatting import count, duration, score
from tuning_core.manager import Manager, ManagerError, TrainingState
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.training_request import TrainingRequest

MOST_SHOWN = 12
FORECAST_SECONDS = 1.0
"""How long the page waits for a forecast, which takes a tenth of it."""
AT_ONCE = 0.05
"""Seconds below which nothing can have been trained, and 0.0 would be said."""


def render_status(session: WhatIfSession) -> None:
    """One line on the present run: how it stands, its score, and whether it was expected."""
    st.html(f'<div class="ts-run-status">{_status(session)}</div>')


def _status(session: WhatIfSession) -> str:
    if session.refused:
        return _muted(session.refused)
    run = session.current
    if run is None:
        return _muted(_preview(session))
    training, request = run.training, run.request
    if training.state is TrainingState.FAILED:
        return f"<b>Run {run.number}:</b> " + _muted(f"could not be trained. {training.message}")
    if training.state is TrainingState.WAITING:
        place = f"{training.place} before it" if training.place else "next in line"
        return f"<b>Run {run.number}</b> " + _muted(training.note or f"waits, {place}.")
    done = f"epoch {len(training.epochs):,} of {request.epochs:,}"
    if training.state is TrainingState.RUNNING:
        share = f", {100 * training.share:.0f} % of the next" if training.share else ""
        return f"<b>Run {run.number}</b> " + _muted(training.note or f"trains: {done}{share}")
    words = [f"<b>Run {run.number}:</b>"]
    best = training.best
    if best is not None:
        words.append(
            f"<b>{escape(request.objective_info.label)} {score(best[0], request.objective)}</b>"
            + _muted(f" at epoch {best[1]:,} of {request.epochs:,}")
        )
    if training.message:
        words.append(_muted(training.message))
    words.append(_muted(_expected(run)))
    return " ".join(word for word in words if word)


def _preview(session: WhatIfSession) -> str:
    """What is forecast for the setting under the knobs before it is trained."""
    request = session.setting.request
    preview = session.preview
    if request.changes:
        return "Say what you expect of what you change, then press Train."
    if not session.comparable:
        return "Press Train. Of every run after this one you can say what you expect."
    if len(session.comparable) < FEWEST:
        return "Say what you expect, then press Train. Forecasts begin after five runs."
    if said_guess(session) is None:
        return "Say what you expect: the forecast shows then. Or press Train."
    expected = None
    if preview is not None and preview[0] == request:
        with suppress(TimeoutError):
            expected = preview[1].result(FORECAST_SECONDS)
    if expected is None:
        return "Press Train to see."
    forecast = forecast_words(expected, request.objective)
    return f"Forecast of {request.objective_info.label}: {forecast}. Press Train to see."


def _expected(run: WhatIfRun) -> str:
    """What was forecast for an ended run, and whether it came."""
    expected, came = run.expected, run.score
    if expected is None or came is None:
        return ""
    forecast = forecast_words(expected, run.request.objective)
    if not expected.surprised_by(came):
        return f"\u00b7 as forecast: {forecast}"
    return f"\u00b7 a surprise: {forecast} was forecast"


def calibration(session: WhatIfSession) -> str:
    """How many ended runs fell inside their intervals; empty before the first forecast."""
    compared = [
        (expected, came)
        for run in session.ended
        if (expected := run.expected) is not None and (came := run.score) is not None
    ]
    if not compared:
        return "Forecasts begin with the sixth run."
    inside = sum(not expected.surprised_by(came) for expected, came in compared)
    return f"{inside} of {count(len(compared), 'forecast')} inside their 80 % intervals."


def render_runs(session: WhatIfSession) -> None:
    """Draw the list, newest first."""
    newest = [*reversed(session.runs)]
    if session.current is not None and session.current.training.state.ended:
        newest.insert(0, session.current)
    if not newest:
        st.html(html.text("Each run is listed here with what it changed.", "ts-muted ts-small"))
        return
    for place, run in enumerate(newest[:MOST_SHOWN]):
        before = newest[place + 1] if place + 1 < len(newest) else None
        _render_run(session, run, before)
    if len(newest) > MOST_SHOWN:
        rest = count(len(newest) - MOST_SHOWN, "earlier run")
        st.html(html.text(f"and {rest}", "ts-muted ts-small"))
    with st.container(horizontal=True, vertical_alignment="center", key="what-if-runs-end"):
        words = f"{tally(session)} {calibration(session)}".strip()
        st.html(html.text(words, "ts-muted ts-small"))
        st.button(
            "Clear",
            key="what-if-clear",
            type="tertiary",
            on_click=session.kept.clear,
            args=(session.current,),
            disabled=not session.runs,
            help="Forget these runs, in every tab. They are kept from visit to visit.",
        )


def _render_run(session: WhatIfSession, run: WhatIfRun, before: WhatIfRun | None) -> None:
    words, back, pin = st.columns([8, 1.1, 1.1], vertical_alignment="center", gap="small")
    if before is None:
        what, came = setting_words(run.request), ""
    else:
        what, came = changes(before.request, run.request), effect(before.training, run.training)
    if not came:
        came = f"{run.request.objective_info.label} {score(run.score, run.request.objective)}"
    seconds = run.training.seconds
    # Asked for and there at once: somebody has trained it before.
    took = duration(seconds) if seconds >= AT_ONCE else "known at once"
    with words:
        st.html(
            f'<div class="ts-run"><b>Run {run.number}:</b> {escape(what)}; '
            f'<span>{escape(came)}</span> <i class="ts-muted ts-small">{took}</i></div>'
        )
    with back:
        st.button(
            "Back",
            key=f"what-if-back-{run.number}",
            type="tertiary",
            on_click=session.take,
            args=(replace(session.setting, request=run.request),),
            disabled=run is session.current,
            help="Set the knobs as they were.",
        )
    with pin:
        st.button(
            "Unpin" if run.pinned else "Pin",
            key=f"what-if-pin-{run.number}",
            type="tertiary",
            on_click=session.kept.turn_pin,
            args=(run,),
            help="Keep its curve in the picture.",
        )


def _muted(words: str) -> str:
    return f'<span class="ts-muted">{escape(words)}</span>' if words else ""


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
    alike = (last.dataset, last.family)
    fitting = [request for request in requests if (request.dataset, request.family) == alike]
    configurations: dict[str, dict[str, Any]] = {}
    for request in fitting:
        values = {**_changed(request), "epochs": request.epochs}
        meant = json.dumps({**request.config, "epochs": request.epochs}, sort_keys=True)
        configurations.setdefault(meant, values)
    listed = list(configurations.values())[-MOST_RUNS:]
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
    # One that was changed under way is no configuration that a study could train.
    runs = [run.request for run in session.ended if not run.request.changes]
    if runs and st.button(
        "Keep these runs as a study",
        key="what-if-keep",
        help="Trains each configuration on this data once more, with the seeds of a study, and "
        "keeps curves, models and downloads. What was changed under way is left out.",
    ):
        try:
            study_id = engine.launch(study_of_runs(runs), by=person())
        except (ManagerError, SpecError) as error:
            st.error(str(error))
        else:
            st.switch_page("pages/study.py", query_params={"id": study_id})


def _changed(request: TrainingRequest) -> dict[str, Any]:
    """The values of a setting that have a meaning beside the others."""
    inherited = [name for name in request.values if HYPERPARAMETERS[name].inherits == "units"]
    names = [name for name in request.values if name in request.config]
    return {name: request.values[name] for name in dict.fromkeys([*names, *inherited])}
