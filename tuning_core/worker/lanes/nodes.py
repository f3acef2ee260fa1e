"""A Ray cluster and its nodes: which can train, and why the others cannot."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tuning_core.catalog.limits import VARIABLE as LIMITS
from tuning_core.child_process import ROOT
from tuning_core.resources import LOCAL_RAY, cores, free_memory_bytes

LOOK_SECONDS = 1.0
MOST_FAILURES = 3
"""Lanes and questions that may fail on a node that lives, before any lane is ready there."""
PACKAGES = ("tensorflow", "keras", "keras-tuner", "numpy", "ray")
"""What must be the same on every node, so that a trial is the same wherever it is trained."""


OBJECT_STORE_BYTES = 1_000_000_000
"""What a cluster on this machine alone may keep of rows; beyond, Ray uses the disk."""
PASSED_ON = (
    *("KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    LIMITS,
)
"""What a lane's environment must have as the worker's."""


class ClusterError(Exception):
    """The cluster cannot be used now; ``str()`` says why and what to do."""


@dataclass(eq=False)
class Node:
    """A machine of the cluster.

    ``slots`` lanes fit on it, of a core each, which share its GPUs. It is asked for its versions:
    ``answer`` is Ray's reference to them while it has not answered; ``told`` whether it ever has.
    ``failures`` are those since a lane was last ready, ``trouble`` says how the last one ended.
    ``refused`` says why it is not used, "" when it is.
    """

    id: str
    name: str
    slots: int
    gpu_share: float
    answer: Any = None
    told: bool = False
    failures: int = 0
    trouble: str = ""
    refused: str = ""


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
                self.news.append(f"Node {self._nodes.pop(id).name} has left the cluster.")
            for id in [id for id in alive if id not in self._nodes]:
                self._nodes[id] = self._come(alive[id])
            for node in self._nodes.values():
                self._compare(node)
        return [n for n in self._nodes.values() if n.answer is None and not n.refused and n.slots]

    @property
    def undecided(self) -> bool:
        """Whether a node was asked that has not answered yet."""
        return any(node.answer is not None for node in self._nodes.values())

    def doubt(self, node: Node, trouble: str) -> None:
        """Use a node no more until it has answered anew, since a lane has ended there.

        A node that has died is noticed by Ray some 15 seconds later; until then all that is sent
        to it is lost. ``trouble`` says how a lane ended that had not been ready.
        """
        if trouble:
            node.failures, node.trouble = node.failures + 1, f"lanes end there: {trouble}"
        if node.answer is None and not node.refused:
            node.answer = self._asked(node.id)

    def listed(self) -> list[dict[str, Any]]:
        """What a page says of each node."""
        return [
            {"name": node.name, "lanes": node.slots, "refused": node.refused}
            for node in self._nodes.values()
        ]

    def reasons(self) -> str:
        """Why nodes that are there are not used, each in a sentence after a space."""
        refused = [node for node in self._nodes.values() if node.refused]
        return "".join(f" Node {node.name} is not used: {node.refused}" for node in refused)

    def _come(self, found: dict[str, Any]) -> Node:
        id, resources = found["NodeID"], found["Resources"]
        name = str(found.get("NodeName") or found["NodeManagerAddress"])[:60]
        if any(node.name == name for node in self._nodes.values()):
            name = f"{name} {id[:6]}"
        slots = int(resources.get("CPU", 0))
        share = gpu_share(resources.get("GPU", 0), slots)
        return Node(id, name, slots, share, self._asked(id) if slots else None)

    def _asked(self, id: str) -> Any:
        """Ask a node for its versions."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        there = NodeAffinitySchedulingStrategy(id, soft=False)
        ask = self._ray.remote(self._look_at_versions)
        return ask.options(num_cpus=0, max_retries=0, scheduling_strategy=there).remote()

    def _compare(self, node: Node) -> None:
        if node.answer is None or not self._ray.wait([node.answer], timeout=0)[0]:
            return
        answer, node.answer = node.answer, None
        try:
            there = self._ray.get(answer)
        except self._ray.exceptions.RayError as error:
            node.failures, node.trouble = node.failures + 1, line_of(error)
            if node.failures < MOST_FAILURES:
                node.answer = self._asked(node.id)  # It may be about to be known as dead.
                return
            there = None
        differing = [
            f"{package} {there[package] or '(none)'} where this machine has {here}"
            for package, here in self._here.items()
            if there and there[package] != here
        ]
        if differing:
            node.refused = (
                f"it has {', '.join(differing)}. Install the same there, then start Ray on it "
                "again."
            )
        elif node.failures >= MOST_FAILURES:
            node.refused = f"{node.trouble.rstrip('.')}."
        if node.refused:
            self.news.append(f"Node {node.name} is not used: {node.refused}")
        elif not node.told:
            node.told = True
            lanes = "1 lane" if node.slots == 1 else f"{node.slots} lanes"
            self.news.append(f"Node {node.name} has joined, with room for {lanes}.")


def gpu_share(gpus: float, lanes: int) -> float:
    """The part of a GPU that each lane gets; Ray takes it from one GPU, to 4 decimals."""
    if not gpus or not lanes:
        return 0.0
    on_each = math.ceil(lanes / max(1, int(gpus)))
    return math.floor(1e4 * min(1.0, gpus) / on_each) / 1e4


def line_of(error: Exception, line: int = 0) -> str:
    """A line of what an error of Ray's says, whose last one is the cause where it has a trace."""
    return (str(error).strip().splitlines() or [type(error).__name__])[line].strip()[:200]


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


def connected(address: str) -> Any:
    """Ray, connected to the cluster or to one that begins on this machine. Raises ClusterError."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    options: dict[str, Any] = {"address": address}
    if address == LOCAL_RAY:
        store = min(OBJECT_STORE_BYTES, free_memory_bytes() // 4)
        options |= {
            "num_cpus": cores(),
            "object_store_memory": max(store, 100_000_000),
            "include_dashboard": False,
            "_node_ip_address": "127.0.0.1",
        }
    try:
        ray.init(
            **options,
            log_to_driver=False,
            logging_level="ERROR",
            # Nodes need our code no less than our rows: it is shipped to each once.
            runtime_env={"py_modules": [str(ROOT / "tuning_core")], "env_vars": environment},
        )
    except Exception as error:
        raise ClusterError(
            f"The Ray cluster at {address} cannot be joined ({line_of(error)}). This machine must "
            "be one of its nodes, and have its token and RAY_AUTH_MODE; docs/cluster.md says how. "
            "Then resume the study."
        ) from error
    return ray
