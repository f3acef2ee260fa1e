"""What-if beside its knobs: status, curve, what the network predicts, and what can be done."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.manager_session import manager
from pages.components.shared.network import render_network
from pages.components.shared.session import first_value
from pages.components.shared.share_link import render_share
from pages.components.shared.sketches import image_strip
from pages.components.what_if.challenge import render_train
from pages.components.what_if.controls import at_once_key, longer
from pages.components.what_if.guess import note_outcome, said_guess
from pages.components.what_if.kept_runs import WhatIfRun
from pages.components.what_if.run_list import render_status
from pages.components.what_if.run_words import changes_of
from pages.components.what_if.session import (
    METRIC,
    WhatIfSession,
    ask,
    current_session,
    earlier,
    refresh,
    shown_metric,
    write_address,
)
from pages.components.what_if.under_way import restart
from tuning_core.catalog.objectives import SHORT_METRIC_LABELS, metrics_for
from tuning_core.charts.models.regression import truth_points
from tuning_core.charts.what_if.what_if_curves import WhatIfCurve, axis_ends, what_if_curves
from tuning_core.findings.formatting import count
from tuning_core.manager import TrainingSnapshot
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.training_request import MAX_EPOCHS

TICK = 0.2
"""Seconds between two looks at a training; there are none once it has ended."""
HEIGHT, MISTAKES_HEIGHT = 340, 640


def render_metric(session: WhatIfSession) -> None:
    """Draw the choice of the metric."""
    info = session.setting.request.dataset.info
    st.session_state[METRIC] = shown_metric(session)
    st.segmented_control(
        "Metric",
        metrics_for(info.task, info.classes),
        format_func=SHORT_METRIC_LABELS.__getitem__,
        key=METRIC,
        required=True,
        label_visibility="collapsed",
    )
    write_address(session)


def render_curve(session: WhatIfSession) -> None:
    """Draw the learning curve of the present setting over those of earlier ones."""
    metric = shown_metric(session)
    behind = earlier(session)
    pinned = [run for run in behind if run.pinned]
    curves = [
        _curve(run, metric, "pinned" if run.pinned else "faded", place)
        for run in [*(r for r in behind if not r.pinned), *pinned]
        for place in [pinned.index(run) if run.pinned else 0]
    ]
    if session.current is not None:
        curve = _curve(session.current, metric, "present")
        if session.fork is not None:
            here = (session.fork, "the next knob goes on here")
            curve = replace(curve, changes=[*curve.changes, here])
        curves.append(curve)
    ends = _ends(session, metric, curves)
    epochs = session.setting.request.epochs
    dark = html.is_dark()
    token = (metric, ends, epochs, dark, tuple(map(_token, curves)))
    with chart_place("what-if-curve", HEIGHT):
        render_chart(
            "what-if-curve",
            token,
            lambda: what_if_curves(
                curves, metric, epochs=epochs, ends=ends, dark=dark, height=HEIGHT
            ),
            [],
            True,
        )


def render_inside(session: WhatIfSession) -> None:
    """Draw the inside of the present run's network, epoch by epoch."""
    run = session.current
    if run is not None and (run.training.inside or run.training.state.ended):
        session.seen = run.training
    # Until a new run has its first epoch the one before stays in sight, so that nothing blinks.
    seen = session.seen
    drawn = seen is not None and seen.inside and seen.request.dataset == _dataset(session)
    if not drawn and run is None:
        say("The network is drawn when it trains.")
        return
    place = "what-if-inside" if _has_plane(session) else "what-if-first-layer"
    with st.container(key=place):
        if seen is not None and drawn:
            fork = render_network(seen, shown_metric(session), "what-if-network", forks=True)
            if fork is not None:
                restart(session, fork.epoch, fork.weight)
                st.rerun()
            if run is None:
                say("This is the network of the run before: the present setting waits for Train.")
        elif run is not None and not run.training.state.ended:
            say("What is inside the network is drawn with its first epoch.")
        else:
            say("This training ended before there was anything to see inside its network.")


def render_view(session: WhatIfSession) -> None:
    """Draw what the network of the present run says of the data."""
    run = session.current
    training = run.training if run is not None else None
    if training is not None and "predictions" in training.views:
        _render_predictions(training)
    elif training is not None and "mistakes" in training.views:
        _render_mistakes(training)
    else:
        with chart_place("what-if-view", HEIGHT):
            say("What the network gets wrong shows here when the training ends.")


def _curve(run: WhatIfRun, metric: str, weight: str, place: int = 0) -> WhatIfCurve:
    epochs = run.training.epochs
    validation = [epoch[f"val_{metric}"] for epoch in epochs if f"val_{metric}" in epoch]
    training = [epoch[metric] for epoch in epochs if metric in epoch]
    name = f"run {run.number}"
    changes = [(epoch, ", ".join(what)) for epoch, what in changes_of(run.request)]
    return WhatIfCurve(name, weight, training, validation, place, changes)  # type: ignore[arg-type]


def _token(curve: WhatIfCurve) -> tuple[object, ...]:
    """All that a curve shows, in few words: its values never change, they only become more."""
    last = curve.validation[-1] if curve.validation else 0.0
    changes = tuple(curve.changes)
    return (curve.name, curve.weight, curve.place, len(curve.validation), last, changes)


