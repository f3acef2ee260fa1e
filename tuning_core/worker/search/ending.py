"""How a run of a study ended, in words."""

from __future__ import annotations

import errno
import logging
from dataclasses import dataclass
from pathlib import Path

from tuning_core.catalog import StudyStatus
from tuning_core.datasets import DataError
from tuning_core.space import SpecError
from tuning_core.strategies import RecordError, ReplayableOracle

_LOG = logging.getLogger(__name__)
_FULL = (errno.ENOSPC, errno.EDQUOT)


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


def ended_early(reason: str) -> Ending:
    """The end of a search that the reader or the clock ended: stopped, paused or time."""
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
    if isinstance(error, DataError | SpecError | RecordError):
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
