"""The runs of What-if that a user has: kept on the server, and in the home from visit to visit.

Of a run its request, its metrics by epoch, its forecast and what was guessed are kept. Weights
and what was seen inside it are asked for again: a training is a function of its request.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4
from weakref import WeakValueDictionary

from pages.components.shared.manager_session import home
from tuning_core.analysis.forecast import Forecast
from tuning_core.analysis.guess import SAID, Guess
from tuning_core.catalog import TrialStatus
from tuning_core.manager import TrainingSnapshot, TrainingState
from tuning_core.manager.library.user_files import MOST_BYTES, UserFiles
from tuning_core.spec.training_request import TrainingRequest, parse_training

MOST_RUNS = 40
"""Runs of a user; the oldest that is not pinned makes room."""

MOST_USERS = 1_000
VERSION = 1
DIGITS = 7
"""Significant digits of a metric in the home."""


@dataclass
class WhatIfRun:
    """One training; ``training`` is how it stood when it was last looked at."""

    number: int
    training: TrainingSnapshot
    pinned: bool = False
    forecast: Future[Forecast | None] | None = None
    guess: Guess | None = None
    id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def request(self) -> TrainingRequest:
        """What was asked for."""
        return self.training.request

    @property
    def score(self) -> float | None:
        """Its best score so far."""
        best = self.training.best
        return best[0] if best else None

    @property
    def expected(self) -> Forecast | None:
        """What was forecast for it; None where nothing was, or not yet."""
        if self.forecast is None or not self.forecast.done():
            return None
        return self.forecast.result()


class KeptRuns:
    """The runs of one user, whom several tabs may show. Methods may be called from any thread.

    A run that has not ended is its tab's; one that has is in ``runs``, without what was seen in it.
    """

    def __init__(self, files: UserFiles, user: str) -> None:
        self._files, self._user = files, user
        self._lock = Lock()
        self._under_way: list[WhatIfRun] = []
        self._runs = _read_all(files.read(user))
        self._saved = [*map(_state, self._runs)]
        self._documents: dict[tuple[object, ...], tuple[dict[str, Any], int]] = {}

    @property
    def runs(self) -> list[WhatIfRun]:
        """Runs that have ended, the one that was looked at last at the end."""
        with self._lock:
            return [*self._runs]

    def begin(
        self,
        training: TrainingSnapshot,
        forecast: Future[Forecast | None] | None,
        guess: Guess | None = None,
    ) -> WhatIfRun:
        """A new run, with the next number."""
        with self._lock:
            run = WhatIfRun(self._next(), training, forecast=forecast, guess=guess)
            self._under_way = [*self._under_way, run][-MOST_RUNS:]
            return run

    def knows(self, request: TrainingRequest) -> bool:
        """Whether a run has come to what is asked for."""
        return any(run.request == request for run in self.runs)

    def again(self, training: TrainingSnapshot) -> WhatIfRun | None:
        """The run whose training this is, if there is one; as one of the tab's that asks."""
        with self._lock:
            for run in (*self._under_way, *self._runs):
                if run.request.training_key == training.request.training_key:
                    return replace(run, training=training)
        return None

    def keep(self, run: WhatIfRun) -> None:
        """Put a run that has come to something last among the others, or last again."""
        with self._lock:
            self._under_way = [other for other in self._under_way if other.id != run.id]
            self._runs = [other for other in self._runs if other.id != run.id]
            if any(other.number == run.number for other in self._runs):
                run.number = self._next()
            self._runs.append(replace(run, training=lean(run.training)))
            loose = [other for other in self._runs if not other.pinned]
            if len(self._runs) > MOST_RUNS and loose:
                self._runs.remove(loose[0])
        self.save()

    def drop(self, run: WhatIfRun) -> None:
        """Forget a run that nobody has seen end: the next one takes its number."""
        with self._lock:
            self._under_way = [other for other in self._under_way if other.id != run.id]

    def turn_pin(self, run: WhatIfRun) -> None:
        """Pin the curve of a run in the picture, or let it go."""
        with self._lock:
            run.pinned = not run.pinned
            for other in self._runs:
                if other.id == run.id:
                    other.pinned = run.pinned
        self.save()

    def look_at(self, run: WhatIfRun) -> None:
        """Bring what another tab may have changed of a run up to date."""
        with self._lock:
            for other in self._runs:
                if other.id == run.id:
                    run.pinned, run.number = other.pinned, other.number

    def clear(self, but: WhatIfRun | None = None) -> None:
        """Forget all runs that have ended, ``but`` perhaps one."""
        with self._lock:
            self._runs = [run for run in self._runs if but is not None and run.id == but.id]
        self.save()

    def save(self) -> None:
        """Write what has changed since the last time."""
        with self._lock:
            states = [*map(_state, self._runs)]
            if states != self._saved:
                self._saved = states
                self._files.write(self._user, self._document())

    def _next(self) -> int:
        return 1 + max((run.number for run in (*self._runs, *self._under_way)), default=0)

    def _document(self) -> dict[str, Any]:
        """As many of the newest runs as have room, the pinned ones first."""
        known, self._documents = self._documents, {}
        for run in self._runs:
            state = _state(run)
            if state not in known:
                document = _written(run)
                known[state] = document, len(json.dumps(document))
            self._documents[state] = known[state]
        kept = [*self._runs]
        for run in sorted(kept, key=lambda run: run.pinned):
            if sum(self._documents[_state(one)][1] for one in kept) < MOST_BYTES - 100:
                break
            kept.remove(run)
        documents = [self._documents[_state(run)][0] for run in kept]
        return {"version": VERSION, "runs": documents}


