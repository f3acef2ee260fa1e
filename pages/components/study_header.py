"""Name, controls, state and figures of a study."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components import look
from pages.components.formatting import STATUS_WORDS, count, duration, score, study_line
from pages.components.live import LiveStudy
from pages.components.queue_words import waiting_words
from tuning_core.catalog import StudyStatus
from tuning_core.manager import EpochProgress, Manager, ManagerError
from tuning_core.store import TrialRow

_SAID = "manager_said"
_STOPPING = "stopping_study"


def put_name(live: LiveStudy) -> None:
    """Draw the name, and what the study searches."""
    study = live.study
    parts = [study_line(study.spec)]
    rows = study.rows
    if rows:
        train, validation = rows.get("train", 0), rows.get("validation", 0)
        searched = f"{train:,} training, {validation:,} validation"
        if live.spec.folds > 1:
            searched = f"{train + validation:,} rows in {live.spec.folds} folds"
        parts.append(f"{searched}, {rows.get('test', 0):,} test rows kept back")
    parts.append(f"seed {live.spec.seed}")
    st.html(look.text(study.name, "ts-name") + look.text(" · ".join(parts), "ts-muted ts-small"))


def put_controls(live: LiveStudy, engine: Manager) -> None:
    """Draw the buttons that the study's state allows, and what the manager said to the last."""
    study = live.study
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if study.status.active:
            if live.trials:
                _button(
                    "Skip trial",
                    engine.skip,
                    study.id,
                    "Ends the running trial; the search goes on with the next.",
                )
            _button(
                "Stop",
                engine.stop,
                study.id,
                "Ends the search within an epoch. Everything so far is kept, and Resume goes on.",
                key="stop",
            )
        elif study.status.resumable:
            _button("Resume", engine.resume, study.id, "Goes on where the search ended.")
        st.download_button(
            "Download best model",
            data=_file_of(engine.export_model, study.id),
            file_name=f"{_file_name(study.name)}.keras",
            mime="application/octet-stream",
            on_click="ignore",
            type="primary",
            disabled=study.best_trial is None,
            key="download-model",
            help="The best model so far as a .keras file. It takes raw inputs: the preprocessing "
            "is inside. Loads with Keras alone."
            if study.best_trial
            else "There is a best model once a trial has ended.",
        )
    if _SAID in st.session_state:
        st.error(st.session_state.pop(_SAID))


def _button(
    words: str, action: Callable[[str], Any], study_id: str, help: str, key: str = ""
) -> None:
    st.button(words, key=key or words, help=help, on_click=_ask, args=(action, study_id, key))


def _ask(action: Callable[[str], Any], study_id: str, key: str) -> None:
    """Do what a button asks; keep the sentence when it cannot be done."""
    try:
        action(study_id)
    except ManagerError as error:
        st.session_state[_SAID] = str(error)
    else:
        st.session_state[_STOPPING] = study_id if key == "stop" else ""


def _file_of(export: Callable[[str], Path], study_id: str) -> Callable[[], bytes]:
    def read() -> bytes:
        return export(study_id).read_bytes()

    return read


def _file_name(name: str) -> str:
    """A study's name as a file name."""
    kept = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return "-".join(part for part in kept.split("-") if part)[:60] or "model"


def put_state(live: LiveStudy, engine: Manager) -> None:
    """Draw the state in words, the progress and the figures."""
    study = live.study
    progress = engine.progress(study.id)
    status, words = _state(live, engine, progress)
    begun = 0.0 if progress is None else progress.share
    mark = look.status_mark(study.status, status)
    st.html(
        f'<div style="margin-bottom:.45rem">{mark} <span class="ts-small" '
        f'data-testid="study-state">{escape(words)}</span></div>'
        + look.bar(live.share_done(begun), "share of the planned epochs")
    )
    if live.trials:
        st.html(look.facts(_figures(live), "even"))


def _state(live: LiveStudy, engine: Manager, progress: EpochProgress | None) -> tuple[str, str]:
    """The state's word and a sentence on it."""
    study = live.study
    word = STATUS_WORDS[study.status]
    if study.status.active and st.session_state.get(_STOPPING) == study.id:
        return "Stopping", "The search ends after the running epoch."
    if study.status is StudyStatus.QUEUED:
        waiting = waiting_words(study.id, engine)
        if waiting:
            return word, waiting
        return "Starting", study.message or "Reading the data; the first epoch follows at once."
    if study.status is StudyStatus.RUNNING:
        return word, _progress(live, progress)
    return word, study.message or _ending(live)


def _progress(live: LiveStudy, progress: EpochProgress | None) -> str:
    trial = live.running
    if trial is None:
        done = f"{study_trials(live)} ended" if live.study.trials else ""
        return done or "The first epoch follows at once."
    parts = [
        f"trial {trial.number:,} of {live.plan.trials:,}",
        _epoch(live, trial, progress),
    ]
    left = live.seconds_left()
    if left is not None:
        parts.append(f"about {duration(max(1.0, left))} left")
    return " · ".join(parts)


def _epoch(live: LiveStudy, trial: TrialRow, progress: EpochProgress | None) -> str:
    """The last epoch of a trial, or how far the one is that trains now."""
    if progress is None or progress.trial != trial.number:
        return f"epoch {live.epoch_of(trial.number):,} of {trial.target_epochs:,}"
    share = int(100 * progress.share)
    return f"epoch {progress.epoch:,} of {trial.target_epochs:,}, {share} %"


def study_trials(live: LiveStudy) -> str:
    """How many trials have ended, in words."""
    return count(live.study.trials, "trial")


_REASONS = {
    "trials": "All trials of the budget are done",
    "exhausted": "Every configuration has been tried",
    "grid complete": "Every configuration of the grid has been tried",
    "list complete": "Every listed configuration has been tried",
    "sweep complete": "Every hyperparameter has been swept",
    "brackets complete": "Every bracket has been run",
    "time": "The time limit was reached",
}


def _ending(live: LiveStudy) -> str:
    study = live.study
    if not study.trials:
        return "Ended before the first trial. Resume starts it again."
    took = f"{study_trials(live)} in {duration(study.seconds)}."
    if study.status is StudyStatus.FINISHED:
        return f"{_REASONS.get(study.reason, 'The search is done')}: {took}"
    return f"Ended after {took} Resume goes on from there."


def _figures(live: LiveStudy) -> list[tuple[str, str]]:
    study, best = live.study, live.best
    objective = live.spec.objective_info
    figures = []
    if best is not None:
        figures.append((f"best {objective.label}", score(best.score, objective.id)))
        figures.append(("found in trial", f"{best.number:,}"))
        if best.parameters:
            figures.append(("its parameters", f"{best.parameters:,}"))
    figures.append(("trials ended", f"{study.trials:,} of {live.plan.trials:,}"))
    lost = [t for t in live.trials.values() if t.status in ("diverged", "failed", "skipped")]
    if lost:
        figures.append(("without a score", f"{len(lost):,}"))
    if study.seconds and study.trials:
        figures.append(("time searched", duration(study.seconds)))
        figures.append(("trials a minute", f"{60 * study.trials / study.seconds:,.0f}"))
    return figures
