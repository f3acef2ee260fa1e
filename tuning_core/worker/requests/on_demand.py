"""One training on demand at a time: what What-if and the lessons ask of their worker."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tuning_core.catalog import TrialStatus
from tuning_core.catalog.objectives import objectives_for
from tuning_core.datasets import DataError, PreparedData, prepare
from tuning_core.models import derive_seed
from tuning_core.space import Config
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.looks import Landscape, Ramp
from tuning_core.spec.training_request import Segment, TrainingRequest, parse_training
from tuning_core.training import (
    Control,
    Execution,
    ExecutionState,
    Inside,
    Trainer,
    TrainingError,
    TrialTask,
)
from tuning_core.training.inside.weight_path import Paths
from tuning_core.worker.limited_trainer import LimitedTrainer, refused
from tuning_core.worker.pipes import Command, EventPipe, Inbox
from tuning_core.worker.requests.kept_states import KeptStates, going_on
from tuning_core.worker.requests.landscapes import look_around
from tuning_core.worker.requests.views import Views

MOST_DATASETS = 4
"""Datasets kept ready; the one that was used longest ago makes room."""

NOTE_SECONDS = 0.5
RAMP_BATCH_SECONDS = 0.1
"""Points of a range test are sent together in this time."""


class _Ready(NamedTuple):
    """What is kept of a dataset."""

    data: PreparedData
    trainer: Trainer
    views: Views
    inside: Inside
    outputs: int


class _StoppedError(Exception):
    """The request is no longer wanted."""


class OnDemand:
    """Trains requests, and keeps what the next one is likely to need: data, graphs and ends."""

    def __init__(self, inbox: Inbox, pipe: EventPipe) -> None:
        self._inbox = inbox
        self._pipe = pipe
        self._ready: OrderedDict[str, _Ready] = OrderedDict()
        self._states = KeptStates()
        self._paths = Paths()

    def train(self, command: Command) -> dict[str, Any]:
        """The result of a ``train`` command; each epoch after the ``known`` ones is sent.

        ``status`` is None where it was stopped before its end. Raises DataError, SpecError.
        """
        asked = str(command.get("request"))
        request = parse_training(command.get("training") or {})
        try:
            ready = self._prepared(request.dataset, Path(str(command.get("home"))), asked)
            _check_objective(request, ready.outputs)
            if request.ramp is not None:
                return self._test_rates(asked, request, request.ramp, ready.trainer)
            known, earlier = int(command.get("known") or 0), float(command.get("earlier") or 0.0)
            if request.landscape is not None:
                return self._look_around(asked, request, request.landscape, ready, earlier)
            return self._train(asked, request, ready, known, earlier)
        except _StoppedError:
            return {"status": None, "message": "stopped"}
        except TrainingError as error:
            return {"status": "failed", "message": str(error)}

    def trained(
        self, request: TrainingRequest, epochs: int, home: Path, asked: str
    ) -> tuple[ExecutionState, PreparedData]:
        """Where a training stood after ``epochs`` epochs, and the data that it was on.

        It is trained again where that is not kept: alike, since nothing in it is left to chance.
        Raises DataError, TrainingError.
        """
        changes = [change for change in request.changes if change.epoch < epochs]
        again = request.changed(views=[], epochs=epochs, changes=changes)
        try:
            ready = self._prepared(request.dataset, home, asked)
            state = self._after(request, epochs) or self._after(again, epochs)
            if state is None:
                self._train(asked, again, ready, epochs, 0.0)
                state = self._after(again, epochs)
        except _StoppedError:
            state = None
        if state is None:
            raise TrainingError("This network is no longer kept: train it again.")
        return state, ready.data

    def _after(self, request: TrainingRequest, epochs: int) -> ExecutionState | None:
        """What is kept of a training after so many epochs."""
        segment = next(s for s in request.segments if s.last >= epochs)
        state = self._states.latest(segment, epochs)
        return state if state is not None and state.epoch == epochs else None

    def _train(
        self,
        asked: str,
        request: TrainingRequest,
        ready: _Ready,
        known: int,
        earlier: float,
        *,
        tell: bool = True,
    ) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        path = request.alone.training_key
        send = partial(self._send, asked) if tell else lambda *_, **__: None
        network = ready.inside.network(request.config) if "inside" in request.views else {}
        if network:
            self._send(asked, "training_network", network=network)
        begun = time.perf_counter()
        segments, state = self._left(request, known)

        def on_epoch_end(run: Execution) -> None:
            self._paths.see(path, run)
            looks = bool(network) and ready.inside.is_due(run, request.config, request.epochs)
            inside = {"inside": ready.inside.look(run)} if looks else {}
            send("training_epoch", epoch=run.epoch, metrics=run.metrics, **inside)
            if network:
                self._states.keep_step(segments[0].key, run.state())
            if run.done and (segments[0].last == request.epochs or run.epoch < segments[0].last):
                seen.update(ready.views.at_end(run, request.views, request.config))

        def on_start(run: Execution) -> None:
            self._paths.start(path, run)
            if network and run.epoch == 0:
                self._send(asked, "training_start", inside=ready.inside.look(run))

        while True:
            segment = segments[0]
            # As large, and for as long, as a trial of a study may be; no more.
            outcome = LimitedTrainer(ready.trainer).run_trial(
                _task(request, segment.config, segment.last, state),
                earlier=earlier + time.perf_counter() - begun,
                report=lambda _: None,
                control=lambda: self._control(asked),
                checkpoint=lambda _, state: self._states.keep_end(segments[0].key, state),
                report_progress=lambda part: self._send(asked, "training_part", **asdict(part)),
                on_epoch_end=on_epoch_end,
                on_start=on_start,
            )
            goes_on = outcome.status is TrialStatus.COMPLETED and outcome.epochs == segment.last
            if not goes_on or len(segments) == 1:
                break
            state = going_on(outcome.executions[0].state, segment, segments[1])
            del segments[0]
        self._paths.end(path, request.epochs, outcome)
        names = ("status", "message", "score", "best_epoch", "epochs", "parameters")
        return {**{name: getattr(outcome, name) for name in names}, "views": seen}

    def _left(
        self, request: TrainingRequest, known: int
    ) -> tuple[list[Segment], ExecutionState | None]:
        """What is to be trained, and the latest state to go on from.

        Not from one after all epochs, of which nothing can be seen; nor from beyond the ``known``
        epochs, or those between would never be told.
        """
        segments = [*request.segments]
        for place in reversed(range(len(segments))):
            state = self._states.latest(segments[place], min(known, request.epochs - 1))
            if state is None:
                continue
            if state.epoch < segments[place].last:
                return segments[place:], state
            state = going_on(state, segments[place], segments[place + 1])
            return segments[place + 1 :], state
        return segments, None

    def _look_around(
        self, asked: str, request: TrainingRequest, wanted: Landscape, ready: _Ready, earlier: float
    ) -> dict[str, Any]:
        def train(one: TrainingRequest) -> dict[str, Any]:
            known = self._paths.epochs(one.training_key)
            return self._train(asked, one, ready, known, earlier, tell=False)

        send, check = partial(self._send, asked), partial(self._check, asked)
        return look_around(request, wanted, ready.trainer, self._paths, train, send, check)

    def _test_rates(
        self, asked: str, request: TrainingRequest, ramp: Ramp, trainer: Trainer
    ) -> dict[str, Any]:
        points: list[list[float]] = []
        sent, last = 0, time.monotonic()
        task = _task(request, request.config, ramp.epochs, None)
        refusal = refused(task, trainer.work(task))
        if refusal is not None:
            raise TrainingError(refusal.message)
        for point in trainer.range_test(task, ramp.low, ramp.high):
            self._check(asked)
            points.append([point.rate, point.loss])
            if time.monotonic() - last >= RAMP_BATCH_SECONDS:
                self._send(asked, "training_rates", first=sent, points=points[sent:])
                sent, last = len(points), time.monotonic()
        return {"status": "completed", "message": "", "rates": points}

    def _prepared(self, dataset: DatasetSpec, home: Path, asked: str) -> _Ready:
        key = dataset.model_dump_json()
        if key not in self._ready:
            noted = 0.0

            def progress(done: int, total: int) -> None:
                nonlocal noted
                self._check(asked)
                if total and time.monotonic() - noted >= NOTE_SECONDS:
                    noted = time.monotonic()
                    share = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"
                    message = f"Downloading {dataset.info.title}: {share}."
                    self._send(asked, "training_note", message=message)

            while len(self._ready) >= MOST_DATASETS:
                self._ready.popitem(last=False)
            data = prepare(dataset, home, progress)
            self._ready[key] = _Ready(data, Trainer(data), Views(data), Inside(data), data.outputs)
        self._ready.move_to_end(key)
        return self._ready[key]

    def _control(self, asked: str) -> Control:
        return Control.STOP if self._inbox.wants_stop(asked) else Control.CONTINUE

    def _check(self, asked: str) -> None:
        if self._inbox.wants_stop(asked):
            raise _StoppedError

    def _send(self, asked: str, kind: str, **fields: Any) -> None:
        self._pipe.send({"kind": kind, "request": asked, **fields})


def _task(
    request: TrainingRequest, config: Config, epochs: int, state: ExecutionState | None
) -> TrialTask:
    return TrialTask(
        config=config,
        seed=derive_seed(request.seed, "trial", request.trial),
        epochs=epochs,
        objective=request.objective_info,
        resume=(state,),
        keep_states=True,
    )


def _check_objective(request: TrainingRequest, outputs: int) -> None:
    """Raises DataError for a metric of two classes when the data turns out to have others."""
    task = request.dataset.info.task
    fitting = objectives_for(task, outputs if task == "classification" else 0)
    if request.objective not in fitting:
        raise DataError(
            f"objective: expected one of {', '.join(fitting)} for {outputs} classes, received "
            f"{request.objective!r}. Choose another."
        )
