"""The loss around the weights of the present run, and of pinned ones, on a plane."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.manager_session import manager
from pages.components.shared.user import person, presence
from pages.components.what_if.kept_runs import WhatIfRun
from pages.components.what_if.rates import asked_training
from pages.components.what_if.session import WhatIfSession
from tuning_core.catalog import TrialStatus
from tuning_core.charts.parts.chart import Chart
from tuning_core.charts.what_if.landscape import Surface, Trail, landscape, loss_bands
from tuning_core.manager import ManagerError, TrainingSnapshot, TrainingState
from tuning_core.spec.looks import MOST_BESIDE
from tuning_core.spec.training_request import TrainingRequest

TICK = 0.3
HEIGHT, SMALL = 400, 320
PLANES = {"path": "The run's path", "random": "Random"}
REACHES = (0.1, 0.25, 0.5, 1.0, 2.0)
ROWS = {"validation": "Validation", "training": "Training"}
FLATNESS = (
    "Mean and standard deviation of L(w + r d) - L(w) over 32 random directions d, in which each "
    "unit's part is as long as its weights w. Flat is no proof of good: units can be rescaled so "
    "that the network says the same in a steeper place (Dinh et al. 2017), and a plane shows 2 "
    "directions of {weights:,}."
)

_KEY = "what_if_landscape"


@dataclass
class Asked:
    """A landscape that was asked for: its ticket and the names of its runs, the present first."""

    id: str
    request: TrainingRequest
    names: tuple[str, ...]


def render_landscape(session: WhatIfSession) -> None:
    """Draw the choices, and what was found."""
    say(
        "The loss of networks whose weights differ a little from the trained ones. Colours are "
        "finer where it is low."
    )
    run = session.current
    if run is None or run.training.state is not TrainingState.DONE:
        say("Train a network first." if run is None else "Comes when the run has ended.")
    else:
        _render_choices(session, run)
    asked: Asked | None = st.session_state.get(_KEY)
    if asked is not None and asked.request.dataset != session.setting.request.dataset:
        del st.session_state[_KEY]
    training = asked_training(_KEY)
    active = training is not None and not training.state.ended
    st.fragment(_render_found, key="what-if-landscape-found", run_every=TICK if active else None)()


def _render_choices(session: WhatIfSession, run: WhatIfRun) -> None:
    with st.container(
        key="what-if-landscape-choices", horizontal=True, vertical_alignment="bottom"
    ):
        plane = _choice("Plane", "plane", PLANES, session)
        if plane != "path":
            st.select_slider(
                "How far",
                REACHES,
                value=1.0,
                format_func=lambda reach: f"{reach:g}",
                key=f"{_KEY}_reach",
                help="At 1 each unit's weights change by as much as they are long.",
                width=200,
                on_change=_ask_again,
                args=(session,),
            )
        _choice("Loss on", "rows", ROWS, session)
        if _beside(session, run):
            st.toggle(
                "Pinned runs too",
                key=f"{_KEY}_beside",
                help="On a common plane where they have the same layers and units, else side by "
                "side.",
                on_change=_ask_again,
                args=(session,),
            )
    with st.container(key="what-if-landscape-go", horizontal=True):
        st.button(f"Draw run {run.number}", key="what-if-landscape", on_click=_ask, args=(session,))
        st.button(
            "Other directions",
            key="what-if-landscape-other",
            on_click=_draw_others,
            args=(session,),
            disabled=plane == "path" or _KEY not in st.session_state,
            help="Draw two others at random.",
        )


def _choice(label: str, name: str, options: Mapping[str, str], session: WhatIfSession) -> str:
    return st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        default=next(iter(options)),
        required=True,
        key=f"{_KEY}_{name}",
        on_change=_ask_again,
        args=(session,),
    )


def _beside(session: WhatIfSession, run: WhatIfRun) -> list[WhatIfRun]:
    """The pinned runs, newest first."""
    pinned = [other for other in session.comparable if other.pinned and other is not run]
    return pinned[::-1][:MOST_BESIDE]


def _draw_others(session: WhatIfSession) -> None:
    st.session_state[f"{_KEY}_draw"] = st.session_state.get(f"{_KEY}_draw", 0) + 1
    _ask(session)


def _ask_again(session: WhatIfSession) -> None:
    """Draw what is drawn anew when a choice has changed."""
    if _KEY in st.session_state:
        _ask(session)


def _ask(session: WhatIfSession) -> None:
    run = session.current
    if run is None:
        return
    chosen = st.session_state
    runs = [run, *(_beside(session, run) if chosen.get(f"{_KEY}_beside") else [])]
    wanted = {
        "plane": chosen.get(f"{_KEY}_plane", "path"),
        "reach": chosen.get(f"{_KEY}_reach", 1.0),
        "rows": chosen.get(f"{_KEY}_rows", "validation"),
        "draw": chosen.get(f"{_KEY}_draw", 0),
        "runs": [other.request.alone.document() for other in runs[1:]],
    }
    request = run.request.alone.changed(landscape=wanted)
    try:
        [id] = manager().trainings.ask(
            f"{session.user}-landscape", [request], present=presence(), by=person()
        )
    except ManagerError as error:
        session.refused = str(error)
        return
    chosen[_KEY] = Asked(id, request, tuple(f"run {one.number}" for one in runs))


def _render_found() -> None:
    training = asked_training(_KEY)
    if training is None:
        return
    asked: Asked = st.session_state[_KEY]
    found = training.views.get("landscape")
    if found is not None:
        _render_planes(asked, found)
        _render_words(asked, training, found)
    elif training.state.ended:
        say(training.message or "It was not drawn. Press the button again.")
    else:
        share = f" {100 * training.share:.0f} %" if training.share else ""
        say(training.note or f"Looks around ...{share}")
    if training.state.ended and st.session_state.get(f"{_KEY}_drawn") != asked.id:
        st.session_state[f"{_KEY}_drawn"] = asked.id
        st.rerun()


def _render_planes(asked: Asked, found: Mapping[str, Any]) -> None:
    planes = found["planes"]
    surfaces = [_surface(plane) for plane in planes]
    bands = loss_bands(surfaces)
    dark, height = html.is_dark(), HEIGHT if len(planes) == 1 else SMALL
    places = st.columns(min(len(planes), 3), gap="medium") if len(planes) > 1 else [st.container()]

    def draw(index: int) -> Chart:
        plane = planes[index]
        trails = [
            Trail(asked.names[run], stops, run)
            for run, stops in zip(plane["runs"], plane["paths"], strict=True)
        ]
        return landscape(
            surfaces[index],
            trails,
            bands,
            _titles(plane),
            compact=len(planes) > 1,
            dark=dark,
            height=height,
        )

    for index in range(len(planes)):
        name = f"what-if-landscape-{index}"
        with places[index % len(places)], chart_place(name, height):
            render_chart(name, (asked.id, index, dark), partial(draw, index), [], True)


def _surface(plane: Mapping[str, Any]) -> Surface:
    side = plane["side"]
    loss = np.frombuffer(base64.b64decode(plane["loss"]), "<f4").reshape(side, side)
    x, y = (np.linspace(plane[axis][0], plane[axis][1], side) for axis in "xy")
    return Surface(x, y, loss)


def _titles(plane: Mapping[str, Any]) -> tuple[str, str]:
    shares = plane["explained"]
    if not shares:
        return "random direction 1", "random direction 2"
    names = ("main direction", "second direction")
    first, second = (
        f"{name} ({100 * share:.0f} % of the path)" if share else "random direction"
        for name, share in zip(names, shares, strict=True)
    )
    return first, second


def _render_words(asked: Asked, training: TrainingSnapshot, found: Mapping[str, Any]) -> None:
    """How flat it is, of which rows, and what none of it proves."""
    rows = f"{found['rows']:,} {found['part']} rows"
    if found["rows"] < found["of"]:
        rows += f" of {found['of']:,}"
    words = [f"Loss on {rows}, penalties included, without dropout and noise."]
    shares = [plane["explained"] for plane in found["planes"] if plane["explained"]]
    if training.status is TrialStatus.DIVERGED:
        words.append("The run diverged: shown is where it stood before.")
    if any(not any(pair) for pair in shares):
        words.append("Without a path the directions are random.")
    elif any(not all(pair) for pair in shares):
        words.append("The path is straight: the second direction is random.")
    if any(len(path) > 1 for plane in found["planes"] for path in plane["paths"]):
        words.append("A square is the start, a cross the end.")
    say(" ".join(words))
    st.html(_table(asked.names, found["flatness"]))
    say(FLATNESS.format(weights=found["weights"]))


def _table(names: Sequence[str], flatness: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    head = "".join(f"<th>at r = {part['distance']:g}</th>" for part in flatness[0])
    body = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(f"<td>{escape(_rise(part))}</td>" for part in parts)
        + "</tr>"
        for name, parts in zip(names, flatness, strict=True)
    )
    head = f"<tr><th>The loss rises</th>{head}</tr>"
    return f'<table class="ts-table ts-narrow">{head}{body}</table>'


def _rise(part: Mapping[str, Any]) -> str:
    if part["mean"] is None:
        return "overflows"
    decimals = max(0, 1 - math.floor(math.log10(max(part["spread"], 1e-12))))
    return f"{part['mean']:,.{decimals}f} \u00b1 {part['spread']:,.{decimals}f}"