def _state(run: WhatIfRun) -> tuple[object, ...]:
    """All of a run that is written, in few words: its metrics only become more."""
    training = run.training
    return (run.id, run.number, run.pinned, run.expected, run.request, len(training.epochs))


_kept: WeakValueDictionary[tuple[Path, str], KeptRuns] = WeakValueDictionary()
_opening = Lock()


def kept_runs(user: str) -> KeptRuns:
    """The runs of a user: the same object as long as any of their sessions has it."""
    # Not one of Streamlit's caches: a client's message can empty those.
    with _opening:
        folder = home() / "what_if"
        kept = _kept.get((folder, user))
        if kept is None:
            kept = _kept[folder, user] = KeptRuns(UserFiles(folder, MOST_USERS), user)
        return kept


def lean(training: TrainingSnapshot) -> TrainingSnapshot:
    """A training without what is large, and asked for again when it comes back."""
    return replace(training, inside={}, views={})


def _written(run: WhatIfRun) -> dict[str, Any]:
    training, expected = run.training, run.expected
    names = sorted({name for epoch in training.epochs for name in epoch})
    return {
        "id": run.id,
        "number": run.number,
        "pinned": run.pinned,
        "forecast": None if expected is None else astuple(expected),
        "guess": None if run.guess is None else astuple(run.guess),
        "request": run.request.document(),
        "epochs": {name: [_short(epoch.get(name)) for epoch in training.epochs] for name in names},
        "status": training.status and training.status.value,
        "message": training.message,
        "seconds": round(training.seconds, 3),
        "parameters": training.parameters,
    }


def _short(value: float | None) -> float | None:
    """A metric that JSON can hold."""
    return float(f"{value:.{DIGITS}g}") if value is not None and math.isfinite(value) else None


def _read_all(document: Any) -> list[WhatIfRun]:
    """The runs of a document; those that cannot be understood are left out."""
    if not isinstance(document, Mapping) or document.get("version") != VERSION:
        return []
    listed = document.get("runs")
    runs: dict[int, WhatIfRun] = {}
    for one in listed[:MOST_RUNS] if isinstance(listed, list) else []:
        try:
            run = _read(one)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        runs.setdefault(run.number, run)
    return [*runs.values()]


def _read(document: dict[str, Any]) -> WhatIfRun:
    request = parse_training(document["request"])
    columns = {
        str(name): [math.nan if value is None else float(value) for value in values]
        for name, values in document["epochs"].items()
    }
    epochs = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if not {"val_loss", request.objective} <= {*columns} or not epochs:
        raise ValueError
    parameters, status = document["parameters"], document["status"]
    training = TrainingSnapshot(
        id="",
        request=request,
        state=TrainingState.DONE,
        place=0,
        epochs=tuple(epochs),
        network={},
        inside={},
        rates=(),
        views={},
        status=None if status is None else TrialStatus(status),
        message=str(document["message"])[:500],
        note="",
        share=0.0,
        seconds=float(document["seconds"]),
        parameters=None if parameters is None else int(parameters),
    )
    forecast: Future[Forecast | None] = Future()
    low_to_high = document["forecast"]
    forecast.set_result(None if low_to_high is None else Forecast(*map(float, low_to_high)))
    said = document.get("guess")  # There was none before it could be said.
    return WhatIfRun(
        int(document["number"]),
        training,
        pinned=bool(document["pinned"]),
        forecast=forecast,
        guess=None if said is None else _read_guess(*said),
        id=str(document["id"])[:32],
    )


def _read_guess(said: str, before: float, against: int, number: float | None) -> Guess:
    if said not in SAID:
        raise ValueError
    return Guess(said, float(before), int(against), None if number is None else float(number))
