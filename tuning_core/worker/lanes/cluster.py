"""Lanes on the machines of a Ray cluster."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuning_core.resources import LOCAL_RAY, ray_trouble
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
    StudyRows,
    UseRows,
)
from tuning_core.worker.lanes.lane_actor import LaneActor, StoredRows
from tuning_core.worker.lanes.local import SILENT_SECONDS
from tuning_core.worker.lanes.nodes import ClusterError, Node, Nodes, connected, line_of
from tuning_core.worker.lanes.shared_rows import SharedRows

SAID_SECONDS = 3.0
"""After so long without a node a study says that it waits."""


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
        self._kept = self._short = self._idle = 0.0

    def prepare(self) -> None:
        """Nothing: a cluster is joined when a study is sent to it."""

    def use(self, rows: StudyRows, log: Path) -> None:
        """Have all trials from here on trained on these rows. Raises ClusterError."""
        if not isinstance(rows, SharedRows):
            raise ClusterError(
                "A model of your own trains on one machine alone: resume the study without a "
                "cluster."
            )
        self._connect()
        self.release()
        self._rows = StoredRows.put(rows, self._ray)
        self._nodes = Nodes(self._ray)
        self._kept, self._short, self._idle = time.monotonic(), 0.0, 0.0

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
                self._own.append((lane, TrialOutcome(status=None)))
            else:
                self._waiting[lane].append(message)

    def reports(self, seconds: float) -> list[tuple[int, Report]]:
        """What lanes report, waiting up to so many seconds for the first.

        Without a node they wait for one. Raises ClusterError where none can come.
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

    def nodes(self) -> list[dict[str, Any]]:
        """The cluster's nodes, as the event ``nodes`` tells them."""
        return [] if self._nodes is None else self._nodes.listed()

    def idle_seconds(self) -> float:
        """The time since the last call in which there was no node to train on."""
        idle, self._idle = self._idle, 0.0
        return idle

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

    def _connect(self) -> None:
        if self._ray is None:
            if trouble := ray_trouble(self._address):
                raise ClusterError(trouble)
            self._ray = connected(self._address)

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
            assert self._nodes is not None
            self._nodes.doubt(place.node, "" if place.ready else line_of(error, -1))
            return [] if lane is None else [(lane, Lost())]
        place.report, place.heard = place.actor.take.remote(), time.monotonic()
        if any(isinstance(report, Ready) for report in reports):
            place.ready, place.node.failures = True, 0
        place.full = place.full or any(isinstance(report, Full) for report in reports)
        if any(isinstance(report, TrialOutcome | Broken) for report in reports):
            place.lane = None
            if place.full:
                self._places.remove(place)
                self._ray.kill(place.actor)
        told = [report for report in reports if not isinstance(report, Ready | Beat | Full)]
        return [] if lane is None else [(lane, report) for report in told]

    def _keep_places(self) -> None:
        """Have as many actors as are wanted and have room."""
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
        self._count_idle(short=not usable and not self._nodes.undecided)

    def _count_idle(self, *, short: bool) -> None:
        """Take note of the time since the last look; without a node in it, say so once."""
        assert self._nodes is not None
        now, before = time.monotonic(), self._short
        passed, self._kept = now - self._kept, now
        self._short = before + passed if short else 0.0
        if not short:
            return
        self._idle += passed
        if before <= SAID_SECONDS < self._short:
            reasons = self._nodes.reasons()
            if self._address == LOCAL_RAY:
                raise ClusterError(f"Ray cannot train on this machine.{reasons} Then resume.")
            self._nodes.news.append(
                f"The Ray cluster at {self._address} has no node that can train.{reasons} Start "
                "Ray on a machine with a free core: the study waits for one, then goes on."
            )

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
