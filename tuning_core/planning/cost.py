"""What training a configuration costs: counted, and measured on a machine."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tuning_core.catalog.architecture import (
    architecture,
    graph_pieces,
    layer_sizes,
    parameter_count,
)
from tuning_core.catalog.hyperparameters import Value

NUMBER_BYTES = 4
COPIES = 6
"""Arrays of a network's size while it trains: weights, two slots, gradients, the best weights so
far and a copy in passing."""

VALIDATION_ROWS = 2_048
"""Rows that are validated at once."""


@dataclass(frozen=True)
class Work:
    """What training one configuration takes, in counts.

    ``operations`` are the multiplications of one row's way through the network, ``activations``
    the numbers it leaves behind. ``architecture`` names what shares a trace, ``pieces`` counts
    what its graph is put together from. ``shortest`` is the least number of the ``epochs`` after
    which it may stop by itself.
    """

    architecture: str
    pieces: int
    parameters: int
    operations: int
    activations: int
    batch_size: int
    epochs: int = 1
    shortest: int = 1

    def batches(self, rows: int) -> int:
        """Updates of one epoch on ``rows`` rows."""
        return -(-rows // max(1, min(self.batch_size, rows)))

    @property
    def network_bytes(self) -> int:
        """Memory of the network, its optimizer and the answers to a batch."""
        answers = max(3 * self.batch_size, VALIDATION_ROWS) * self.activations
        return NUMBER_BYTES * (COPIES * self.parameters + answers)


def work_of(
    config: Mapping[str, Value], row_shape: Sequence[int], outputs: int, task: str, epochs: int
) -> Work:
    """The work of a configuration in effect; ``epochs`` holds where it names none."""
    sizes = layer_sizes(config, row_shape, outputs)
    epochs = int(config.get("epochs", epochs))
    patience = int(config.get("patience", 0))
    name = repr(architecture(config, task)).encode()
    return Work(
        architecture=hashlib.sha256(name).hexdigest()[:12],
        pieces=graph_pieces(config, len(sizes)),
        parameters=parameter_count(config, row_shape, outputs),
        operations=sum(size.inputs * size.units * size.places for size in sizes),
        activations=sum(size.units * size.places for size in sizes),
        batch_size=int(config["batch_size"]),
        epochs=epochs,
        shortest=min(epochs, patience + 1) if patience else epochs,
    )


@dataclass(frozen=True)
class Probe:
    """One configuration as it was measured, in seconds.

    ``epoch`` is an epoch with its validation once the graph is there, ``start`` what an execution
    does before its first epoch, ``trace`` the making of its graph.
    """

    work: Work
    epoch: float
    start: float
    trace: float


@dataclass(frozen=True)
class Calibration:
    """What was measured on a machine for one form: dataset, family, space.

    ``rows`` train and ``validation_rows`` validate. ``record`` is the seconds of one durable
    entry in a journal. ``base_bytes`` is the memory of the worker before, ``peak_bytes`` the most
    that it took meanwhile. ``notes`` say what was not measured, and why. ``measured`` is a time.
    """

    dataset: str
    family: str
    device: str
    rows: int
    validation_rows: int
    row_shape: tuple[int, ...]
    outputs: int
    probes: tuple[Probe, ...]
    record: float
    base_bytes: int
    peak_bytes: int
    measured: float
    notes: tuple[str, ...] = ()

    @property
    def known(self) -> frozenset[str]:
        """Architectures whose graphs were made on the way."""
        return frozenset(probe.work.architecture for probe in self.probes)

    @property
    def data_bytes(self) -> int:
        """Memory of the rows once they are preprocessed."""
        rows = self.rows + self.validation_rows
        return rows * (math.prod(self.row_shape) + 1) * NUMBER_BYTES

    def epoch_seconds(self, work: Work) -> float:
        """An epoch of this work, interpolated between what was measured."""
        return float(self._epoch @ self._epoch_terms(work))

    def start_seconds(self, work: Work) -> float:
        """What an execution of this work does before its first epoch."""
        return float(self._start @ _size_terms(work))

    def trace_seconds(self, work: Work) -> float:
        """The making of the graph of this work."""
        return float(self._trace @ _depth_terms(work))

    def _epoch_terms(self, work: Work) -> np.ndarray:
        """Numbers that the seconds of an epoch grow with, each with a factor of its own.

        A call; a batch; a piece of a batch's graph; the update of every parameter; and for every
        row, which trains forwards and twice backwards and validates forwards, its operations and
        answers.
        """
        batches = work.batches(self.rows)
        passes = 3 * self.rows + self.validation_rows
        return np.array(
            [
                1.0,
                batches,
                batches * work.pieces,
                batches * work.parameters,
                passes * work.operations,
                passes * work.activations,
            ]
        )

    @cached_property
    def _epoch(self) -> np.ndarray:
        return _fitted([(p.work, p.epoch) for p in self.probes], self._epoch_terms)

    @cached_property
    def _start(self) -> np.ndarray:
        return _fitted([(p.work, p.start) for p in self.probes], _size_terms)

    @cached_property
    def _trace(self) -> np.ndarray:
        return _fitted([(p.work, p.trace) for p in self.probes], _depth_terms)


def _size_terms(work: Work) -> np.ndarray:
    return np.array([1.0, work.pieces, work.parameters])


def _depth_terms(work: Work) -> np.ndarray:
    return np.array([1.0, work.pieces])


def _fitted(
    measured: Sequence[tuple[Work, float]], terms: Callable[[Work], np.ndarray]
) -> np.ndarray:
    """Factors, none below 0, that come closest to what was measured, in relative terms."""
    # Imported late: it takes a while, which a page that estimates nothing need not pay.
    from scipy.optimize import nnls

    rows = [terms(work) / seconds for work, seconds in measured if seconds > 0]
    if not rows:
        return np.zeros(len(terms(_NOTHING)))
    matrix = np.array(rows)
    # Terms of very different size would make the fit depend on rounding.
    scale = matrix.max(axis=0)
    scale[scale == 0] = 1.0
    factors, _ = nnls(matrix / scale, np.ones(len(rows)))
    return np.asarray(factors / scale)


_NOTHING = Work("", 0, 0, 0, 0, 1)


def distinct_architectures(names: Sequence[str], known: frozenset[str], configurations: int) -> int:
    """How many graphs ``configurations`` will take that are not known, from a sample of them.

    Beyond the sample, every further configuration is new with the share of those that the sample
    has once (Good 1953, "The population frequencies of species", equation 9).
    """
    seen = [name for name in names[:configurations] if name not in known]
    counts: dict[str, int] = {}
    for name in seen:
        counts[name] = counts.get(name, 0) + 1
    beyond = configurations - len(names)
    if beyond <= 0 or not names:
        return len(counts)
    single = sum(1 for count in counts.values() if count == 1)
    return len(counts) + math.floor(beyond * single / len(names))
