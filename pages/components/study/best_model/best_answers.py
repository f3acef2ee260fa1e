"""The best model's answers as a session sees them: asked for once, waited for, read once."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.study.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.manager.questions.answers import BestAnswers, Part, read_answers

LOOK_SECONDS = 0.5


def parts_of(live: LiveStudy) -> list[Part]:
    """The parts whose rows may be looked at: the test part only once it was revealed."""
    parts: list[Part] = [] if live.spec.folds > 1 else ["validation"]
    revealed = live.study.test is not None and live.study.test_trial == live.study.best_trial
    return [*parts, "test"] if revealed else parts


def known_answers(live: LiveStudy, engine: Manager, part: Part) -> BestAnswers | None:
    """The answers to a part, None before there are any; they are asked for where a warm worker
    waits, so that nobody has to."""
    if live.study.status.active or part not in parts_of(live):
        return None
    path = engine.answers.kept(live.study.id, part)
    if path is not None:
        found = _read(str(path), path.stat().st_mtime_ns)
        if found is not None:
            return found
        engine.answers.drop(live.study.id, part)
    if engine.costs.automatic and not engine.answers.refused(live.study.id, part):
        engine.answers.begin(live.study.id, part)
    return None


def render_waiting(live: LiveStudy, engine: Manager, part: Part) -> None:
    """Say why there are no answers to a part yet, and offer to ask for them."""
    study_id = live.study.id
    if engine.answers.asking(study_id, part):
        say("Asking the best model. This takes some seconds.")
        return
    refused = engine.answers.refused(study_id, part)
    if refused:
        st.warning(html.plain(refused))
    st.button(
        "Try again" if refused else "Ask the best model",
        key=f"answers-{part}",
        on_click=engine.answers.begin,
        args=(study_id, part),
    )


def render_answers_watch(live: LiveStudy, engine: Manager) -> None:
    """Redraw the page when answers have come: a study that has ended does not tick."""
    study_id = live.study.id
    waited = [part for part in parts_of(live) if engine.answers.asking(study_id, part)]
    if not waited:
        return

    @st.fragment(run_every=LOOK_SECONDS)
    def look_again() -> None:
        if not all(engine.answers.asking(study_id, part) for part in waited):
            st.rerun()

    look_again()


@st.cache_resource(show_spinner=False, max_entries=16)
def _read(path: str, written: int) -> BestAnswers | None:
    return read_answers(Path(path))
