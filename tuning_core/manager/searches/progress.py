"""How far the running epochs are: known while they run, recorded nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EpochProgress:
    """The epoch that a trial trains now and the ``share`` of it that is done, between 0 and 1."""

    trial: int
    execution: int
    epoch: int
    share: float


def progress_after(
    known: Mapping[int, EpochProgress], event: Mapping[str, Any]
) -> Mapping[int, EpochProgress]:
    """What is known of each running trial after an event, by the trial's number.

    A progress event replaces what was known of its trial, a later one of the trial makes it void,
    and one that is about no trial all of it.
    """
    kind, trial = event.get("kind"), event.get("trial")
    if kind == "note":
        return known
    if trial is None:
        return {}
    others = {number: progress for number, progress in known.items() if number != trial}
    if kind != "progress":
        return others
    progress = EpochProgress(
        trial=int(trial),
        execution=int(event["execution"]),
        epoch=int(event["epoch"]),
        share=min(1.0, max(0.0, float(event["share"]))),
    )
    return {**others, progress.trial: progress}
