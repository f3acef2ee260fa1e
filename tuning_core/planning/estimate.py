"""What a study takes before it starts: its networks, and its time, disk and memory."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from statistics import fmean, pstdev

import numpy as np

from tuning_core.catalog import DatasetInfo, Extent
from tuning_core.planning.cost import (
    NUMBER_BYTES,
    Calibration,
    Work,
    distinct_architectures,
    work_of,
)
from tuning_core.planning.side_by_side import (
    HOST_BYTES,
    OWN_LANE_BYTES,
    Batch,
    batches,
    lanes_here,
    time_share,
)
from tuning_core.space import Config
from tuning_core.spec.plan import Plan, bracket_rounds
from tuning_core.spec.study import StudySpec

UNSTEADY = 1.3
"""By how much the speed of a machine changes from one minute to the next, other work on it
included."""

BESIDE = 1.15
"""By how much a search was seen to take longer than its parts alone: server, store and page work
beside it."""

EPOCH_SECONDS = 0.001
TRIAL_SECONDS = 0.01
"""What an epoch's report and a trial's turn of the loop were seen to take beside the training."""

EPOCH_BYTES = 600
TRIAL_BYTES = 4_000
STUDY_BYTES = 20_000
"""An epoch's and a trial's entries in journal and store, and what a study takes without any."""

PIECE_BYTES = 500_000
"""Memory of a piece of a graph, which is kept for the next trial of its architecture."""
MOST_GRAPH_BYTES = 900_000_000
"""Beyond these a worker has grown so much that a new one goes on."""

READER_BYTES = 90_000_000
"""Libraries that reading and splitting data take."""
DATA_COPIES = 3
"""Rows as read, as preprocessed, and on the device."""

SAMPLE = 96
"""Configurations whose work stands for that of all."""
TYPICAL = 4
"""Configurations of the sample that a calibration measures beside the ends, if time allows."""

_SEED = 1
_ENDED_EARLY = 0.4
"""Share of the epochs that are left where trials are ended early; seen with the usual settings."""


@dataclass(frozen=True)
class Scope:
    """How a study goes about its plan.

    ``executions`` trainings make a trial; ``configurations`` are the trials that start anew, the
    others continue an earlier one. ``suggestion`` is the seconds that choosing a trial takes,
    ``least`` the share of the epochs after which trials may be ended early, ``limit`` the seconds
    after which the search ends. ``states`` trainings are kept on the disk to go on later. The
    trials train in ``lanes`` side by side, as their ``batches`` allow; these share the rows of so
    many ``turns`` on the disk.
    """

    executions: int
    configurations: int
    suggestion: float = 0.0
    least: float = 1.0
    limit: float | None = None
    states: int = 1
    lanes: int = 1
    batches: tuple[Batch, ...] = ()
    turns: int = 1


@dataclass(frozen=True)
class Estimate:
    """What a study is expected to take, from ``low`` to ``high`` seconds of searching.

    ``disk`` and ``memory`` are the most bytes; ``network`` is what the largest network takes of
    the memory, ``architectures`` the graphs to be made. ``same`` is False when what it rests on
    was measured for another form.
    """

    low: float
    seconds: float
    high: float
    disk: int
    memory: int
    network: int
    architectures: int
    device: str
    same: bool = True


def estimate(
    plan: Plan,
    works: Sequence[Work],
    calibration: Calibration,
    scope: Scope,
    largest: Work,
    *,
    same: bool = True,
) -> Estimate:
    """The estimate of a plan whose configurations are like ``works``; ``largest`` is the largest.

    ``works`` is never empty. The seconds of an average epoch, start and graph come from the
    calibration.
    """
    # The plan's are exact, or the most that they can be.
    epochs = min(plan.epochs, plan.trainings * fmean(w.epochs for w in works))
    spent = [w.epochs * calibration.epoch_seconds(w) for w in works]
    training = epochs * sum(spent) / sum(w.epochs for w in works)
    least = training * scope.least * sum(w.shortest for w in works) / sum(w.epochs for w in works)
    names = [w.architecture for w in works]
    trace = fmean(calibration.trace_seconds(w) for w in works)
    # Each lane makes its own, and none of the calibration's.
    lanes, own = scope.lanes, math.ceil(scope.configurations / scope.lanes)
    all_graphs = lanes * distinct_architectures(names, frozenset(), own)
    graphs = distinct_architectures(names, calibration.known, own) if lanes == 1 else all_graphs
    # Promoted and completed trials are both written durably, as is a best model now and then.
    around = plan.trials * (2 * calibration.record + TRIAL_SECONDS + scope.suggestion)
    around += epochs * EPOCH_SECONDS
    starts = plan.trainings * fmean(calibration.start_seconds(w) for w in works)
    share = time_share(spent, scope.batches, lanes)
    # Whether the few configurations that are drawn are long ones is chance.
    chance = 2 * pstdev(spent) / fmean(spent) / math.sqrt(scope.configurations)
    in_lanes = least * max(0.0, 1 - chance) + starts + graphs * trace
    low = BESIDE / UNSTEADY * (around + share * in_lanes)
    in_lanes = training * (1 + chance) + starts + all_graphs * trace
    high = BESIDE * UNSTEADY * (around + share * in_lanes)
    in_lanes = training + starts + graphs * trace
    limit = math.inf if scope.limit is None else scope.limit
    return Estimate(
        low=min(low, limit),
        seconds=min(BESIDE * (around + share * in_lanes), limit),
        high=min(high, limit),
        disk=_disk(plan, scope, largest, fmean(w.parameters for w in works))
        + (scope.turns * calibration.data_bytes if lanes > 1 else 0),
        memory=_memory(calibration, largest, all_graphs * fmean(w.pieces for w in works), lanes),
        network=largest.network_bytes,
        architectures=all_graphs,
        device=calibration.device,
        same=same,
    )


def _disk(plan: Plan, scope: Scope, largest: Work, parameters: float) -> int:
    # A state holds the weights, two slots and the best weights; the best model its weights.
    states = scope.states * 4 * parameters * NUMBER_BYTES
    best = largest.parameters * NUMBER_BYTES
    entries = STUDY_BYTES + plan.trials * TRIAL_BYTES + plan.epochs * EPOCH_BYTES
    return int(entries + states + best)


def _memory(calibration: Calibration, largest: Work, pieces: float, lanes: int) -> int:
    counted = (
        calibration.base_bytes
        + READER_BYTES
        + DATA_COPIES * calibration.data_bytes
        + largest.network_bytes
    )
    graphs = min(pieces * PIECE_BYTES, lanes * MOST_GRAPH_BYTES)
    beside = HOST_BYTES + lanes * (OWN_LANE_BYTES + largest.network_bytes) if lanes > 1 else 0
    return int(max(counted, calibration.peak_bytes) + graphs + beside)


def ends(spec: StudySpec) -> tuple[Config, Config]:
    """The configurations with the smallest and the largest network that the space allows.

    At a fixed depth every width adds parameters, so the ends of each width are enough.
    """
    space = spec.search_space
    depth = "blocks" if "blocks" in space else "layers"
    depths = (space[depth].values() if depth in space else None) or (0,)
    found: list[tuple[int, Config]] = []
    for number in depths:
        for end in (0.0, 1.0):
            config: Config = {}
            for parameter in space.parameters:
                if space.active(parameter.name, config):
                    value = number if parameter.name == depth else parameter.quantile(end)
                    config[parameter.name] = value
            effective = spec.in_effect(config)
            found.append((_work(spec, effective).parameters, effective))
    return min(found, key=lambda f: f[0])[1], max(found, key=lambda f: f[0])[1]


def parameter_span(spec: StudySpec, info: DatasetInfo) -> tuple[int, int]:
    """Smallest and largest number of parameters that the space allows on this data."""
    smallest, largest = (_work(spec, end, info).parameters for end in ends(spec))
    return smallest, largest


def probes(spec: StudySpec) -> list[Config]:
    """The configurations to measure, those that matter most first.

    The smallest and the largest network, each with the smallest and the largest batch; then some
    like those that a search will draw.
    """
    smallest, largest = ends(spec)
    batches = [smallest["batch_size"]]
    if "batch_size" in spec.search_space:
        batch = spec.search_space["batch_size"]
        batches = [batch.quantile(0.0), batch.quantile(1.0)]
    cross = [{**end, "batch_size": b} for end in (smallest, largest) for b in batches]
    return [*cross, *islice(sample(spec), TYPICAL)]


def sample(spec: StudySpec) -> Iterator[Config]:
    """Configurations such as the strategy will try, the same at every call."""
    space = spec.search_space
    extent = spec.strategy.info.extent
    if extent is Extent.GRID:
        points = int(spec.strategy.setting("points"))
        size = space.grid_size(points)
        if size <= SAMPLE:
            grid = islice(space.configurations(points), spec.trials)
            yield from (spec.in_effect(config) for config in grid)
            return
    if extent is Extent.LIST:
        yield from (spec.in_effect(config) for config in spec.listed[:SAMPLE])
        return
    rng = np.random.default_rng(_SEED)
    for _ in range(SAMPLE):
        yield spec.in_effect(space.sample(rng))


def calibration_key(spec: StudySpec, machine: str) -> str:
    """What a calibration depends on, as a short name: the data, what is measured, the machine."""
    data = spec.dataset.model_dump(mode="json", exclude={"seed"})
    works = [asdict(_work(spec, config)) for config in probes(spec)]
    counts = [{**work, "epochs": 0, "shortest": 0} for work in works]
    parts = [data, spec.model.family, spec.folds, counts, machine]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def estimate_of(spec: StudySpec, calibration: Calibration, *, same: bool = True) -> Estimate:
    """What the study is expected to take; ``same`` False where another form was measured."""
    shape, outputs = calibration.row_shape, calibration.outputs
    task = spec.dataset_info.task

    def work(config: Config) -> Work:
        return work_of(config, shape, outputs, task, spec.budget.epochs)

    works = [work(config) for config in sample(spec)]
    scope = _scope(spec, lanes_here(spec, calibration.device))
    return estimate(spec.plan(), works, calibration, scope, work(ends(spec)[1]), same=same)


def _work(spec: StudySpec, config: Config, info: DatasetInfo | None = None) -> Work:
    info = info or spec.dataset_info
    return work_of(config, info.row_shape, info.outputs, info.task, spec.budget.epochs)


def new_configurations(spec: StudySpec) -> int:
    """How many of the plan's trials start anew: the others go on with an earlier one."""
    trials, rounds = spec.plan().trials, bracket_rounds(spec)
    started = sum(item.size for item in rounds if item.initial_epoch == 0)
    return min(trials, started) if rounds else trials


def _scope(spec: StudySpec, lanes: int) -> Scope:
    states = 1
    if rounds := bracket_rounds(spec):
        most = 2 * max(item.size for item in rounds)
        states = min(spec.plan().trials, most) * spec.executions
    return Scope(
        executions=spec.executions,
        configurations=max(1, new_configurations(spec)),
        suggestion=spec.strategy.info.suggestion_seconds,
        least=_ENDED_EARLY if spec.early_termination or spec.budget.ends_early else 1.0,
        limit=spec.budget.seconds,
        states=states,
        lanes=lanes,
        batches=batches(spec) if lanes > 1 else (),
        turns=spec.folds,
    )
