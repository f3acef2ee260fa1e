"""The end of a trial whose worker was ended by the reader, or died over it again and again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tuning_core.catalog import Objective, TrialStatus
from tuning_core.journal.events import EventDict, TrialEnded
from tuning_core.journal.writing import Journal
from tuning_core.strategies import TrialRecord
from tuning_core.worker.search.early_termination import EarlyTermination
from tuning_core.worker.search.recall import Recalled

KILLED = "killed by the reader"

MOST_DEATHS = 3
"""Workers that may die over a trial, one after another, without any getting further in it."""


def deaths_in_a_row(events: Iterable[EventDict]) -> list[str]:
    """How the workers died that got no further in the trial that was cut short last."""
    deaths: list[str] = []
    trial, begun, reached = 0, False, (0, 0)
    for event in events:
        kind = event["kind"]
        if kind == "trial_started":
            if event["trial"] != trial:
                trial, reached, deaths = event["trial"], (0, 0), []
            begun = True
        elif kind == "epoch" and (event["execution"], event["epoch"]) > reached:
            reached, deaths = (event["execution"], event["epoch"]), []
        elif kind == "study_started":
            if not event.get("after"):
                deaths = []
            elif begun:
                deaths.append(event["after"])
            begun = False
    return deaths


def end_killed(
    journal: Journal,
    recalled: Recalled,
    killed: Collection[int],
    deaths: Sequence[str],
    termination: EarlyTermination,
    objective: Objective,
) -> None:
    """Record that the trial which was cut short has failed, if it is not to go on.

    That is when it is one of the ``killed``, or when too many workers died over it.
    """
    waiting = recalled.waiting
    if waiting is None:
        return
    number, seconds = waiting.suggestion.number, recalled.trial_seconds
    if number in killed:
        message = KILLED
    elif len(deaths) >= MOST_DEATHS:
        message = (
            f"{len(deaths)} workers died over it, one after another ({deaths[-1]}). Where memory "
            "ran out, smaller networks or batches may fit."
        )
    else:
        return
    epochs = [e for e in journal.recorded if e["kind"] == "epoch" and e["trial"] == number]
    recalled.end(TrialRecord(waiting.suggestion, TrialStatus.FAILED), objective)
    journal.append(
        TrialEnded.model_construct(
            trial=number,
            status=TrialStatus.FAILED,
            score=None,
            best_epoch=None,
            best_execution=None,
            epochs=max((event["epoch"] for event in epochs), default=0),
            seconds=seconds,
            parameters=None,
            executions=[],
            message=message,
        )
    )
    termination.end(TrialStatus.FAILED, None)
