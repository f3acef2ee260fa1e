"""Downloads of a whole study: the bundle, all trials for other tools, TensorBoard's live logs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.components.shared.chart_place import say
from pages.components.shared.formatting import file_name
from pages.components.shared.user import person
from pages.components.study.live import LiveStudy
from tuning_core.manager import Manager, ManagerError
from tuning_core.study_export import EXPORTERS


def render_downloads(live: LiveStudy, engine: Manager) -> None:
    """Draw all buttons with what is in each file; it is written at the click."""
    study_id = live.study.id
    st.subheader("Files")
    say(
        "The model alone is the button at the top. The bundle adds the spec, the configuration, "
        "every epoch's metrics, a model card, a script that trains the model anew with Keras "
        "alone and, for tables, one that scores a CSV."
    )
    _render_button(
        live,
        "bundle",
        "Download bundle",
        ".zip",
        "application/zip",
        lambda: engine.best_model.export_bundle(study_id).read_bytes(),
    )
    say(f"All trials for other tools: {', '.join(known.opens_in for known in EXPORTERS)}.")
    with st.container(horizontal=True, gap="small"):
        for known in EXPORTERS:
            _render_button(
                live,
                known.id,
                known.label,
                known.ending,
                known.mime,
                partial(engine.study_exports.content, known.id, study_id),
            )
    _render_live_logs(live, engine)


def _render_button(
    live: LiveStudy, key: str, label: str, ending: str, mime: str, make: Callable[[], bytes]
) -> None:
    st.download_button(
        label,
        data=make,
        file_name=f"{file_name(live.study.name)}-{live.study.id}{ending}",
        mime=mime,
        on_click="ignore",
        key=f"download-{key}",
    )


def _render_live_logs(live: LiveStudy, engine: Manager) -> None:
    """Draw the switch for logs that grow with the study, and the command that shows them."""
    study_id = live.study.id
    logs = engine.live_tensorboard
    key = f"board-{study_id}"
    st.toggle(
        "Write TensorBoard logs while it runs",
        value=logs.wanted(study_id),
        key=key,
        disabled=not engine.access.may_change(study_id, person()),
        on_change=_switch,
        args=(engine, study_id, key),
        help="Event files in the study's folder that grow with each epoch, also after a resume.",
    )
    if logs.wanted(study_id):
        st.code(f'tensorboard --logdir "{logs.folder(study_id)}"', language="bash")
        if not live.study.status.active:
            say("The logs are complete; a resume goes on with them.")


def _switch(engine: Manager, study_id: str, key: str) -> None:
    try:
        engine.live_tensorboard.switch(study_id, bool(st.session_state[key]), by=person())
    except ManagerError as error:
        st.toast(str(error))
