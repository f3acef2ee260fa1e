"""A knob that moves while a training is under way: it goes on from there, with a change."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.what_if.session import WhatIfSession, refresh
from tuning_core.catalog import HYPERPARAMETERS, Value
from tuning_core.manager import Manager
from tuning_core.space import SpecError
from tuning_core.spec.training_request import (
    MAX_EPOCHS,
    MOST_CHANGES,
    Change,
    TrainingRequest,
)
from tuning_core.spec.weights import SetWeight

EPOCH_STOPS = (1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 80, 100, 150, 200, 300, 500, MAX_EPOCHS)

ANEW, GOES_ON = "trains anew", "goes on from here"
ONE_MOVE_SECONDS = 1.5
"""Within such a time a knob moves on, and does not move again."""

_FIXED = ("dataset", "family", "seed", "trial", "objective")
"""Fields with another value of which no training goes on."""


def carried_on(session: WhatIfSession, asked: TrainingRequest, engine: Manager) -> TrainingRequest:
    """What becomes of the present training when the widgets ask for ``asked`` from its start.

    It stays what it is where no knob has moved, goes on with a change where that is wanted and
    can be, and else begins anew.
    """
    before = session.setting.request
    alike = all(getattr(before, name) == getattr(asked, name) for name in _FIXED)
    moved = _moved(before.last_values, asked.values)
    if alike and not moved:
        return _with_epochs(session, asked)
    fork, session.fork = session.fork, None
    can = all(HYPERPARAMETERS[name].under_way for name in moved)
    if alike and can and session.setting.goes_on:
        at = _here(session, engine, fork, frozenset(moved))
        request = _changed(session, before, at, moved) if at else None
        if request is not None:
            session.apart = fork is not None
            return request.changed(views=[*asked.views])
    session.apart = True
    return asked


def has_moved(before: TrainingRequest, asked: TrainingRequest) -> bool:
    """Whether a widget asks for something else than there is."""
    alike = all(getattr(before, name) == getattr(asked, name) for name in (*_FIXED, "epochs"))
    return not alike or bool(_moved(before.last_values, asked.values))


def restart(session: WhatIfSession, epoch: int, weight: SetWeight | None = None) -> None:
    """Have the training that is shown go on from an epoch: with the next knob, or a weight set."""
    seen = session.seen
    if seen is None:
        return
    kept = [_written(change) for change in seen.request.changes if change.epoch <= epoch]
    if weight is None:
        request = seen.request.changed(changes=kept)
        session.take(replace(session.setting, request=request, goes_on=True))
        session.fork = epoch
        return
    if not kept or kept[-1]["epoch"] < epoch:
        kept.append({"epoch": epoch, "values": {}, "weights": []})
    others = [one for one in kept[-1]["weights"] if SetWeight(**one).place != weight.place]
    kept[-1]["weights"] = [*others, weight.model_dump()]
    try:
        whole = _with_changes(session, seen.request, kept, "nothing was set")
    except SpecError as error:
        session.complaints = (str(error),)
        return
    if whole is not None:
        current = session.current
        session.take(replace(session.setting, request=whole))
        # At its end it is the same training that goes on.
        present = current is not None and current.training.id == seen.id
        session.apart = not present or epoch < len(seen.epochs)


def render_mode(session: WhatIfSession, key: str) -> None:
    """Draw the switch that says what a moved knob does."""
    goes_on = session.setting.goes_on
    st.segmented_control(
        "A moved knob",
        [ANEW, GOES_ON],
        default=GOES_ON if goes_on else ANEW,
        key=key,
        required=True,
        help="Anew: from the first weights. Goes on: the weights stay as they are, and the curve "
        "is marked where a knob moved; what cannot change under way is greyed.",
    )
    if goes_on:
        words = "What is greyed cannot change under way."
        if session.fork is not None:
            words = f"The next one goes on from epoch {session.fork:,}."
        st.html(html.text(words, "ts-muted ts-small"))


def _with_epochs(session: WhatIfSession, asked: TrainingRequest) -> TrainingRequest:
    """The present training over as many epochs as are asked for."""
    before = session.setting.request
    kept = [_written(change) for change in before.changes if change.epoch < asked.epochs]
    request = before.changed(epochs=asked.epochs, views=[*asked.views], changes=kept)
    if len(kept) < len(before.changes):
        # The knobs go back to what they were before the changes that are left out.
        session.take(replace(session.setting, request=request))
    return request


def _moved(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The values that differ; None for one that is left out. The defaults need not be named."""

    def meant(values: dict[str, Any], name: str) -> Value | None:
        hyperparameter = HYPERPARAMETERS[name]
        return values.get(name, None if hyperparameter.inherits else hyperparameter.default)

    names = dict.fromkeys([*before, *after])
    return {n: meant(after, n) for n in names if meant(after, n) != meant(before, n)}


def _here(session: WhatIfSession, engine: Manager, fork: int | None, knobs: frozenset[str]) -> int:
    """After how many epochs the next change comes; 0 where nothing has been trained."""
    changes = session.setting.request.changes
    last = changes[-1].epoch if changes else 0
    (before, when), now = session.moved, time.monotonic()
    session.moved = (knobs, now)
    if fork is not None:
        return max(last, fork)
    if last and knobs == before and now - when < ONE_MOVE_SECONDS:
        # From stop to stop by its keys: that is one change, which begins where the first did.
        return last
    refresh(session, engine)
    run = session.current
    return max(last, len(run.training.epochs) if run is not None else 0)


def _changed(
    session: WhatIfSession, before: TrainingRequest, at: int, moved: dict[str, Any]
) -> TrainingRequest | None:
    """The present training with another change ``at`` an epoch; None, and why, if it is full."""
    earlier = [change for change in before.changes if change.epoch < at]
    meanwhile = dict(before.values)
    for change in earlier:
        meanwhile |= change.values
    # Of what moved to and fro at one epoch only the outcome counts.
    values = _moved(meanwhile, {**before.last_values, **moved})
    weights = [w for change in before.changes if change.epoch == at for w in change.weights]
    here = {"epoch": at, "values": values, "weights": [one.model_dump() for one in weights]}
    changes = [*map(_written, earlier), *([here] if values or weights else [])]
    return _with_changes(session, before, changes, "this one begins anew")


def _with_changes(
    session: WhatIfSession, before: TrainingRequest, changes: list[dict[str, Any]], otherwise: str
) -> TrainingRequest | None:
    """A training with these changes and epochs behind the last; None, and why, if it is full."""
    at, epochs = changes[-1]["epoch"] if changes else 0, before.epochs
    if at >= epochs:
        wanted = at + (before.changes[0].epoch if before.changes else epochs)
        epochs = next((stop for stop in EPOCH_STOPS if stop >= wanted), MAX_EPOCHS)
    if len(changes) > MOST_CHANGES or at >= epochs:
        full = (
            f"{MOST_CHANGES} changes" if len(changes) > MOST_CHANGES else f"{MAX_EPOCHS:,} epochs"
        )
        session.complaints = (f"A training has at most {full}; {otherwise}.",)
        return None
    return before.changed(changes=changes, epochs=epochs)


def _written(change: Change) -> dict[str, Any]:
    return change.model_dump()
