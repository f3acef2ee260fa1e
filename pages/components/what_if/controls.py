"""The knobs of What-if: the data, the family and every hyperparameter of it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.components.shared.data_shape import DataShape
from pages.components.shared.session import first_value
from pages.components.shared.slider_stops import nearest, stops
from pages.components.shared.table_cache import own_tables
from pages.components.what_if.session import WhatIfSession
from pages.components.what_if.under_way import EPOCH_STOPS, GOES_ON, carried_on, render_mode
from tuning_core.catalog import DATASETS, FAMILIES, Hyperparameter, Value
from tuning_core.catalog.hyperparameter import GROUPS, Group
from tuning_core.catalog.hyperparameters import of_family
from tuning_core.findings.formatting import number
from tuning_core.manager import Manager
from tuning_core.space import SpecError
from tuning_core.spec.dataset import MAX_SEED, DatasetSpec
from tuning_core.spec.training_request import (
    MAX_EPOCHS,
    TrainingRequest,
    checked_values,
    parse_training,
)

COMMON = "as the others"

DATA, FAMILY, EPOCHS, SEED, AT_ONCE = "data", "family", "epochs", "seed", "at-once"
MODE = "mode"


def read_controls(session: WhatIfSession, engine: Manager) -> None:
    """Take over what the widgets say since the last run of the page."""
    mode, at_once = (_widget_value(session, name) for name in (MODE, AT_ONCE))
    if mode is not None:
        session.setting = replace(session.setting, goes_on=mode == GOES_ON)
        session.fork = session.fork if mode == GOES_ON else None
    if at_once is not None:
        session.setting = replace(session.setting, at_once=bool(at_once))
    before = session.setting.request
    asked = asked_request(session)
    complaints, session.complaints = session.complaints, ()
    request = carried_on(session, asked, engine)
    if request.epochs != asked.epochs:
        st.session_state[_key(session, EPOCHS)] = request.epochs
    if request == before.changed(views=list(request.views)) and not session.complaints:
        session.complaints = complaints
    session.setting = replace(session.setting, request=request)


def asked_request(session: WhatIfSession) -> TrainingRequest:
    """The training, from its start, that the widgets ask for."""
    before = session.setting.request
    chosen = {name: _widget_value(session, name) for name in (DATA, FAMILY, EPOCHS, SEED)}
    dataset: Any = before.dataset.model_dump(mode="json", exclude_none=True)
    if chosen[DATA] not in (None, before.dataset.id):
        dataset = own_tables().get(chosen[DATA], {"id": chosen[DATA]})
    dataset = _shape(session).read(dataset)
    info = parse_training({"dataset": dataset}).dataset.info
    family = chosen[FAMILY] or before.family
    if info.kind not in FAMILIES[family].kinds:
        family = "mlp"
    values = before.last_values
    for hyperparameter in of_family(family, info.task):
        value = _widget_value(session, hyperparameter.id)
        if value == COMMON:
            values.pop(hyperparameter.id, None)
        elif value is not None:
            values[hyperparameter.id] = value
    document = {
        "dataset": dataset,
        "family": family,
        "values": _fitting(values, family, info.task),
        "epochs": chosen[EPOCHS] or before.epochs,
        "seed": before.seed if chosen[SEED] is None else chosen[SEED],
        "trial": before.trial,
        "objective": before.objective if info.task == before.dataset.info.task else "",
        "views": _views(info.kind, info.task),
    }
    try:
        return parse_training(document)
    except SpecError:
        # An objective that only two classes have: the data was changed.
        return parse_training({**document, "objective": ""})


def render_data(session: WhatIfSession) -> None:
    """Draw what is trained on, by which family, for how long and from which seed."""
    request = session.setting.request
    tables = own_tables()
    own = dict.fromkeys([request.dataset.id, *tables])
    data, shape, family, epochs, seed, redraw = st.columns(
        [1.4, 0.98, 1.15, 1.1, 0.76, 0.58], vertical_alignment="bottom", gap="small"
    )
    with data:
        first = first_value(_key(session, DATA), request.dataset.id)
        names = [*(id for id in own if id not in DATASETS), *DATASETS]
        st.selectbox(
            "Data",
            names,
            index=names.index(first) if first in names else 0,
            format_func=lambda id: _title(id, tables.get(id), request.dataset),
            key=_key(session, DATA),
        )
    with shape:
        _shape(session).render(request.dataset.model_dump(mode="json", exclude_none=True))
    with family:
        fitting = [f for f in FAMILIES if request.dataset.info.kind in FAMILIES[f].kinds]
        key = _key(session, FAMILY, len(fitting))
        st.segmented_control(
            "Model family",
            fitting,
            default=first_value(key, request.family),
            format_func=lambda name: FAMILIES[name].title,
            key=key,
            required=True,
        )
    with epochs:
        render_epochs(session)
    with seed:
        st.number_input(
            "Seed",
            min_value=0,
            max_value=MAX_SEED,
            value=first_value(_key(session, SEED), request.seed),
            key=_key(session, SEED),
            help="Decides the first weights and the order of the rows. Another seed shows how much "
            "of a difference is luck.",
        )
    with redraw:
        st.button(
            "Re-draw",
            key="what-if-redraw",
            on_click=_redraw,
            args=(_key(session, SEED),),
            help="Another seed.",
            width="stretch",
        )


def render_epochs(session: WhatIfSession, left: int = 0) -> None:
    """Draw the number of epochs; all that are ``left`` of a budget can be chosen, too."""
    first = first_value(_key(session, EPOCHS), session.setting.request.epochs)
    st.select_slider(
        "Epochs",
        sorted({*EPOCH_STOPS, first, *([left] if left else [])}),
        value=first,
        key=_key(session, EPOCHS),
        help="Passes over the training rows. More of the same setting go on where it ended.",
    )


def render_knobs(session: WhatIfSession) -> None:
    """Draw every hyperparameter of the family that has a meaning beside the others."""
    request = session.setting.request.from_the_start()
    if session.seat is None:
        render_mode(session, _key(session, MODE))
    for group, active in knobs_of(request).items():
        shown = [h for h in active if h.usual]
        rest = [h for h in active if not h.usual]
        if not active:
            continue
        title = GROUPS[group]
        st.html(f'<div class="ts-group">{title}</div>')
        for hyperparameter in shown:
            _render_knob(session, hyperparameter)
        if rest:
            changed = sum(
                h.id in request.values and (bool(h.inherits) or request.values[h.id] != h.default)
                for h in rest
            )
            words = f"More ({changed} changed)" if changed else "More"
            with st.expander(words, key=_key(session, f"more-{group}")):
                for hyperparameter in rest:
                    _render_knob(session, hyperparameter)


def knobs_of(request: TrainingRequest) -> dict[Group, list[Hyperparameter]]:
    """The hyperparameters that have a meaning beside the others, by the group they are shown in."""
    active = [
        h
        for h in of_family(request.family, request.dataset.info.task)
        if h.id != EPOCHS and _active(h, request.config)
    ]
    if request.config.get("layers") == 1:
        active = [h for h in active if h.inherits != "units"]
    return {group: [h for h in active if h.group == group] for group in GROUPS}


def longer(session: WhatIfSession) -> None:
    """About twice as many epochs; for a button's callback."""
    wanted = 2 * session.setting.request.epochs
    found = next((stop for stop in EPOCH_STOPS if stop >= wanted), MAX_EPOCHS)
    st.session_state[_key(session, EPOCHS)] = found


