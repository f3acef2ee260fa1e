"""Looking on while a study of Optuna is optimized: nothing of what it does is changed.

All that happens to a trial passes through the study's storage, whose methods are wrapped on the
instance. Where ``optimize`` begins and ends is seen by the flag that it sets for its thread.
"""

from __future__ import annotations

import functools
import inspect
import sys
import traceback
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import RLock
from types import FrameType, TracebackType
from typing import Any

from tuning_core.watching.hooks import Hook
from tuning_core.watching.messages import last_line, of_traceback
from tuning_core.watching.recording import Recording, quietly

_watched: weakref.WeakKeyDictionary[Any, StudyWatch] = weakref.WeakKeyDictionary()


def watched(study: Any, name: str, home: Path | None) -> StudyWatch:
    """What looks on at a study; the same one as before, where there is one."""
    if study not in _watched:
        _watched[study] = StudyWatch(study, name, home)
    return _watched[study]


class StudyWatch:
    """A callback of ``Study.optimize`` that tells a recording what happens to its trials.

    It has seen a trial's end before it is called. :meth:`study` is known once there is one.
    """

    def __init__(self, study: Any, name: str, home: Path | None) -> None:
        self._name, self._home = name, home
        self._of = weakref.ref(study)
        self._study_id, self._storage = study._study_id, study._storage
        self._recording: Recording | None = None
        self._ids: dict[int, int] = {}
        self._lock = RLock()
        for method in (
            "create_new_trial",
            "set_trial_param",
            "set_trial_intermediate_value",
            "set_trial_state_values",
        ):
            Hook(self._storage, method, getattr(self, f"_{method}"))
        if hasattr(study, "_thread_local"):
            study._thread_local = _loop_flags(type(study._thread_local), self)

    def __call__(self, study: Any, trial: Any) -> None:
        """Nothing is left to be done after a trial."""

    def __deepcopy__(self, memo: Any) -> StudyWatch:
        return self

    @property
    def study(self) -> str | None:
        """The id of the study that is written, None before the search and where there is none."""
        return None if self._recording is None else self._recording.study

    def loop(self, runs: bool) -> None:
        """``optimize`` begins to run trials in this thread, or has ended."""
        if runs:
            quietly(self._recording, self._begin, _wanted())
            return
        recording, study = self._recording, self._of()
        error = _of_optimize(sys.exc_info()[1])
        if recording is None or study is None:
            return
        quietly(recording, self._tell_of_others, study)
        if error is None:
            quietly(None, recording.end, "finished")
        else:
            stopped = isinstance(error, KeyboardInterrupt | SystemExit)
            status = "interrupted" if stopped else "failed"
            quietly(None, recording.end, status, last_line(error))

    def _begin(self, wanted: int = 0) -> None:
        """Begin to record, unless that is done; so many trials are ``wanted``, 0 for unknown."""
        with self._lock:
            study = self._of()
            if study is None or (self._recording is not None and not self._recording.ended):
                return
            trials = study.get_trials(deepcopy=False)
            self._ids = {trial._trial_id: trial.number for trial in trials}
            optuna = sys.modules["optuna"]
            names = study.metric_names or ()
            ended = [trial for trial in trials if trial.state.is_finished()]
            facts = {
                "name": self._name or study.study_name,
                "search": type(study.sampler).__name__,
                "key": _key(study),
                "lasting": _place(study) is not None,
                "directions": [direction.name for direction in study.directions],
                "metric_names": list(names),
                "trials": ended,
                "planned": len(ended) + wanted,
                "to_json": optuna.distributions.distribution_to_json,
                "versions": {"optuna": optuna.__version__},
            }
            writer = functools.partial(_writer, facts)
            self._recording = Recording(self._home, writer, at_exit="finished")

    def _tell_of_others(self, study: Any) -> None:
        """Of trials that other processes have run on the same storage."""
        ended = [t for t in study.get_trials(deepcopy=False) if t.state.is_finished()]
        assert self._recording is not None
        self._recording.tell("others_ended", ended)

    def _tell(self, what: Callable[..., None], *arguments: Any) -> None:
        quietly(self._recording, what, *arguments)

    def _create_new_trial(
        self, method: Callable[..., int], study_id: int, *arguments: Any, **options: Any
    ) -> int:
        if study_id != self._study_id:
            return method(study_id, *arguments, **options)
        # Before there is the first new one: those from before are told of at once.
        self._tell(self._begin)
        trial_id = method(study_id, *arguments, **options)
        self._tell(self._created, trial_id, *arguments, *options.values())
        return trial_id

    def _set_trial_param(
        self, method: Callable[..., None], trial_id: int, *arguments: Any, **options: Any
    ) -> None:
        method(trial_id, *arguments, **options)
        self._tell(self._told, "parameter_chosen", trial_id, *arguments, *options.values())

    def _set_trial_intermediate_value(
        self, method: Callable[..., None], trial_id: int, *arguments: Any, **options: Any
    ) -> None:
        method(trial_id, *arguments, **options)
        self._tell(self._told, "value_reported", trial_id, *arguments, *options.values())

    def _set_trial_state_values(
        self, method: Callable[..., bool], trial_id: int, *arguments: Any, **options: Any
    ) -> bool:
        changed = method(trial_id, *arguments, **options)
        if changed:
            self._tell(self._changed, trial_id)
        return changed

    def _created(self, trial_id: int, template: Any = None) -> None:
        self._ids[trial_id] = self._storage.get_trial_number_from_id(trial_id)
        if template is None or template.state.name == "RUNNING":
            self._told("trial_began", trial_id)
        elif template.state.is_finished():
            self._changed(trial_id)

    def _changed(self, trial_id: int) -> None:
        if trial_id not in self._ids:
            return
        trial = self._storage.get_trial(trial_id)
        if trial.state.is_finished():
            failure = _failure() if trial.state.name == "FAIL" else ""
            self._told("trial_ended", trial_id, trial, failure)
        elif trial.state.name == "RUNNING":
            self._told("trial_began", trial_id)

    def _told(self, method: str, trial_id: int, *arguments: Any) -> None:
        number = self._ids.get(trial_id)
        if number is not None and self._recording is not None:
            urgent = method == "trial_ended"
            self._recording.tell(method, number + 1, *arguments, urgent=urgent)


