"""How far the running epoch is: known while it runs, recorded nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EpochProgress:
    """The epoch that trains now and the ``share`` of it that is done, between 0 and 1."""

    trial: int
    execution: int
    epoch: int
    share: float


def progress_after(known: EpochProgress | None, event: Mapping[str, Any]) -> EpochProgress | None:
    """What is known after an event: a progress event replaces it, a later one makes it void."""
    if event.get("kind") == "note":
        return known
    if event.get("kind") != "progress":
        return None
    return EpochProgress(
        trial=int(event["trial"]),
        execution=int(event["execution"]),
        epoch=int(event["epoch"]),
        share=min(1.0, max(0.0, float(event["share"]))),
    )
