"""One hyperparameter over several values, all else as it is: small pictures side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.manager_session import manager
from pages.components.shared.user import person, presence
from pages.components.what_if.run_list import render_range_button
from pages.components.what_if.session import WhatIfSession, current_session, shown_metric
from tuning_core.analysis.what_if_readings import best_stretch
from tuning_core.catalog import Hyperparameter, Value
from tuning_core.catalog.hyperparameters import known_to
from tuning_core.charts.what_if.what_if_curves import WhatIfCurve, axis_ends, what_if_curves
from tuning_core.findings.formatting import joined, label, number, score
from tuning_core.manager import ManagerError, TrainingSnapshot, TrainingState
from tuning_core.space import build_space
from tuning_core.spec.training_request import TrainingRequest

TICK = 0.4
ACROSS = 5
SMALL = 170
FEWEST, MOST, USUAL = 3, 10, 5
_KEY = "what_if_sweep"


@dataclass
class Sweep:
    """A hyperparameter, its values and their trainings."""

    name: str
    values: list[Value]
    request: TrainingRequest
    ids: list[str]


def sweep_values(hyperparameter: Hyperparameter, family: str, points: int) -> list[Value]:
    """About ``points`` values of the range that New study suggests, evenly on its scale."""
    if hyperparameter.choices:
        return list(hyperparameter.choices)[:points]
    entry = dict(hyperparameter.suggested)
    entry.pop("step", None)
    parameter = build_space(family, {hyperparameter.id: entry})[hyperparameter.id]
    return [_short(value) for value in parameter.grid(points)]


def render_sweep(session: WhatIfSession) -> None:
    """Draw the form and what it found."""
    request = session.setting.request.from_the_start()
    known = known_to(request.family, request.dataset.info.task)
    names = [
        n
        for n in request.config
        if n in known and len(sweep_values(known[n], request.family, 9)) > 1
    ]
    what, many, go = st.columns([1.6, 1.4, 1], vertical_alignment="bottom", gap="medium")
    with what:
        name = st.selectbox(
            "Hyperparameter",
            sorted(names, key=lambda name: known[name].order),
            format_func=lambda name: known[name].label,
            key="what-if-sweep-name",
        )
    with many:
        points = st.slider("Values", FEWEST, MOST, USUAL, key="what-if-sweep-points")
    with go:
        if st.button("Sweep", key="what-if-sweep", width="stretch"):
            _begin(session, known[name], points)
    active = any(not training.state.ended for training in _trainings())
    st.fragment(_render_found, key="what-if-sweep-found", run_every=TICK if active else None)()


def _begin(session: WhatIfSession, hyperparameter: Hyperparameter, points: int) -> None:
    request = session.setting.request.from_the_start()
    values = sweep_values(hyperparameter, request.family, points)
    requests = [
        request.changed(values={**request.values, hyperparameter.id: value}, views=[])
        for value in values
    ]
    try:
        ids = manager().trainings.ask(
            f"{session.user}-sweep", requests, present=presence(), by=person()
        )
    except ManagerError as error:
        st.error(str(error))
        return
    st.session_state[_KEY] = Sweep(hyperparameter.id, values, request, ids)


def _trainings() -> list[TrainingSnapshot]:
    """The trainings of the sweep as they stand; none where they are no longer kept."""
    sweep: Sweep | None = st.session_state.get(_KEY)
    if sweep is None:
        return []
    try:
        return [manager().trainings.get(id) for id in sweep.ids]
    except ManagerError:
        st.session_state.pop(_KEY, None)
        return []


def _render_found() -> None:
    session = current_session()
    trainings = _trainings()
    if session is None or not trainings:
        say("Trains the present setting once for each value, and shows the curves side by side.")
        return
    sweep: Sweep = st.session_state[_KEY]
    metric = shown_metric(session)
    if f"val_{metric}" not in (trainings[0].epochs or ({f"val_{metric}": 0.0},))[0]:
        metric = sweep.request.objective_info.metric
    curves = [_curve(training, metric) for training in trainings]
    ends = axis_ends(metric, [[*c.training, *c.validation] for c in curves]) or (0.0, 1.0)
    dark = html.is_dark()
    for first in range(0, len(curves), ACROSS):
        for place, column in zip(
            range(first, min(first + ACROSS, len(curves))),
            st.columns(min(ACROSS, len(curves))),
            strict=False,
        ):
            with column:
                _render_small(sweep, place, trainings[place], curves[place], metric, ends, dark)
    if all(training.state.ended for training in trainings):
        _render_conclusion(sweep, trainings)
        if st.session_state.get("what_if_sweep_drawn") != sweep.ids:
            st.session_state["what_if_sweep_drawn"] = sweep.ids
            st.rerun()


def _render_small(
    sweep: Sweep,
    place: int,
    training: TrainingSnapshot,
    curve: WhatIfCurve,
    metric: str,
    ends: tuple[float, float],
    dark: bool,
) -> None:
    best = training.best
    result = score(best[0], sweep.request.objective) if best else training.state.value
    st.html(
        f"<b>{number(sweep.values[place], 5)}</b> "
        f'<span class="ts-muted ts-small">{result} {training.message}</span>'
    )
    epochs = sweep.request.epochs
    token = (sweep.ids[place], len(curve.validation), metric, ends, dark)
    with chart_place(f"what-if-sweep-{place}", SMALL):
        render_chart(
            f"what-if-sweep-{place}",
            token,
            lambda: what_if_curves(
                [curve], metric, epochs=epochs, ends=ends, dark=dark, height=SMALL, compact=True
            ),
            [],
            True,
        )


def _render_conclusion(sweep: Sweep, trainings: list[TrainingSnapshot]) -> None:
    """Say which value is best, and offer the stretch around it as a range."""
    objective = sweep.request.objective_info
    scored = [
        (value, training.best[0])
        for value, training in zip(sweep.values, trainings, strict=True)
        if training.state is TrainingState.DONE and training.best
    ]
    if len(scored) < 2:
        say("Too few of these trainings have a score.")
        return
    stretch = best_stretch(scored, objective)
    name = label(sweep.name)
    best = number(stretch.best, 5)
    result = f"Best with {name} {best}: {objective.label} {score(stretch.score, objective.id)}"
    result += equals([value for value, reached in scored if reached == stretch.score], stretch.best)
    entry = _entry(sweep, list(stretch.values))
    words = ", ".join(number(value, 5) for value in stretch.values)
    if "low" in entry:
        words = f"{number(entry['low'], 5)} to {number(entry['high'], 5)}"
    text, button = st.columns([2.2, 1], vertical_alignment="center")
    with text:
        say(f"{result} A search would begin with {words}.")
    with button:
        render_range_button(sweep.request, {sweep.name: entry}, "what-if-sweep-use")


def equals(values: list[Value], shown: Value) -> str:
    """The end of the sentence about the best value: those that reach the same score, if any."""
    others = [number(value, 5) for value in values if value != shown]
    return f"; {joined(others)} reached the same." if others else "."


def _entry(sweep: Sweep, values: list[Value]) -> dict[str, Any]:
    """The stretch as an entry of a search space."""
    known = known_to(sweep.request.family, sweep.request.dataset.info.task)
    hyperparameter = known[sweep.name]
    if hyperparameter.choices or len(values) < 2 or "low" not in hyperparameter.suggested:
        return {"choices": values}
    scale = hyperparameter.suggested.get("scale")
    return {"low": values[0], "high": values[-1], **({"scale": scale} if scale else {})}


def _curve(training: TrainingSnapshot, metric: str) -> WhatIfCurve:
    epochs = training.epochs
    validation = [epoch[f"val_{metric}"] for epoch in epochs if f"val_{metric}" in epoch]
    return WhatIfCurve("", "present", [e[metric] for e in epochs if metric in e], validation)


def _short(value: Value) -> Value:
    """Two digits of a number between the ends."""
    return float(f"{value:.2g}") if isinstance(value, float) else value
