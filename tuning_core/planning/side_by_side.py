"""How long trials take side by side: how many train at once, and which wait for others."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from tuning_core.catalog import Extent, WaitsFor
from tuning_core.resources import cores
from tuning_core.spec.plan import bracket_rounds, sweep_trials
from tuning_core.spec.study import StudySpec

GPU = "GPU"
"""How the device of a worker that trains on one begins; its trials have that one to share."""

BESIDE_OTHERS = 0.82
"""What a lane trains in a second beside others, of what it would alone: two on two cores were seen
to train 1.65 times as many trials as one."""

OWN_LANE_BYTES = 100_000_000
"""Memory of a lane's own, without its network and graphs: the rows are shared by all of them."""

HOST_BYTES = 300_000_000
"""Memory of the process that lanes are forked from: the libraries, which all of them share."""

_SIMULATED = 2_000
"""Trials that are looked at; how much more time more of them take, these say."""


@dataclass(frozen=True)
class Batch:
    """Trials none of which waits for another, and that begin once all before have ended.

    Each is ``length`` times as long as usual.
    """

    trials: int
    length: float = 1.0


def lanes_here(spec: StudySpec, device: str | None) -> int:
    """Trials of a study that train at once on this machine, whose workers have this ``device``.

    None while no worker has said so.
    """
    return 1 if device and device.startswith(GPU) else min(spec.parallel, cores())


def batches(spec: StudySpec) -> tuple[Batch, ...]:
    """The plan's trials as its strategy can hand them out to lanes."""
    strategy, trials = spec.strategy.info, spec.plan().trials
    if rounds := bracket_rounds(spec):
        usual = max(1, spec.budget.epochs)
        return tuple(Batch(r.size, (r.epochs - r.initial_epoch) / usual) for r in rounds)
    in_rounds = spec.early_termination is not None or spec.budget.ends_early
    if in_rounds or strategy.waits_for is WaitsFor.ROUND:
        return _cut(trials, [spec.parallel])
    if strategy.extent is Extent.SWEEPS:
        points = int(spec.strategy.setting("points"))
        found = [sweep_trials(spec.search_space, [group], points) - 1 for group in spec.sweeps]
        return _cut(trials, [1, *found])
    if strategy.waits_for is WaitsFor.GENERATION:
        return _cut(trials, [int(spec.strategy.setting("population"))])
    if strategy.waits_for is WaitsFor.NARROWING:
        return _cut(trials, [-(-trials // int(spec.strategy.setting("rounds")))])
    return (Batch(trials),)


def _cut(trials: int, sizes: Sequence[int]) -> tuple[Batch, ...]:
    """So many trials in batches of these sizes, the last of which is that of all that follow."""
    found: list[Batch] = []
    place = 0
    while trials > 0 and len(found) < _SIMULATED:
        size = min(max(1, sizes[min(place, len(sizes) - 1)]), trials)
        found.append(Batch(size))
        trials -= size
        place += 1
    return tuple(found)


def time_share(seconds: Sequence[float], plan: Sequence[Batch], lanes: int) -> float:
    """What passes of the seconds that all trials take together, 1 at most.

    ``seconds`` are what trials of the plan take alone, in the order in which they begin, or a
    sample of them. A lane that is free takes the next of its batch.
    """
    if lanes == 1:
        return 1.0
    drawn = cycle(seconds)
    passed = spent = 0.0
    left = _SIMULATED
    for batch in plan:
        free = [0.0] * lanes
        for own in islice(drawn, min(batch.trials, left)):
            heapq.heapreplace(free, free[0] + own * batch.length)
            spent += own * batch.length
        passed += max(free)
        left -= batch.trials
        if left <= 0:
            break
    return min(1.0, passed / spent / BESIDE_OTHERS) if spent else 1.0
