"""What the best model said to the rows of a part, as far as it was asked, and asking it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.session import rerun_until
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.revealed_words import parts_of
from tuning_core.manager import Manager
from tuning_core.manager.questions.best_model import BestPredictions, Part, read_predictions


def known_predictions(live: LiveStudy, engine: Manager, part: Part) -> BestPredictions | None:
    """The predictions for a part, None before there are any.

    They are asked for where a warm worker waits, so that nobody has to.
    """
    if live.study.status.active or part not in parts_of(live):
        return None
    path = engine.predictions.cached(live.study.id, part)
    if path is not None:
        found = kept_predictions(path)
        if found is not None:
            return found
        engine.predictions.drop(live.study.id, part)
    if engine.costs.automatic and not engine.predictions.refused(live.study.id, part):
        engine.predictions.begin(live.study.id, part)
    return None


def render_waiting(live: LiveStudy, engine: Manager, part: Part) -> None:
    """Say why there are no predictions for a part yet, and offer to ask for them."""
    study_id = live.study.id
    if engine.predictions.asking(study_id, part):
        say("Asking the best model. This takes some seconds.")
        return
    refused = engine.predictions.refused(study_id, part)
    if refused:
        st.warning(html.plain(refused))
    st.button(
        "Try again" if refused else "Ask the best model",
        key=f"answers-{part}",
        on_click=engine.predictions.begin,
        args=(study_id, part),
    )


def render_predictions_watch(live: LiveStudy, engine: Manager) -> None:
    """Redraw the page when predictions have come: a study that has ended does not tick."""
    study_id = live.study.id
    asked = [part for part in parts_of(live) if engine.predictions.asking(study_id, part)]
    if asked:
        rerun_until(lambda: not all(engine.predictions.asking(study_id, part) for part in asked))


def kept_predictions(path: Path) -> BestPredictions | None:
    """The predictions in a file, read once; None where there are none."""
    try:
        return _read(str(path), path.stat().st_mtime_ns)
    except OSError:
        return None


@st.cache_resource(show_spinner=False, max_entries=16)
def _read(path: str, written: int) -> BestPredictions | None:
    return read_predictions(Path(path))
