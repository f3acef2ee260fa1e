"""Lanes on the machines of a Ray cluster."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuning_core.catalog.limits import VARIABLE as LIMITS
from tuning_core.child_process import ROOT
from tuning_core.resources import LOCAL_RAY, cores, free_memory_bytes, ray_trouble
from tuning_core.spec.study import MOST_LANES
from tuning_core.training import Control, TrialOutcome
from tuning_core.worker.lanes.lane import (
    Beat,
    Broken,
    Full,
    Lost,
    Placed,
    Ready,
    Report,
    UseRows,
)
from tuning_core.worker.lanes.lane_actor import LaneActor, StoredRows
from tuning_core.worker.lanes.local import SILENT_SECONDS
from tuning_core.worker.lanes.nodes import Node, Nodes
from tuning_core.worker.lanes.shared_rows import SharedRows

OBJECT_STORE_BYTES = 1_000_000_000
"""What a cluster on this machine alone may keep of rows; beyond, Ray uses the disk."""
SAID_SECONDS, STRANDED_SECONDS = 3.0, 60.0
"""After so long without a node a study says that it waits; after so long it is paused."""
MOST_FAILURES = 3
"""Lanes that may end on a node before any was ready there; then it is not used."""
PASSED_ON = (
    *("KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    LIMITS,
)
"""What a lane's environment must have as the worker's."""


class ClusterError(Exception):
    """The cluster cannot be used now; ``str()`` says why and what to do."""


@dataclass
class _Place:
    """An actor that can be a lane: its node, what it will report next, the lane that it is."""

    actor: Any
    node: Node
    report: Any
    ready: bool = False
    full: bool = False
    lane: int | None = None
    sent: int = 0
    heard: float = field(default_factory=time.monotonic)

    def give(self, message: Any) -> None:
        self.actor.give.remote(self.sent, message)
        self.sent += 1


class RayLanes:
    """Lanes of one core each on the nodes of a Ray cluster, as :class:`LocalLanes` are here.

    At most ``count``, as many as there are cores. A lane is whichever actor is free when a trial
    is to begin; a trial without one waits, and its lane reports :class:`Placed` when it has one.
    Nodes that come are used; the lanes of one that goes report :class:`Lost`.
    """

    remote = True

    def __init__(self, address: str) -> None:
        self.most = self.count = MOST_LANES
        self._address = address
        self._ray: Any = None
        self._nodes: Nodes | None = None
        self._places: list[_Place] = []
        self._waiting: dict[int, list[Any]] = {}
        self._own: list[tuple[int, Report]] = []
        self._rows: StoredRows | None = None
        self._stranded = self._kept = 0.0

    def use(self, rows: SharedRows, log: Path) -> None:
        """Have all trials from here on trained on these rows. Raises ClusterError."""
        nodes = self._connected()
        self.release()
        self._rows = StoredRows.put(rows, self._ray)
        nodes.forgive()
        self._stranded, self._kept = 0.0, time.monotonic()

    def start(self, lane: int) -> None:
        """Give a lane a place, or have it wait for one."""
        if self._place_of(lane) is None and lane not in self._waiting:
            place = self._free()
            if place is None:
                self._waiting[lane] = []
            else:
                place.lane = lane

    def node(self, lane: int) -> str:
        """The name of the node on which a lane trains, "" while it has none."""
        place = self._place_of(lane)
        return "" if place is None else place.node.name

    def fits(self, lane: int) -> bool:
        """Whether a lane has a place, or there is one for it."""
        return self._place_of(lane) is not None or (self._free() is not None and not self._waiting)

    def end(self, lane: int) -> None:
        """Nothing: places are given to whichever lane has a trial."""

    def send(self, lane: int, message: Any) -> None:
        """Send to a lane; to one that has died, nothing: :meth:`reports` says so."""
        place = self._place_of(lane)
        if place is not None:
            place.give(message)
        elif lane in self._waiting:
            if message is Control.STOP:
                del self._waiting[lane]
                self._own.append((lane, TrialOutcome(None, None, None, None, 0, 0, (), "")))
            else:
                self._waiting[lane].append(message)

    def reports(self, seconds: float) -> list[tuple[int, Report]]:
        """What lanes report, waiting up to so many seconds for the first.

        Raises ClusterError when there has been no node for long.
        """
        self._keep_places()
        reports, self._own = self._own, []
        outstanding = {place.report: place for place in self._places}
        if not outstanding:
            time.sleep(0 if reports else seconds)
            return reports
        done, rest = self._ray.wait(list(outstanding), timeout=0 if reports else seconds)
        if rest:
            more, _ = self._ray.wait(rest, num_returns=len(rest), timeout=0)
            done += more
        for reference in done:
            reports += self._taken(outstanding[reference])
        limit = time.monotonic() - SILENT_SECONDS
        for place in self._places:
            if place.ready and place.heard < limit:
                self._ray.kill(place.actor)
        return reports + self._placed()

    def news(self) -> list[str]:
        """Sentences about nodes that have come, gone or are not used, each told once."""
        if self._nodes is None:
            return []
        told, self._nodes.news = self._nodes.news, []
        return told

    def kill(self, lane: int) -> None:
        """End a lane's process at once, whatever it does; its loss is reported."""
        place = self._place_of(lane)
        if place is not None:
            self._ray.kill(place.actor)
        elif self._waiting.pop(lane, None) is not None:
            self._own.append((lane, Lost()))

    def release(self) -> None:
        """End all lanes, which gives their cores back to the cluster."""
        for place in self._places:
            self._ray.kill(place.actor)
        self._places.clear()
        self._waiting.clear()
        self._own.clear()
        self._rows = None

    def _connected(self) -> Nodes:
        if self._nodes is None:
            if trouble := ray_trouble(self._address):
                raise ClusterError(trouble)
            self._ray = _connect(self._address)
            self._nodes = Nodes(self._ray)
        return self._nodes

    def _place_of(self, lane: int) -> _Place | None:
        return next((place for place in self._places if place.lane == lane), None)

    def _free(self) -> _Place | None:
        return next((place for place in self._places if place.ready and place.lane is None), None)

    def _placed(self) -> list[tuple[int, Report]]:
        """Give free places to the lanes that wait, which report it."""
        reports: list[tuple[int, Report]] = []
        while self._waiting and (place := self._free()) is not None:
            lane = next(iter(self._waiting))
            place.lane = lane
            for message in self._waiting.pop(lane):
                place.give(message)
            reports.append((lane, Placed(place.node.name)))
        return reports

    def _taken(self, place: _Place) -> list[tuple[int, Report]]:
        """What a place has reported; it is gone when its process has ended."""
        lane = place.lane
        try:
            reports: list[Report] = self._ray.get(place.report)
        except self._ray.exceptions.RayError as error:
            self._places.remove(place)
            self._ray.kill(place.actor)  # One out of reach must not train a trial twice.
            if not place.ready:
                self._failed(place.node, error)
            return [] if lane is None else [(lane, Lost())]
        place.report, place.heard = place.actor.take.remote(), time.monotonic()
        place.ready = place.ready or any(isinstance(report, Ready) for report in reports)
        place.full = place.full or any(isinstance(report, Full) for report in reports)
        if any(isinstance(report, TrialOutcome | Broken) for report in reports):
            place.lane = None
            if place.full:
                self._places.remove(place)
                self._ray.kill(place.actor)
        told = [report for report in reports if not isinstance(report, Ready | Beat | Full)]
        return [] if lane is None else [(lane, report) for report in told]

    def _failed(self, node: Node, error: Exception) -> None:
        node.failures += 1
        if node.failures >= MOST_FAILURES and self._nodes is not None and node.alive:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[-1][:200]
            self._nodes.refuse(node, f"lanes end there before they are ready: {reason}")

    def _keep_places(self) -> None:
        """Have as many actors as are wanted and have room; give up when there is no node."""
        assert self._nodes is not None
        usable = self._nodes.look()
        used = [place.node for place in self._places]
        while len(self._places) < self.count:
            rooms = [(node.slots - used.count(node), node) for node in usable]
            room, node = max(rooms, key=lambda pair: pair[0], default=(0, None))
            if room < 1 or node is None:
                break
            self._places.append(self._started(node))
            used.append(node)
        stranded, self._stranded = self._stranded, 0.0
        if not usable and not self._nodes.undecided:
            self._stranded = stranded + time.monotonic() - self._kept
            if stranded <= SAID_SECONDS < self._stranded:
                self._nodes.news.append("The study waits for a node of the cluster that can train.")
            if self._stranded > STRANDED_SECONDS:
                raise ClusterError(self._nodes.shortage(self._address))
        self._kept = time.monotonic()

    def _started(self, node: Node) -> _Place:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        actor = (
            self._ray.remote(LaneActor)
            .options(
                num_cpus=1,
                num_gpus=node.gpu_share,
                max_concurrency=4,  # Taking reports waits; giving must not wait for it.
                scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False),
            )
            .remote()
        )
        place = _Place(actor, node, actor.take.remote())
        if self._rows is not None:
            place.give(UseRows(self._rows))
        return place


def _connect(address: str) -> Any:
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
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise ClusterError(
            f"The Ray cluster at {address} cannot be joined ({reason}). This machine must be one "
            "of its nodes; docs/cluster.md says how to start it. Then resume the study."
        ) from error
    return ray
