"""What is kept of trainings on demand, so that the next one goes on from it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from tuning_core.spec.training_request import Segment
from tuning_core.spec.weights import SetWeight
from tuning_core.training import ExecutionState, TrainingError, renewed

MOST_ENDS, END_BYTES = 64, 200_000_000
"""Ends of trainings that are kept, and what they may take together."""

MOST_STEPS, STEP_BYTES = 2_000, 100_000_000
"""The same of single epochs, from which a training goes on another way."""


class KeptStates:
    """States by the key of their training: the last, and those on the way there.

    The one that was used longest ago makes room. What is not kept is trained anew, to the same.
    """

    def __init__(self) -> None:
        self._ends = _Recent(MOST_ENDS, END_BYTES)
        self._steps = _Recent(MOST_STEPS, STEP_BYTES)

    def keep_end(self, key: str, state: ExecutionState) -> None:
        """Keep where a training stands."""
        self._ends.keep(key, state)

    def keep_step(self, key: str, state: ExecutionState) -> None:
        """Keep a state after one of its epochs."""
        self._steps.keep((key, state.epoch), state)

    def latest(self, segment: Segment, most: int) -> ExecutionState | None:
        """The last state of a segment after at most ``most`` epochs, None without any."""
        end, last = self._ends.get(segment.key), min(segment.last, most)
        fits = end is not None and segment.first < end.epoch <= last
        for epoch in range(last, end.epoch if end and fits else segment.first, -1):
            step = self._steps.get((segment.key, epoch))
            if step is not None:
                return step
        return end if fits else None


def going_on(
    state: ExecutionState | None, before: Segment, after: Segment
) -> ExecutionState | None:
    """A state that goes on with another configuration, or with weights that were set.

    Its patience begins anew, and a rate set by hand is not what plateaus have left of another.
    What the optimizer remembers stays, and so does what was best. Raises TrainingError.
    """
    if state is None:
        return None
    rated = any(
        before.config.get(name) != after.config.get(name) for name in ("learning_rate", "schedule")
    )
    counters = renewed(state.counters, rated=rated)
    return replace(state, counters=counters, weights=_with(state.weights, after.weights))


def _with(weights: Sequence[np.ndarray], changes: Sequence[SetWeight]) -> list[np.ndarray]:
    """The weights of a dense network with some set by hand."""
    changed = [array.copy() for array in weights] if changes else list(weights)
    kernels = [n for n, array in enumerate(changed) if array.ndim > 1]
    for change in changes:
        kernel = changed[kernels[change.layer - 1]]
        inputs, outputs = kernel.shape
        two = change.layer == len(kernels) and outputs == 2
        if change.unit > (1 if two else outputs) or (change.input or 1) > inputs:
            place = ", ".join(f"{n} {v}" for n, v in change.model_dump(exclude={"value"}).items())
            raise TrainingError(f"This network has no weight to set at {place}.")
        biases = changed[kernels[change.layer - 1] + 1]
        row = biases if change.input is None else kernel[change.input - 1]
        if two:
            # What speaks for both classes stays: only the difference is drawn, and counts.
            row[:] = row.mean() + np.array([-0.5, 0.5]) * change.value
        else:
            row[change.unit - 1] = change.value
    return changed


class _Recent:
    """States that were used last, so many and so large together at most; one is always kept."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[Hashable, ExecutionState] = OrderedDict()
        self._bytes = 0

    def get(self, name: Hashable) -> ExecutionState | None:
        state = self._kept.get(name)
        if state is not None:
            self._kept.move_to_end(name)
        return state

    def keep(self, name: Hashable, state: ExecutionState) -> None:
        before = self._kept.pop(name, None)
        self._bytes += _size(state) - (0 if before is None else _size(before))
        self._kept[name] = state
        while len(self._kept) > self._most or (
            len(self._kept) > 1 and self._bytes > self._most_bytes
        ):
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= _size(dropped)


def _size(state: ExecutionState) -> int:
    return sum(array.nbytes for array in (*state.weights, *state.slots, *state.best_weights))
