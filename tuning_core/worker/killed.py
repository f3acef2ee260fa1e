"""The end of a trial that was stuck, whose worker the reader has ended."""

from __future__ import annotations

from collections.abc import Collection

from tuning_core.catalog import Objective, TrialStatus
from tuning_core.strategies import TrialRecord
from tuning_core.worker.early_termination import EarlyTermination
from tuning_core.worker.journal import Journal
from tuning_core.worker.recall import Recalled

KILLED = "killed by the reader"


def end_killed(
    journal: Journal,
    recalled: Recalled,
    killed: Collection[int],
    termination: EarlyTermination,
    objective: Objective,
) -> None:
    """Record that the trial which was cut short has failed, if it is one of the ``killed``."""
    waiting = recalled.waiting
    if waiting is None or waiting.suggestion.number not in killed:
        return
    number, seconds = waiting.suggestion.number, recalled.trial_seconds
    epochs = [e for e in journal.recorded if e["kind"] == "epoch" and e["trial"] == number]
    recalled.end(TrialRecord(waiting.suggestion, TrialStatus.FAILED), objective)
    journal.append(
        "trial_ended",
        trial=number,
        status=TrialStatus.FAILED,
        score=None,
        best_epoch=None,
        best_execution=None,
        epochs=max((event["epoch"] for event in epochs), default=0),
        seconds=seconds,
        parameters=None,
        executions=[],
        message=KILLED,
    )
    termination.end(TrialStatus.FAILED, None)