def _loop_flags(kind: type[Any], watch: StudyWatch) -> Any:
    """What Optuna keeps for each thread, which says when it is told that a loop runs there."""

    class Flags(kind):
        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)
            if name == "in_optimize_loop":
                watch.loop(bool(value))

    return Flags()


def _wanted() -> int:
    """How many trials the loop is to run that begins here; 0 where it does not say, or has jobs."""
    frame = _frame("_optimize")
    return int(frame.f_locals.get("n_trials") or 0) if frame is not None else 0


def _frame(name: str) -> FrameType | None:
    """The innermost call of a function of this name in this thread."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_name != name:
        frame = frame.f_back
    return frame


def _of_optimize(error: BaseException | None) -> BaseException | None:
    """The exception if it passes through ``optimize``: not one that the script handles by it."""
    place: TracebackType | None = None if error is None else error.__traceback__
    while place is not None:
        if place.tb_frame.f_code.co_name == "_optimize":
            return error
        place = place.tb_next
    return None


def _failure() -> str:
    """Why the trial that is ended here failed, which Optuna writes into its log alone."""
    telling, running = _frame("_tell_with_warning"), _frame("_run_trial")
    refused = telling and telling.f_locals.get("values_conversion_failure_message")
    if refused:
        return str(refused)
    error = running and running.f_locals.get("func_err")
    return of_traceback("".join(traceback.format_exception(error))) if error else ""


def _key(study: Any) -> str:
    """What tells a study from all others."""
    return f"optuna {_place(study) or id(study._storage)} {study.study_name}"


def _place(study: Any) -> str | None:
    """Where its storage is, in whichever process; None of one that ends with this process."""
    backend = getattr(study._storage, "_backend", study._storage)
    found = getattr(backend, "url", None) or getattr(backend, "_file_path", None)
    if found is None or ":memory:" in str(found):
        return None
    kind, separator, path = str(found).rpartition(":///")
    if separator and not kind.startswith("sqlite"):
        return str(found)
    return str(Path(path).resolve()) if separator or "://" not in path else path


def _writer(facts: Mapping[str, Any], home: Path) -> Any:
    from tuning_core.watching.optuna_writer import OptunaWriter

    return OptunaWriter(home, facts)
