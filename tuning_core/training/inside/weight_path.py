"""The weights of trainings as they went by, for the landscapes around their ends."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from tuning_core.catalog import TrialStatus
from tuning_core.training.execution import Execution, TrialOutcome

Weights = Sequence[np.ndarray]

MOST_STOPS = 60
PATH_BYTES = 16_000_000
"""Of a path: epochs that are kept, at most, and what they may take."""

MOST_PATHS = 64
PATHS_BYTES = 100_000_000
"""What the kept paths may take together."""


class WeightPath:
    """The weights of a training at its epochs, from before the first on, and its ``metrics``.

    Of many epochs, or large networks, the weights of every second one, every fourth and so on are
    kept, and of the last. ``status`` and ``message`` say how a training ended that goes no further.
    """

    def __init__(self, run: Execution) -> None:
        self.metrics: list[dict[str, float]] = []
        self.status: TrialStatus | None = None
        self.message = ""
        self._weights = {run.epoch: run.read_weights()}
        self._size = sum(array.nbytes for array in self._weights[run.epoch])
        self._most = max(2, min(MOST_STOPS, PATH_BYTES // max(1, self._size)))
        self._stride = 1

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return self._size * len(self._weights)

    def see(self, run: Execution) -> None:
        """Take note of an epoch that has ended."""
        self.metrics.append(run.metrics)
        while run.epoch // self._stride > self._most:
            self._stride *= 2
        self._weights = {e: w for e, w in self._weights.items() if e % self._stride == 0}
        self._weights[run.epoch] = run.read_weights()

    def back_to(self, epoch: int) -> bool:
        """Forget what came after an epoch, from which it goes on another time; whether it can."""
        if epoch > len(self.metrics):
            return False
        del self.metrics[epoch:]
        self._weights = {e: w for e, w in self._weights.items() if e <= epoch}
        self.status, self.message = None, ""
        return True

    def until(self, epoch: int) -> list[tuple[int, Weights]]:
        """The kept epochs up to one, or to the end; nothing where it does not get there."""
        if epoch not in self._weights and (self.status is None or epoch < len(self.metrics)):
            return []
        return [(e, w) for e, w in sorted(self._weights.items()) if e <= epoch]


class Paths:
    """The paths of the trainings that went by last, by name."""

    def __init__(self) -> None:
        self._paths: OrderedDict[str, WeightPath] = OrderedDict()

    def start(self, key: str, run: Execution) -> None:
        """Begin to follow a training, or go on; one that began elsewhere has no path."""
        known = self._paths.get(key)
        if run.epoch == 0:
            self._paths[key] = WeightPath(run)
        elif known is not None and not known.back_to(run.epoch):
            del self._paths[key]

    def see(self, key: str, run: Execution) -> None:
        """Take note of an epoch of a training that is followed."""
        path = self._paths.get(key)
        if path is None:
            return
        path.see(run)
        self._paths.move_to_end(key)
        while len(self._paths) > MOST_PATHS or (
            len(self._paths) > 1 and sum(p.size for p in self._paths.values()) > PATHS_BYTES
        ):
            self._paths.popitem(last=False)

    def end(self, key: str, epochs: int, outcome: TrialOutcome) -> None:
        """Take note of how a training of so many epochs ended."""
        path = self._paths.get(key)
        if path is not None and outcome.status is not None and len(path.metrics) < epochs:
            path.status, path.message = outcome.status, outcome.message

    def epochs(self, key: str) -> int:
        """How many epochs of a training are known."""
        path = self._paths.get(key)
        return 0 if path is None else len(path.metrics)

    def of(self, key: str, epochs: int) -> WeightPath | None:
        """The path of a training that reaches so many epochs, or ended before them."""
        path = self._paths.get(key)
        return path if path is not None and path.until(epochs) else None
