"""The nodes of a Ray cluster: which can train, and why the others cannot."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LOOK_SECONDS = 1.0
PACKAGES = ("tensorflow", "keras", "keras-tuner", "numpy", "ray")
"""What must be the same on every node, so that a trial is the same wherever it is trained."""


@dataclass(eq=False)
class Node:
    """A machine of the cluster.

    ``slots`` lanes fit on it, of a core each, which share its GPUs. ``answer`` is Ray's reference
    to its versions until they are known. ``refused`` says why it is not used, "" when it is.
    """

    id: str
    name: str
    slots: int
    gpu_share: float
    answer: Any
    alive: bool = True
    refused: str = ""
    failures: int = 0


class Nodes:
    """The nodes, looked at once a second; ``news`` are sentences that nobody was told yet."""

    def __init__(self, ray: Any) -> None:
        self.news: list[str] = []
        self._ray = ray
        self._nodes: dict[str, Node] = {}
        self._looked = 0.0
        self._look_at_versions = versions_reader()
        self._here = self._look_at_versions()

    def look(self) -> list[Node]:
        """The nodes that can train now."""
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            alive = {node["NodeID"]: node for node in self._ray.nodes() if node["Alive"]}
            for id in [id for id in self._nodes if id not in alive]:
                node = self._nodes.pop(id)
                node.alive = False
                self.news.append(f"Node {node.name} has left the cluster.")
            for id in [id for id in alive if id not in self._nodes]:
                self._nodes[id] = self._come(alive[id])
            for node in self._nodes.values():
                self._compare(node)
        return [n for n in self._nodes.values() if n.answer is None and not n.refused and n.slots]

    @property
    def undecided(self) -> bool:
        """Whether a node has come whose versions are not known yet."""
        return any(node.answer is not None for node in self._nodes.values())

    def refuse(self, node: Node, reason: str) -> None:
        """Use a node no more."""
        node.refused = reason
        self.news.append(f"Node {node.name} is not used: {reason}")

    def forgive(self) -> None:
        """Try again, for another study, the nodes on which lanes have ended."""
        for node in self._nodes.values():
            if node.failures:
                node.failures, node.refused = 0, ""

    def shortage(self, address: str) -> str:
        """Why nothing can be trained, and what to do."""
        refused = [node for node in self._nodes.values() if node.refused]
        reasons = " ".join(f"Node {node.name} is not used: {node.refused}" for node in refused)
        return (
            f"The Ray cluster at {address} has no node left that can train. {reasons}".strip()
            + " Start Ray on a machine with a free core, then resume the study: it goes on from "
            "its last epochs."
        )

    def _come(self, found: dict[str, Any]) -> Node:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        id, resources = found["NodeID"], found["Resources"]
        name = str(found.get("NodeName") or found["NodeManagerAddress"])[:60]
        if any(node.name == name for node in self._nodes.values()):
            name = f"{name} {id[:6]}"
        slots = int(resources.get("CPU", 0))
        share = min(1.0, resources.get("GPU", 0) / slots // 1e-4 * 1e-4) if slots else 0.0
        answer = None
        if slots:
            here = NodeAffinitySchedulingStrategy(id, soft=False)
            look = self._ray.remote(self._look_at_versions)
            answer = look.options(num_cpus=0, max_retries=0, scheduling_strategy=here).remote()
        return Node(id, name, slots, share, answer)

    def _compare(self, node: Node) -> None:
        if node.answer is None or not self._ray.wait([node.answer], timeout=0)[0]:
            return
        answer, node.answer = node.answer, None
        try:
            there = self._ray.get(answer)
        except self._ray.exceptions.RayError as error:
            self.refuse(node, f"it does not answer ({str(error).splitlines()[0][:200]}).")
            return
        differing = [
            f"{package} {there[package] or '(none)'} where this machine has {here}"
            for package, here in self._here.items()
            if there[package] != here
        ]
        if differing:
            self.refuse(
                node,
                f"it has {', '.join(differing)}. Install the same there, then start Ray on it "
                "again.",
            )
        else:
            lanes = "1 lane" if node.slots == 1 else f"{node.slots} lanes"
            self.news.append(f"Node {node.name} has joined, with room for {lanes}.")


def versions_reader() -> Callable[[], dict[str, str]]:
    """A function that tells versions; Ray ships it whole, also to where ours cannot be loaded."""
    packages = PACKAGES

    def versions() -> dict[str, str]:
        from importlib import metadata
        from platform import python_version

        found = {"python": python_version()}
        for package in packages:
            try:
                found[package] = metadata.version(package)
            except metadata.PackageNotFoundError:
                found[package] = ""
        return found

    return versions
