"""Time, disk and memory of a study before it starts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from tuning_core.planning.cost import NUMBER_BYTES, Calibration, Work, distinct_architectures
from tuning_core.spec.plan import Plan

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


@dataclass(frozen=True)
class Scope:
    """How a study goes about its plan.

    ``executions`` trainings make a trial; ``configurations`` are the trials that start anew, the
    others continue an earlier one. ``suggestion`` is the seconds that choosing a trial takes,
    ``least`` the share of the epochs after which trials may be ended early, ``limit`` the seconds
    after which the search ends. ``states`` trainings are kept on the disk to go on later.
    """

    executions: int
    configurations: int
    suggestion: float = 0.0
    least: float = 1.0
    limit: float | None = None
    states: int = 1


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
    graphs = distinct_architectures(names, calibration.known, scope.configurations)
    all_graphs = distinct_architectures(names, frozenset(), scope.configurations)
    # Promoted and completed trials are both written durably, as is a best model now and then.
    around = plan.trials * (2 * calibration.record + TRIAL_SECONDS + scope.suggestion)
    around += epochs * EPOCH_SECONDS
    around += plan.trainings * fmean(calibration.start_seconds(w) for w in works)
    # Whether the few configurations that are drawn are long ones is chance.
    chance = 2 * pstdev(spent) / fmean(spent) / math.sqrt(scope.configurations)
    low = BESIDE / UNSTEADY * (least * max(0.0, 1 - chance) + around + graphs * trace)
    high = BESIDE * UNSTEADY * (training * (1 + chance) + around + all_graphs * trace)
    limit = math.inf if scope.limit is None else scope.limit
    return Estimate(
        low=min(low, limit),
        seconds=min(BESIDE * (training + around + graphs * trace), limit),
        high=min(high, limit),
        disk=_disk(plan, scope, largest, fmean(w.parameters for w in works)),
        memory=_memory(calibration, largest, all_graphs * fmean(w.pieces for w in works)),
        network=largest.network_bytes,
        architectures=all_graphs,
        device=calibration.device,
        same=same,
    )


def data_bytes(calibration: Calibration) -> int:
    """Memory of the rows once they are preprocessed."""
    rows = calibration.rows + calibration.validation_rows
    return rows * (math.prod(calibration.row_shape) + 1) * NUMBER_BYTES


def _disk(plan: Plan, scope: Scope, largest: Work, parameters: float) -> int:
    # A state holds the weights, two slots and the best weights; the best model its weights.
    states = scope.states * 4 * parameters * NUMBER_BYTES
    best = largest.parameters * NUMBER_BYTES
    entries = STUDY_BYTES + plan.trials * TRIAL_BYTES + plan.epochs * EPOCH_BYTES
    return int(entries + states + best)


def _memory(calibration: Calibration, largest: Work, pieces: float) -> int:
    counted = (
        calibration.base_bytes
        + READER_BYTES
        + DATA_COPIES * data_bytes(calibration)
        + largest.network_bytes
    )
    graphs = min(pieces * PIECE_BYTES, MOST_GRAPH_BYTES)
    return int(max(counted, calibration.peak_bytes) + graphs)
