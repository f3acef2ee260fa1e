"""Downloads of a whole study: the bundle, all trials for other tools, TensorBoard's live logs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.components.shared.chart_place import say
from pages.components.shared.errors import press
from pages.components.shared.session import one_chosen, rerun_until
from pages.components.shared.user import person
from tuning_core.catalog.model_formats import KERAS, MODEL_FORMATS, ModelFormat, comparison_in
from tuning_core.findings.formatting import file_name
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.questions.study_reports import ENDING
from tuning_core.spec.model import Ability
from tuning_core.study_export import EXPORTERS, Exporter


def render_downloads(live: LiveStudy, engine: Manager) -> None:
    """Draw all buttons with what is in each file; it is written at the click."""
    study_id = live.study.id
    st.subheader("Files")
    if Ability.MODEL in live.spec.abilities:
        again = "a script that trains the model anew with Keras alone and, for tables, one that "
        own = "the files of the model and a script that trains it anew."
        say(
            "The model alone is the button at the top. The bundle adds the spec, the "
            "configuration, every epoch's metrics, a model card, "
            + (own if live.spec.model.own else f"{again}scores a CSV.")
        )
        _render_bundle(live, engine)
    say("The report tells all of the study in one HTML file, for a browser or to be printed.")
    _render_button(
        live,
        "report",
        "Report",
        ENDING,
        "text/html",
        partial(engine.reports.content, study_id, by=person()),
        hint="It is written at the click, in about ten seconds.",
    )
    say(f"All trials for other tools: {', '.join(known.opens_in for known in EXPORTERS)}.")
    with st.container(horizontal=True, gap="small"):
        for known in EXPORTERS:
            if known.place:
                _render_log_button(live, known, engine)
                continue
            _render_button(
                live,
                known.id,
                known.label,
                known.ending,
                known.mime,
                partial(engine.study_exports.content, known.id, study_id),
                disabled=known.missing,
                hint=known.hint,
            )
    for known in EXPORTERS:
        _render_logged(study_id, known, engine)
    if Ability.TRAIN in live.spec.abilities:
        _render_live_logs(live, engine)


def _render_bundle(live: LiveStudy, engine: Manager) -> None:
    """Draw the choice of a format for the model and the bundle's button.

    A file of another format is made, and compared with the model, before its button can be used.
    """
    study_id, key = live.study.id, f"model-format-{live.study.id}"
    # While it runs the best model may change, and with it what was compared.
    formats = [KERAS.id] if live.study.status.active else list(MODEL_FORMATS)
    one_chosen(key, formats)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Model as",
            formats,
            required=True,
            key=key,
            format_func=_label_of,
            help="For " + "; ".join(f.runs_in for f in MODEL_FORMATS.values()) + ".",
        )
        known = MODEL_FORMATS[chosen or KERAS.id]
        made = known is KERAS or engine.conversions.cached(study_id, known.id) is not None
        _render_button(
            live,
            "bundle",
            "Download bundle",
            ".zip" if known is KERAS else f"-{known.id}.zip",
            "application/zip",
            lambda: engine.best_model.export_bundle(study_id, known.id).read_bytes(),
            disabled="" if made else f"{known.file} has not been compared with the model.",
        )
    if known is not KERAS:
        _render_comparison(study_id, known, engine)


def _label_of(id: str) -> str:
    return MODEL_FORMATS[id].label


def _render_comparison(study_id: str, known: ModelFormat, engine: Manager) -> None:
    """Draw how far a format's file is from the model; one that is not there is asked for."""
    conversions = engine.conversions
    made = conversions.cached(study_id, known.id)
    refused = conversions.refused(study_id, known.id)
    if made is not None and (compared := comparison_in(made)) is not None:
        say(
            f"Adds {known.file}: at most {compared.difference:.2g} from the model on "
            f"{compared.rows} rows{compared.beside}."
        )
    elif refused:
        say(refused)
    else:
        conversions.begin(study_id, known.id)
        say(f"{known.file} is being made and compared with the model.")
        rerun_until(lambda: not conversions.asking(study_id, known.id))


def _render_button(
    live: LiveStudy,
    key: str,
    label: str,
    ending: str,
    mime: str,
    make: Callable[[], bytes],
    *,
    disabled: str = "",
    hint: str = "",
) -> None:
    """Draw a download; ``disabled`` says why there is none, ``hint`` what to know of it."""
    st.download_button(
        label,
        data=make,
        file_name=f"{file_name(live.study.name)}-{live.study.id}{ending}",
        mime=mime,
        on_click="ignore",
        key=f"download-{key}",
        disabled=bool(disabled),
        help=disabled or hint or None,
    )


def _render_log_button(live: LiveStudy, known: Exporter, engine: Manager) -> None:
    """Draw the button that adds the study to what the operator's place has."""
    study_id, exports = live.study.id, engine.study_exports
    st.button(
        f"Log to {known.label}",
        key=f"log-{known.id}",
        disabled=bool(known.missing)
        or exports.logging(known.id, study_id)
        or not engine.access.may_change(study_id, person()),
        help=known.missing or "Adds the trials as runs where this server's operator keeps them.",
        on_click=press,
        args=(partial(exports.begin_log, known.id, study_id, by=person()),),
    )


def _render_logged(study_id: str, known: Exporter, engine: Manager) -> None:
    """Draw what came of logging a study, once it is done."""
    exports = engine.study_exports
    if exports.logging(known.id, study_id):
        say(f"The trials are being logged to {known.label}.")
        rerun_until(lambda: not exports.logging(known.id, study_id))
    elif known.place and (done := exports.logged(known.id, study_id)):
        say(done)


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