def at_once_key(session: WhatIfSession) -> str:
    """The key of the switch that says whether a changed setting is trained at once."""
    return _key(session, AT_ONCE)


def _render_knob(session: WhatIfSession, hyperparameter: Hyperparameter) -> None:
    values = session.setting.request.last_values
    value: Any = values.get(hyperparameter.id, hyperparameter.default)
    key = _key(session, hyperparameter.id)
    label, words = hyperparameter.label, hyperparameter.help
    fixed = session.setting.goes_on and not hyperparameter.under_way
    if hyperparameter.kind == "boolean":
        st.toggle(label, value=first_value(key, bool(value)), key=key, help=words, disabled=fixed)
    elif hyperparameter.kind == "choice":
        choices = hyperparameter.choices
        first = first_value(key, value)
        st.selectbox(
            label, choices, index=choices.index(first), key=key, help=words, disabled=fixed
        )
    elif hyperparameter.inherits:
        common = hyperparameter.id not in values
        options: tuple[Any, ...] = (COMMON, *stops(hyperparameter))
        first = COMMON if common else nearest(options[1:], value)
        st.select_slider(
            label,
            options,
            value=first_value(key, first),
            key=key,
            help=words,
            format_func=_stop_words,
            disabled=fixed,
        )
    else:
        first = first_value(key, value)
        options = stops(hyperparameter, first)
        st.select_slider(
            label,
            options,
            value=first,
            key=key,
            help=words,
            format_func=_stop_words,
            disabled=fixed,
        )


def _stop_words(value: Value) -> str:
    return number(value, 5)


def _widget_value(session: WhatIfSession, name: str) -> Any:
    """What a widget says; None where it is not there."""
    if name == FAMILY:
        found = [st.session_state.get(_key(session, FAMILY, count)) for count in (2, 3)]
        return next((value for value in found if value is not None), None)
    return st.session_state.get(_key(session, name))


def _key(session: WhatIfSession, name: str, part: int = 0) -> str:
    return f"what-if-{name}-{session.generation}" + (f"-{part}" if part else "")


def _shape(session: WhatIfSession) -> DataShape:
    return DataShape(f"what-if-{session.generation}", split=True)


def _redraw(key: str) -> None:
    st.session_state[key] = random.randrange(1_000)


def _active(hyperparameter: Hyperparameter, config: dict[str, Value]) -> bool:
    return all(config.get(parent) in meant for parent, meant in hyperparameter.when.items())


def _fitting(values: dict[str, Any], family: str, task: str) -> dict[str, Value]:
    """The values that a family has for a task; the others are left to their defaults."""
    found: dict[str, Value] = {}
    for name, value in values.items():
        try:
            found |= checked_values({name: value}, family, task)
        except SpecError:
            continue
    return found


def _views(kind: str, task: str) -> list[str]:
    """What is worth seeing beside the curve."""
    if kind == "plane":
        return ["inside"]
    end = "predictions" if task == "regression" else "mistakes"
    return ["inside", end] if kind == "image" else ["importance", "inside", end]


def _title(id: str, table: dict[str, Any] | None, present: DatasetSpec) -> str:
    info = DATASETS.get(id)
    if info is None:
        own = present if table is None else DatasetSpec.model_validate(table)
        return own.info.title
    return info.title if not info.download_mb else f"{info.title} ({info.download_mb:g} MB)"
