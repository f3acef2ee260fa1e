"""What every lane of a running study trains, each with its Skip."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.errors import ask, press
from pages.components.shared.user import person
from pages.components.study.controls import close_panel
from pages.components.study.header import Progress, epoch_words
from tuning_core.findings.formatting import score
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.spec.model import Ability
from tuning_core.store import TrialRow


def render_lanes(live: LiveStudy, engine: Manager) -> None:
    """Draw a line for each lane; nothing where trials train one after the other, or none does.

    There are as many from the start as the study may have, so that nothing below them moves.
    """
    if live.spec.parallel == 1 or not live.study.status.active:
        return
    progress = engine.queue.progress(live.study.id)
    halting = engine.queue.halting(live.study.id) is not None
    mine = engine.access.may_change(live.study.id, person())
    mine &= Ability.TRAIN in live.spec.abilities
    trains = {trial.lane: trial for trial in live.running}
    with st.container(key="lanes"):
        for lane in range(live.lanes(engine.device)):
            trial = trains.get(lane)
            with st.container(key=f"lane-{lane}", horizontal=True, vertical_alignment="center"):
                st.html(_waiting(lane) if trial is None else _line(live, trial, progress))
                if not mine:
                    continue
                # By its trial: a click on what was drawn before must not end the next one.
                st.button(
                    "Skip",
                    key=f"skip-in-{lane}" if trial is None else f"skip-trial-{trial.number}",
                    help="" if trial is None else f"Ends trial {trial.number:,} alone.",
                    type="tertiary",
                    disabled=trial is None or halting,
                    on_click=press,
                    args=(engine.skip, live.study.id, trial.number if trial else 0),
                    kwargs={"by": person()},
                )


def render_kill(live: LiveStudy, engine: Manager) -> None:
    """Draw the form that asks which of the running trials is to be killed."""
    if not live.study.status.active:
        close_panel()
        return
    st.caption("Kill ends a trial that is stuck: it has failed. Skip keeps what it has reached.")
    numbers = [trial.number for trial in live.running]
    chosen = st.selectbox("Trial", numbers, key="panel-kill", width=180)
    with st.container(horizontal=True, gap="small"):
        # A callback takes what was drawn: by now that trial may have ended and another be chosen.
        st.button(
            "Kill",
            key="panel-do",
            disabled=chosen is None,
            on_click=_kill,
            args=(engine, live.study.id, chosen),
        )
        st.button("Cancel", key="panel-cancel", type="tertiary", on_click=close_panel)


def _kill(engine: Manager, study_id: str, trial: int) -> None:
    done = f"Trial {trial:,} was killed. Another process takes its lane."
    if ask(engine.editing.kill_trial, study_id, trial, by=person(), done=done):
        close_panel()


def _line(live: LiveStudy, trial: TrialRow, progress: Progress) -> str:
    """The lane, its trial and epoch, the last score, and a bar of the trial's epochs."""
    objective = live.spec.objective_info
    now = progress.get(trial.number)
    share = live.trial_share(trial, 0.0 if now is None else now.share)
    node = f" on {trial.node}" if trial.node else ""
    where = f"lane {trial.lane}{node}"
    words = f"trial {trial.number:,} · {epoch_words(live, trial, progress)}"
    last = score(live.last_value(trial.number, live.spec.objective), objective.id)
    return (
        f'<div class="ts-lane"><span class="ts-muted">{escape(where)}</span>'
        f'<span>{escape(words)}</span><b title="{escape(objective.label)}">{escape(last)}</b></div>'
        + html.bar(share, f"epochs of trial {trial.number:,}")
    )


def _waiting(lane: int) -> str:
    return (
        f'<div class="ts-lane"><span class="ts-muted">lane {lane}</span>'
        '<span class="ts-muted">waits</span><b></b></div>' + html.bar(0.0, "no trial")
    )
