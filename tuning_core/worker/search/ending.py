"""How a run of a study ended, in words; and the end of a trial that is not to go on."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from keras_tuner.errors import FatalError

from tuning_core.catalog import Objective, StudyStatus, TrialStatus
from tuning_core.datasets import DataError
from tuning_core.journal.events import EventDict, TrialEnded
from tuning_core.journal.writing import Journal
from tuning_core.own_models.errors import OwnModelError
from tuning_core.space import SpecError
from tuning_core.strategies import RecordError, ReplayableOracle
from tuning_core.worker.search.early_termination import EarlyTermination
from tuning_core.worker.search.replay import ReplayedStudy

_LOG = logging.getLogger(__name__)
Result = TypeVar("Result")

_FULL = (errno.ENOSPC, errno.EDQUOT)


class SearchStoppedError(FatalError):
    """The search is to end. Keras Tuner lets it pass.

    ``reason`` is ``stopped``, ``time``, ``target`` or ``settled``; ``message`` says more.
    """

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = message


class SearchBrokenError(FatalError):
    """Something other than the training of a trial went wrong; ``__cause__`` is what."""


class SearchEditedError(FatalError):
    """The user has edited the study: the search is to go on with what is in effect now."""


class WorkerFullError(FatalError):
    """The process has taken so much memory that another is to go on.

    ``trials`` have ended in it since the run began. Keras Tuner lets it pass.
    """

    def __init__(self, trials: int) -> None:
        super().__init__("the worker's memory is full")
        self.trials = trials


def guarded(call: Callable[..., Result], *arguments: Any, **fields: Any) -> Result:
    """Call and make sure that Keras Tuner does not take an error for a failed trial."""
    try:
        return call(*arguments, **fields)
    except Exception as error:
        raise SearchBrokenError(str(error)) from error


@dataclass(frozen=True)
class Ending:
    """How a run ended: the fields of study_ended."""

    status: StudyStatus
    reason: str
    message: str


def finished(oracle: ReplayableOracle) -> Ending:
    """The end of a search whose strategy asks for no more trials."""
    count = oracle.own_trials
    reason = oracle.stop_reason or "exhausted"
    sentences = {
        "trials": f"All {count} trials of the budget were run."
        if count != 1
        else "The one trial of the budget was run.",
        "exhausted": f"Every configuration of the space was tried, in {count} trials.",
        "grid complete": f"All {count} points of the grid were tried.",
        "list complete": f"All {count} configurations of the list were tried.",
        "sweep complete": f"Every hyperparameter was swept, in {count} trials.",
        "brackets complete": f"Every bracket of Hyperband was run, in {count} trials.",
    }
    return Ending(StudyStatus.FINISHED, reason, sentences[reason])


def ended_early(reason: str, message: str = "") -> Ending:
    """The end of a search before its trials were done.

    The user ended it (stopped, paused), the clock (time), or its scores, as ``message`` says.
    """
    if message:
        return Ending(StudyStatus.FINISHED, reason, message)
    if reason == "time":
        return Ending(StudyStatus.FINISHED, "time", "The time limit was reached.")
    if reason == "paused":
        return Ending(
            StudyStatus.PAUSED,
            reason,
            "Paused. Resume goes on from the running trial's last epoch.",
        )
    return Ending(StudyStatus.STOPPED, reason, "Stopped. Resume continues it.")


def failed(error: BaseException, folder: Path) -> Ending:
    """The end of a search that an error ended; ``folder`` is the study's."""
    if isinstance(error, DataError | SpecError | RecordError | OwnModelError):
        return Ending(StudyStatus.FAILED, "error", str(error))
    _LOG.error("The search failed", exc_info=error)
    if isinstance(error, OSError):
        return Ending(StudyStatus.FAILED, "error", explained(error, folder))
    return Ending(
        StudyStatus.FAILED,
        "error",
        f"The search failed ({_first_line(error)}). The study's log says more; Resume tries again.",
    )


def explained(error: OSError, folder: Path) -> str:
    """One sentence about a file that could not be written or read, and what to do."""
    if error.errno in _FULL:
        return (
            f"The disk of {folder.parent.parent} is full. Free some space, then resume the study."
        )
    name = error.filename or folder
    return f"{name} cannot be used ({error.strerror or error}). Check its permissions, then resume."


def _first_line(error: BaseException) -> str:
    text = (str(error).strip().splitlines() or [""])[0][:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


KILLED = "killed by the reader"

MOST_DEATHS_OVER_A_TRIAL = 3
"""Workers that may die over a trial, one after another, without any getting further in it."""


def deaths_in_a_row(events: Iterable[EventDict]) -> dict[int, list[str]]:
    """How the workers died that got no further in each trial that has not ended, by number."""
    deaths: dict[int, list[str]] = {}
    reached: dict[int, tuple[int, int]] = {}
    running: set[int] = set()
    for event in events:
        kind = event["kind"]
        if kind == "trial_started":
            running.add(event["trial"])
            deaths.setdefault(event["trial"], [])
        elif kind == "epoch":
            trial, place = event["trial"], (event["execution"], event["epoch"])
            if place > reached.get(trial, (0, 0)):
                reached[trial], deaths[trial] = place, []
        elif kind == "trial_ended":
            running.discard(event["trial"])
            deaths.pop(event["trial"], None)
        elif kind == "study_started":
            for trial in deaths:
                if not event.get("after"):
                    deaths[trial] = []
                elif trial in running:
                    deaths[trial].append(event["after"])
            running.clear()
    return deaths


def end_killed(
    journal: Journal,
    replayed: ReplayedStudy,
    killed: Collection[int],
    deaths: Mapping[int, Sequence[str]],
    termination: EarlyTermination,
    objective: Objective,
) -> None:
    """Record that trials which were cut short have failed, if they are not to go on.

    Those are the ``killed``, and those over which too many workers died.
    """
    for waiting in replayed.waiting:
        number = waiting.suggestion.number
        died = deaths.get(number, ())
        if number in killed:
            message = KILLED
        elif len(died) >= MOST_DEATHS_OVER_A_TRIAL:
            message = lost_too_often(died)
        else:
            continue
        epochs = [e for e in journal.recorded if e["kind"] == "epoch" and e["trial"] == number]
        reached = max((event["epoch"] for event in epochs), default=0)
        seconds = replayed.trial_seconds[number]
        replayed.end(number, TrialStatus.FAILED, None, objective)
        journal.append(failure(number, message, epochs=reached, seconds=seconds))
        termination.end(number, TrialStatus.FAILED, None)


def lost_too_often(deaths: Sequence[str]) -> str:
    """Why a trial is not tried again, by how its processes died."""
    return (
        f"{len(deaths)} workers died over it, one after another ({deaths[-1]}). Where memory "
        "ran out, smaller networks or batches may fit."
    )


def failure(number: int, message: str, *, epochs: int, seconds: float) -> TrialEnded:
    """The event of a trial that failed without an outcome of its own."""
    return TrialEnded.model_construct(
        trial=number,
        status=TrialStatus.FAILED,
        score=None,
        best_epoch=None,
        best_execution=None,
        epochs=epochs,
        seconds=seconds,
        parameters=None,
        executions=[],
        message=message,
    )
