"""What can be done with a study: pause, skip, stop, resume, and changes under way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.errors import DONE, REFUSED, ask, press, render_refusal
from pages.components.shared.share_link import render_share
from pages.components.shared.study_draft import replace_draft
from pages.components.shared.user import NOT_MINE, person
from tuning_core.catalog import StudyStatus
from tuning_core.findings.formatting import count, file_name
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec.model import Ability

PANEL = "study_panel"
TRIAL, BUDGET, RANGES = "Add a trial of my own", "Extend the budget", "Change the ranges"
KILL_ONE = "Kill a running trial"
SHARE_IT = "Share"
_CLONE, _KILL, _RETRY = "Clone as a new study", "Kill the running trial", "Retry lost trials"

_RUNNING = ("the running trial", "each running trial")
_MENU = "study-menu"
_COPY = "Opens New study with everything as in this one; the copy is yours."
_WANTED = "clone_wanted"


def render_controls(live: LiveStudy, engine: Manager) -> None:
    """Draw the buttons that the study's state allows, and what the manager said to the last."""
    if st.session_state.pop(_WANTED, False):
        st.switch_page("pages/new_study.py")
    study = live.study
    mine = engine.access.may_change(study.id, person())
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if mine and Ability.TRAIN in live.spec.abilities:
            _render_changes(live, engine)
        elif Ability.WHAT_IF in live.spec.abilities:
            st.button("Clone", key="clone", on_click=_clone, args=(study.spec,), help=_COPY)
        render_share()
        if Ability.MODEL in live.spec.abilities:
            _render_download(live, engine)
    if not mine and live.spec.abilities:
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.html(html.text(NOT_MINE, "ts-muted ts-small"), width="content")
    render_refusal()
    if DONE in st.session_state:
        st.success(html.plain(st.session_state.pop(DONE)))


def _render_download(live: LiveStudy, engine: Manager) -> None:
    study = live.study
    raw = "It takes raw inputs: the preprocessing is inside. "
    raw = raw if Ability.ROWS in live.spec.abilities else ""
    st.download_button(
        "Download best model",
        data=_file_of(engine.best_model.export_model, study.id),
        file_name=f"{file_name(study.name)}.keras",
        mime="application/octet-stream",
        on_click="ignore",
        type="primary",
        disabled=study.best_trial is None,
        key="download-model",
        help=f"The best model so far as a .keras file. {raw}Loads with Keras alone."
        if study.best_trial
        else "There is a best model once a trial has ended.",
    )


def _render_changes(live: LiveStudy, engine: Manager) -> None:
    """Draw what changes the study."""
    study = live.study
    halting = engine.queue.halting(study.id) is not None
    if study.status.active:
        _button(
            "Pause",
            engine.pause,
            study.id,
            f"Keeps {_RUNNING[live.spec.parallel > 1]} at its last epoch and frees the worker. "
            "Resume goes on from there, also after a restart of the server.",
            halting,
        )
        if live.trials and live.spec.parallel == 1:
            _button(
                "Skip trial",
                engine.skip,
                study.id,
                "Ends the running trial; the search goes on with the next.",
                halting,
            )
        _button(
            "Stop",
            engine.stop,
            study.id,
            "Ends the search within an epoch. Everything so far is kept, and Resume goes on.",
            halting,
        )
    elif study.status.resumable:
        _button("Resume", engine.resume, study.id, "Goes on where the search ended.")
    st.menu_button(
        "Change",
        _options(live, engine),
        key=_MENU,
        on_click=_take,
        args=(engine, study.id, study.spec),
        help="A trial of your own, more trials or time, other ranges, a copy of the study.",
    )


def when_changed(live: LiveStudy) -> str:
    """When an edit takes effect."""
    if live.study.status.active:
        return "from the next trial on"
    return "at once" if live.study.status is StudyStatus.FINISHED else "when the study is resumed"


def close_panel() -> None:
    """Close the form that the menu opened."""
    st.session_state.pop(PANEL, None)


def render_panel_buttons(
    words: str, done: str, action: Any, *arguments: Any, **options: Any
) -> None:
    """Draw the button that does what a form says, and Cancel."""
    disabled = options.pop("disabled", False)
    with st.container(horizontal=True, gap="small"):
        if st.button(words, key="panel-do", type="secondary", disabled=disabled) and ask(
            action, *arguments, by=person(), done=done, **options
        ):
            close_panel()
            st.rerun()
        st.button("Cancel", key="panel-cancel", type="tertiary", on_click=close_panel)


def _options(live: LiveStudy, engine: Manager) -> list[str]:
    options = [TRIAL, BUDGET]
    if not live.spec.strategy.info.ranges_stay:
        options.append(RANGES)
    if any(t.status in ("failed", "diverged") for t in live.trials.values()):
        options.append(_RETRY)
    if live.study.status is StudyStatus.RUNNING and live.trials:
        options.append(_KILL if live.spec.parallel == 1 else KILL_ONE)
    return [*options, SHARE_IT, *([_CLONE] if Ability.WHAT_IF in live.spec.abilities else [])]


def _take(engine: Manager, study_id: str, document: dict[str, Any]) -> None:
    """Do what was chosen in the menu, or open its panel."""
    chosen = st.session_state.get(_MENU)
    if chosen == _RETRY:
        _retry(engine, study_id)
    elif chosen == _KILL:
        _kill(engine, study_id)
    elif chosen == _CLONE:
        _clone(document)
    else:
        st.session_state[PANEL] = (study_id, chosen)


def _clone(document: dict[str, Any]) -> None:
    replace_draft({**document, "name": f"{document['name'][:100]}, again"})
    st.session_state[_WANTED] = True


def _retry(engine: Manager, study_id: str) -> None:
    try:
        number = engine.editing.retry_lost(study_id, by=person())
    except ManagerError as error:
        st.session_state[REFUSED] = str(error)
    else:
        st.session_state[DONE] = f"{count(number, 'trial')} will run again, with a new seed each."


def _kill(engine: Manager, study_id: str) -> None:
    try:
        number = engine.editing.kill_trial(study_id, by=person())
    except ManagerError as error:
        st.session_state[REFUSED] = str(error)
    else:
        st.session_state[DONE] = (
            f"Trial {number:,} was killed. A new worker starts, which takes some seconds."
        )


def _button(
    words: str, action: Callable[..., Any], study_id: str, help: str, disabled: bool = False
) -> None:
    st.button(
        words,
        key=words.lower(),
        help=help,
        on_click=press,
        args=(action, study_id),
        kwargs={"by": person()},
        disabled=disabled,
    )


def _file_of(export: Callable[[str], Path], study_id: str) -> Callable[[], bytes]:
    def read() -> bytes:
        return export(study_id).read_bytes()

    return read
