"""Looking on while a tuner of Keras Tuner searches: nothing of what it does is changed.

Methods are wrapped on the instance, while it searches: each calls the tuner's own, whatever a
subclass has made of it, and returns or raises what that does.
"""

from __future__ import annotations

import functools
import sys
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tuning_core.watching.attempt import Attempt, Execution, direction_of, numbers, planned
from tuning_core.watching.hooks import Hook
from tuning_core.watching.messages import last_line
from tuning_core.watching.recording import Recording, quietly

PACKAGES = ("keras_tuner", "keras", "tensorflow", "jax", "torch")


class TunerWatch:
    """Tells a recording what a tuner does. :meth:`study` is known once there is one."""

    def __init__(self, tuner: Any, name: str, home: Path | None) -> None:
        self._tuner, self._name, self._home = tuner, name, home
        self._recording: Recording | None = None
        self._attempt: Attempt | None = None
        self._hooks: list[Hook] = []
        self._trained: dict[str, int] = {}
        self._metrics: dict[str, str] = {}
        self._space: set[str] = set()
        self._objective = tuner.oracle.objective
        Hook(tuner, "search", self._search).watch = self

    @classmethod
    def of(cls, tuner: Any, name: str, home: Path | None) -> TunerWatch:
        """What looks on at a tuner; the same one as before, where there is one."""
        before = getattr(vars(tuner).get("search"), "watch", None)
        return before if isinstance(before, cls) else cls(tuner, name, home)

    @property
    def study(self) -> str | None:
        """The id of the study that is written, None before the search and where there is none."""
        return None if self._recording is None else self._recording.study

    def _search(self, search: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        self._recording = None
        quietly(None, self._begin, options)
        try:
            result = search(*arguments, **options)
        except BaseException as error:
            stopped = isinstance(error, KeyboardInterrupt | SystemExit)
            self._end("interrupted" if stopped else "failed", last_line(error))
            raise
        self._end("finished", "")
        return result

    def _begin(self, options: Mapping[str, Any]) -> None:
        tuner, oracle = self._tuner, self._tuner.oracle
        self._attempt = None
        self._space.clear()
        self._objective = oracle.objective
        facts = {
            "name": self._name or str(tuner.project_name),
            "search": type(tuner).__name__,
            "folder": str(Path(tuner.project_dir).resolve()),
            "objective": (self._objective.name, self._objective.direction),
            "space": self._new_hyperparameters(oracle.hyperparameters),
            "metrics": dict(self._metrics),
            "trials": [trial.get_state() for trial in oracle.trials.values()],
            "planned": planned(tuner, options),
            "versions": {n: str(sys.modules[n].__version__) for n in PACKAGES if n in sys.modules},
        }
        self._recording = Recording(self._home, functools.partial(_writer, facts))
        methods = ("run_trial", "on_trial_begin", "on_trial_end", "on_epoch_begin", "on_epoch_end")
        for name in (*methods, "_build_and_fit_model"):
            if hasattr(tuner, name):
                self._hooks.append(Hook(tuner, name, getattr(self, f"_{name.lstrip('_')}")))
        if getattr(tuner, "hypermodel", None) is not None:
            self._hooks.append(Hook(tuner.hypermodel, "build", self._build))

    def _end(self, status: str, message: str) -> None:
        while self._hooks:
            self._hooks.pop().remove()
        if self._recording is not None:
            quietly(None, self._recording.end, status, message)

    def _tell(self, what: Callable[..., None], *arguments: Any) -> None:
        if self._recording is not None:
            quietly(self._recording, what, *arguments)

    def _on_trial_begin(self, method: Callable[..., Any], trial: Any) -> Any:
        self._tell(self._trial_begins, trial)
        return method(trial)

    def _on_trial_end(self, method: Callable[..., Any], trial: Any) -> Any:
        try:
            return method(trial)
        finally:
            self._tell(self._trial_ends, trial)

    def _on_epoch_begin(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        self._tell(self._epoch_begins)
        return method(*arguments, **options)

    def _on_epoch_end(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        try:
            return method(*arguments, **options)
        finally:
            self._tell(lambda: self._epoch_ends(*arguments[1:], **options))

    def _run_trial(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        results = method(*arguments, **options)
        self._tell(self._trial_returns, results)
        return results

    def _build_and_fit_model(
        self, method: Callable[..., Any], *arguments: Any, **options: Any
    ) -> Any:
        attempt = self._attempt
        if attempt is None:
            return method(*arguments, **options)
        attempt.executions.append(Execution())
        attempt.fitting = True
        try:
            return method(*arguments, **options)
        finally:
            attempt.fitting = False

    def _build(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        model = method(*arguments, **options)
        self._tell(self._watch_fits, model)
        return model

    def _watch_fits(self, model: Any) -> None:
        """Have the epochs of ``model.fit`` told, also where no callback of the tuner is given."""
        from keras_tuner.src.engine.tuner_utils import TunerCallback

        if not hasattr(model, "count_params") or "fit" in vars(model):
            return
        of_class, held = type(model).fit, weakref.ref(model)

        @functools.wraps(model.fit)
        def fit(*arguments: Any, **options: Any) -> Any:
            attempt, given = self._attempt, options.get("callbacks") or []
            if attempt is not None and isinstance(given, list | tuple) and len(arguments) <= _PLACE:
                if not attempt.fitting:
                    attempt.executions.append(Execution())
                if not any(isinstance(each, TunerCallback) for each in given):
                    ours = TunerCallback(self, attempt.trial)
                    options["callbacks"] = [*given, ours]
            return of_class(held(), *arguments, **options)

        model.fit = fit

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        """What a callback of Keras Tuner calls of its tuner."""
        self._tell(self._epoch_begins)

    def on_epoch_end(self, trial: Any, model: Any, epoch: int, logs: Any = None) -> None:
        """What a callback of Keras Tuner calls of its tuner."""
        self._tell(self._epoch_ends, model, epoch, logs)

    def on_batch_begin(self, *_: Any) -> None:
        """What a callback of Keras Tuner calls of its tuner."""

    on_batch_end = on_batch_begin

    def _trial_begins(self, trial: Any) -> None:
        self._attempt = Attempt(trial, self._trained.get(trial.trial_id, 0), trial.message)
        self._configure()

    def _epoch_begins(self) -> None:
        if self._attempt is not None:
            self._attempt.epoch_began = time.monotonic()

    def _epoch_ends(self, model: Any, epoch: int, logs: Any = None) -> None:
        attempt = self._attempt
        if attempt is None:
            return
        if attempt.parameters is None and getattr(model, "built", False):
            attempt.parameters = int(model.count_params())
            self._configure()
        began, attempt.epoch_began = attempt.epoch_began, None
        seconds = None if began is None else time.monotonic() - began
        if not attempt.executions:
            attempt.executions.append(Execution())
        self._epoch(len(attempt.executions) - 1, epoch + 1, numbers(logs), seconds)

    def _epoch(
        self, place: int, epoch: int, metrics: dict[str, float], seconds: float | None
    ) -> None:
        """Tell of an epoch; one that a second ``fit`` counts anew comes after those before it."""
        attempt, objective = self._attempt, self._objective
        assert attempt is not None
        assert self._recording is not None
        execution = attempt.executions[place]
        epoch = max(epoch, max(execution.epochs, default=0) + 1)
        if objective.name not in metrics and objective.has_value(metrics):
            metrics[objective.name] = float(objective.get_value(metrics))
        execution.epochs[epoch] = metrics
        new = [name for name in metrics if name not in self._metrics]
        if new:
            self._metrics.update({name: direction_of(name, objective) for name in new})
            self._recording.tell("metrics_seen", dict(self._metrics))
        number = attempt.before + place + 1
        told = (attempt.trial.trial_id, number, epoch, metrics, seconds)
        self._recording.tell("epoch_ended", *told)

    def _trial_returns(self, results: Any) -> None:
        """What ``run_trial`` returned; epochs that nobody told of are in it, or it is the one."""
        attempt = self._attempt
        if attempt is None:
            return
        for place, result in enumerate(results if isinstance(results, list) else [results]):
            if place == len(attempt.executions):
                attempt.executions.append(Execution())
            execution = attempt.executions[place]
            history = getattr(result, "history", None)
            if isinstance(history, Mapping):
                rows = zip(*history.values(), strict=False) if not execution.epochs else ()
                for epoch, row in enumerate(rows, start=1):
                    self._epoch(place, epoch, numbers(dict(zip(history, row, strict=True))), None)
                continue
            returned = result if isinstance(result, Mapping) else {self._objective.name: result}
            execution.result = numbers(returned)
            if execution.result and not execution.epochs:
                self._epoch(place, 1, dict(execution.result), None)

    def _trial_ends(self, trial: Any) -> None:
        attempt = self._attempt
        if attempt is None or self._recording is None:
            return
        self._configure()
        self._attempt = None
        trial = self._tuner.oracle.trials.get(trial.trial_id, trial)
        self._trained[trial.trial_id] = attempt.before + len(attempt.executions)
        self._recording.tell(
            "trial_ended",
            {
                "trial_id": trial.trial_id,
                "status": trial.status,
                "score": None if trial.score is None else float(trial.score),
                "message": trial.message if trial.message != attempt.message else None,
                "seconds": time.monotonic() - attempt.began,
                "parameters": attempt.parameters,
                "before": attempt.before,
                "executions": attempt.executions,
            },
            urgent=True,
        )

    def _configure(self) -> None:
        """Tell of the trial's values, where there are more of them than were told of."""
        attempt = self._attempt
        assert attempt is not None
        assert self._recording is not None
        new = self._new_hyperparameters(attempt.trial.hyperparameters)
        if new:
            self._recording.tell("hyperparameters_seen", new)
        values = dict(attempt.trial.hyperparameters.values)
        if values != attempt.values:
            attempt.values = values
            self._recording.tell("trial_began", attempt.trial.trial_id, values)

    def _new_hyperparameters(self, found: Any) -> list[dict[str, Any]]:
        """The declarations that were not told of yet, as Keras Tuner writes them into files."""
        new = []
        for each in found.space:
            entry = {"class_name": type(each).__name__, "config": each.get_config()}
            mark = repr(entry)
            if mark not in self._space:
                self._space.add(mark)
                new.append(entry)
        return new


_PLACE = 5
"""Arguments of ``Model.fit`` that come before ``callbacks``."""


def _writer(facts: Mapping[str, Any], home: Path) -> Any:
    from tuning_core.watching.tuner_writer import TunerWriter

    return TunerWriter(home, facts)
