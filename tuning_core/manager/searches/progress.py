"""What is known of a study only while it runs: how far its epochs are, on which machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class EpochProgress:
    """The epoch that a trial trains now and the ``share`` of it that is done, between 0 and 1."""

    trial: int
    execution: int
    epoch: int
    share: float


@dataclass(frozen=True)
class ClusterNode:
    """A machine of a cluster with room for so many ``lanes``; ``refused`` is why none is used."""

    name: str
    lanes: int
    refused: str


@dataclass(frozen=True)
class Live:
    """What the worker of a study tells and nobody records.

    ``epochs`` are those that run, by their trials' numbers, ``nodes`` the machines of its cluster.
    """

    epochs: Mapping[int, EpochProgress] = field(default_factory=dict)
    nodes: Sequence[ClusterNode] = ()

    def after(self, events: Iterable[Mapping[str, Any]]) -> Live:
        """What is known after these events; one that tells nodes tells all of them."""
        epochs, nodes = self.epochs, self.nodes
        for event in events:
            epochs = progress_after(epochs, event)
            if event.get("kind") == "nodes":
                nodes = [ClusterNode(**node) for node in event["nodes"]]
        return Live(epochs, nodes)

    def common(self, later: Live) -> Live:
        """What is still known later of the epochs, and the nodes."""
        kept = {n: p for n, p in self.epochs.items() if later.epochs.get(n) is p}
        return Live(kept, self.nodes)


def progress_after(
    known: Mapping[int, EpochProgress], event: Mapping[str, Any]
) -> Mapping[int, EpochProgress]:
    """What is known of each running trial after an event, by the trial's number.

    A progress event replaces what was known of its trial, a later one of the trial makes it void,
    and one that is about no trial all of it.
    """
    kind, trial = event.get("kind"), event.get("trial")
    if kind in ("note", "nodes"):
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