def _ends(
    session: WhatIfSession, metric: str, curves: Sequence[WhatIfCurve]
) -> tuple[float, float]:
    """The ends of the y axis, which only ever grow while the data stays."""
    key = (session.setting.request.dataset.model_dump_json(), metric)
    found = axis_ends(metric, [[*curve.training, *curve.validation] for curve in curves])
    before = session.ends.get(key)
    if found is None:
        return before or (0.0, 1.0)
    ends = found if before is None else (min(found[0], before[0]), max(found[1], before[1]))
    session.ends[key] = ends
    return ends


def _render_predictions(training: TrainingSnapshot) -> None:
    found = training.views["predictions"]
    info = training.request.dataset.info
    dark = html.is_dark()
    token = (training.request.training_key, len(training.epochs), dark)
    with chart_place("what-if-view", HEIGHT):
        render_chart(
            "what-if-truth",
            token,
            lambda: truth_points(
                found["truth"], found["said"], info.target, dark=dark, height=HEIGHT
            ),
            [],
            True,
        )


def _render_mistakes(training: TrainingSnapshot) -> None:
    found = training.views["mistakes"]
    info = training.request.dataset.info
    names = info.class_names
    pairs = [
        (_class(names, truth), _class(names, predicted), confidence)
        for truth, predicted, confidence in zip(
            found["truth"], found["said"], found["sure"], strict=True
        )
    ]
    with chart_place("what-if-view", MISTAKES_HEIGHT):
        wrong = count(found["wrong"], "mistake") if found["wrong"] else "No mistake"
        order = "; the surest first" if found["wrong"] > 1 else ""
        # Not those of the best epoch, whose score stands over the curve.
        say(f"{wrong} on {found['of']:,} validation rows after the last epoch{order}.")
        if "pictures" in found and pairs:
            pixels = np.frombuffer(base64.b64decode(found["pictures"]), np.uint8)
            pictures = pixels.reshape(-1, *found["shape"])
            captions = tuple(f"{truth}, said {predicted}" for truth, predicted, _ in pairs)
            st.html(f'<div class="ts-mistakes">{image_strip(pictures, captions)}</div>')
        elif pairs:
            frame = pd.DataFrame(found.get("inputs", []), columns=_columns(info.feature_names))
            frame.insert(0, "true", [truth for truth, _, _ in pairs])
            frame.insert(1, "said", [predicted for _, predicted, _ in pairs])
            frame.insert(2, "sure", [f"{100 * confidence:.0f} %" for _, _, confidence in pairs])
            st.dataframe(
                frame, hide_index=True, height=MISTAKES_HEIGHT - 60, key="what-if-mistakes"
            )


def _columns(names: Sequence[str]) -> list[str] | None:
    return list(names) or None


def _class(names: Sequence[str], number: int) -> str:
    return names[number] if number < len(names) else str(number)


def render_actions(session: WhatIfSession) -> None:
    """Draw what can be done with the present setting."""
    run = session.current
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if session.seat is None:
            st.toggle(
                "Train at once",
                value=first_value(at_once_key(session), session.setting.at_once),
                key=at_once_key(session),
                help="Off: move the knobs, look at the forecast, say what you expect, then train.",
            )
        if not session.setting.at_once:
            render_train(session.seat, session.setting.request, partial(_train, session))
        if session.seat is None:
            st.button(
                "Train longer",
                key="what-if-longer",
                on_click=partial(longer, session),
                disabled=run is None or session.setting.request.epochs >= MAX_EPOCHS,
                help="Go on from where this training ended.",
            )
        st.button(
            "Unpin" if run is not None and run.pinned else "Pin",
            key="what-if-pin",
            on_click=session.kept.turn_pin,
            args=(run,),
            disabled=run is None,
            help="Keep this curve in the picture while you go on.",
        )
        render_share()


def render_body() -> None:
    """Draw the live part of the page."""
    session = current_session()
    if session is None:
        return
    before = session.current is not None and not session.current.training.state.ended
    refresh(session, manager())
    note_outcome(session)
    after = session.current is not None and not session.current.training.state.ended
    with st.container(key="what-if-head", horizontal=True, vertical_alignment="center"):
        render_status(session)
        render_metric(session)
    filled = session.current or session.seen or earlier(session)
    with st.container(key="what-if-filled" if filled else "what-if-empty"):
        _render_pictures(session)
    if before and not after:
        # The ticks end, and the page's own parts learn of the end.
        st.rerun()


def _render_pictures(session: WhatIfSession) -> None:
    if _has_plane(session):
        render_inside(session)
        render_curve(session)
        return
    with st.container(key="what-if-charts"):
        left, right = st.columns([1.9, 1], gap="medium")
    with left:
        render_curve(session)
        render_inside(session)
    with right:
        render_view(session)


def _has_plane(session: WhatIfSession) -> bool:
    """Whether the network is drawn over its data: of own tables that is known once it trains."""
    run = session.current
    known = run is not None and run.training.network.get("kind") == "plane"
    return known or _dataset(session).info.kind == "plane"


def _dataset(session: WhatIfSession) -> DatasetSpec:
    return session.setting.request.dataset


def _train(session: WhatIfSession) -> None:
    ask(session, manager(), anyway=True, guess=said_guess(session))
