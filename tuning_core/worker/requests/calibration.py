"""Measuring what training costs on this machine, before a search is asked for."""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import tensorflow as tf

from tuning_core.catalog.hyperparameters import Value
from tuning_core.datasets import TargetScale, prepare
from tuning_core.models import derive_seed, initial_weights
from tuning_core.planning.cost import NUMBER_BYTES, Calibration, Probe, Work, work_of
from tuning_core.planning.estimate import ends, probes
from tuning_core.resources import free_memory_bytes
from tuning_core.spec.study import StudySpec
from tuning_core.training.compiled.cache import compiled_epoch
from tuning_core.training.compiled.epoch import CompiledEpoch
from tuning_core.training.compiled.open_shapes import read
from tuning_core.training.compiled.step import POSITION, knob_values
from tuning_core.training.execution import PART_SECONDS
from tuning_core.training.rows import HostData, ResidentData, device_limit
from tuning_core.worker.device import Device

PROBE_SECONDS = 0.6
"""About how long one configuration is trained: an epoch that takes longer is measured in part."""
TYPICAL_SECONDS = 3.0
"""No further configuration is begun after this time; the ends of the space always are."""

BATCH_OPERATIONS = 5e9
"""Operations of a batch beyond which a smaller one is measured in its place."""

_RECORDS = 5
_LINE = b"x" * 400 + b"\n"


class CalibrationError(Exception):
    """Nothing can be measured; ``str()`` is one sentence."""


@dataclass(frozen=True)
class _Rows:
    """What is to be trained on: as many rows as a search would have, of the same shape."""

    training: int
    validation: int
    row_shape: tuple[int, ...]
    outputs: int
    task: str

    @property
    def bytes(self) -> int:
        return (self.training + self.validation) * math.prod(self.row_shape) * NUMBER_BYTES

    def made_up(self) -> ResidentData:
        """Random rows: the time of an epoch does not depend on what they say."""
        rng = np.random.default_rng(0)
        width = math.prod(self.row_shape)
        sizes = (self.training, self.validation)
        x, validation_x = (rng.random((rows, width), np.float32) for rows in sizes)
        # As a regression's targets they are as good as any.
        y, validation_y = (rng.integers(0, max(2, self.outputs), rows) for rows in sizes)
        rows = HostData(
            rows=self.training,
            validation_rows=self.validation,
            squares=(0.0, 0.0),
            labels=validation_y,
            task=self.task,
            outputs=self.outputs,
            target=TargetScale(),
            row_shape=self.row_shape,
            x=x,
            y=y,
            validation_x=validation_x,
            validation_y=validation_y,
        )
        return ResidentData.placed([rows])[0]


def calibrate(
    spec: StudySpec, home: Path, device: Device, stopped: Callable[[], bool]
) -> dict[str, Any]:
    """Measure the ends of the spec's space and what lies between; a Calibration as plain JSON.

    Takes a few seconds; nothing comes of it soon after ``stopped`` says so. Raises
    CalibrationError when the data or the smallest network would not fit, DataError.
    """
    started = time.monotonic()
    _forget_peak()
    base = psutil.Process().memory_info().rss
    rows = _rows_of(spec, home)
    available = _available(device)
    if rows.bytes > available:
        raise CalibrationError(
            f"The rows take {rows.bytes / 1e9:.1f} GB, and {available / 1e9:.1f} GB of memory are "
            "free: a smaller share for training would fit."
        )
    data = rows.made_up()
    measured: list[Probe] = []
    notes: list[str] = []
    smallest, largest = ends(spec)
    needed = [smallest, largest]
    for work, config in _distinct(spec, rows):
        typical = {**config, "batch_size": 0} not in [{**c, "batch_size": 0} for c in needed]
        if typical and time.monotonic() - started > TYPICAL_SECONDS:
            continue
        if stopped():
            return {}
        free = _available(device)
        if work.network_bytes > free:
            notes.append(
                f"A network of {work.parameters:,} parameters takes about "
                f"{work.network_bytes / 1e9:.1f} GB with its optimizer at batches of "
                f"{work.batch_size:,}, and {free / 1e9:.1f} GB of memory are free."
            )
            continue
        measured.append(_measure(work, config, rows, data))
    if not measured:
        raise CalibrationError(notes[0])
    result = Calibration(
        dataset=spec.dataset.id,
        family=spec.model.family,
        device=device.name,
        rows=rows.training,
        validation_rows=rows.validation,
        row_shape=rows.row_shape,
        outputs=rows.outputs,
        probes=tuple(measured),
        record=_record_seconds(home),
        base_bytes=base,
        peak_bytes=_peak(),
        measured=time.time(),
        notes=tuple(dict.fromkeys(notes)),
    )
    return asdict(result)


def _rows_of(spec: StudySpec, home: Path) -> _Rows:
    """Counted where the catalog knows the dataset, so that nothing is downloaded for it."""
    info, dataset = spec.dataset_info, spec.dataset
    if not info.rows:
        data = prepare(dataset, home)
        return _Rows(
            len(data.train.x), len(data.validation.x), data.row_shape, data.outputs, data.info.task
        )
    own = info.has_test and dataset.test is None
    rows = info.rows if own else info.rows + info.test_rows
    if not own:
        rows -= round(rows * (dataset.test or 0.1))
    divided = info.rows if own else info.rows + info.test_rows
    held_out = round(divided * dataset.validation) if spec.folds == 1 else rows // spec.folds
    return _Rows(rows - held_out, held_out, info.row_shape, info.outputs, info.task)


def _distinct(spec: StudySpec, rows: _Rows) -> Iterator[tuple[Work, dict[str, Value]]]:
    """What is to be measured, each once."""
    seen: set[Work] = set()
    for config in probes(spec):
        work = work_of(config, rows.row_shape, rows.outputs, rows.task, 1)
        kind = replace(work, epochs=1, shortest=1)
        if kind not in seen:
            seen.add(kind)
            yield kind, config


def _measure(work: Work, config: Mapping[str, Value], rows: _Rows, data: ResidentData) -> Probe:
    compiled = compiled_epoch(
        config, rows.task, image=rows.row_shape, two_classes=rows.outputs == 2
    )
    if compiled.traced_in is None:
        compiled.warm()
    started = time.perf_counter()
    seed = derive_seed(0, "calibration")
    compiled.fresh(initial_weights(config, rows.row_shape, rows.outputs, rows.task, seed))
    start = time.perf_counter() - started
    most = max(1, int(BATCH_OPERATIONS / max(1, 6 * work.operations)))
    batch = min(work.batch_size, rows.training, most)
    epoch = _epoch_seconds(compiled, config, batch, data)
    # Gives the memory of a large network back; its graph is kept for the search.
    compiled.warm()
    return Probe(replace(work, batch_size=batch), epoch, start, compiled.traced_in or 0.0)


def _epoch_seconds(
    compiled: CompiledEpoch, config: Mapping[str, Value], batch: int, data: ResidentData
) -> float:
    """An epoch with its validation, in full where it is short; then the best of two counts."""
    batches = -(-data.rows // batch)
    knobs = tf.constant(knob_values(config), tf.float32)

    def seconds(stop: int, validation_rows: int) -> float:
        position = dict.fromkeys(POSITION, 0)
        position |= {"rows": data.rows, "batch_size": batch, "stop": stop}
        position["validation_rows"] = validation_rows
        started = time.perf_counter()
        rates = np.full(stop, 1e-4)
        compiled.run(data, position, knobs, rates, np.zeros(compiled.count))
        return time.perf_counter() - started

    seconds(1, 0)
    # Twice: what comes first pays for the memory.
    nothing = min(seconds(0, 0), seconds(0, 0))
    one = max(seconds(1, 0) - nothing, 1e-6)
    part = min(batches, max(1, int(PROBE_SECONDS / 2 / one)))
    if part < batches:
        trained = max(seconds(part, 0) - nothing, 1e-6) / part * batches
        share = min(1.0, max(0.02, PROBE_SECONDS / max(trained, 1e-6)))
        checked = max(1, int(data.validation_rows * share))
        validated = max(seconds(0, checked) - nothing, 0.0) * data.validation_rows / checked
        # A search looks up from a long epoch about once a second and begins its order anew.
        looks = max(1.0, trained / PART_SECONDS)
        return trained + validated + looks * nothing
    started = time.perf_counter()
    read(compiled.weights)
    reading = time.perf_counter() - started
    times = [seconds(batches, data.validation_rows)]
    while len(times) < 3 and sum(times) < PROBE_SECONDS:
        times.append(seconds(batches, data.validation_rows))
    return sorted(times)[len(times) // 2] + reading


def _available(device: Device) -> int:
    """Bytes of memory that a network may take."""
    if device.gpu:
        return 2 * device_limit()
    return free_memory_bytes()


def _record_seconds(home: Path) -> float:
    """What it takes to have a line on the disk itself; 0 where the home cannot be written."""
    times: list[float] = []
    with suppress(OSError), tempfile.TemporaryFile(dir=home) as file:
        for _ in range(_RECORDS):
            started = time.perf_counter()
            os.write(file.fileno(), _LINE)
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return float(np.median(times)) if times else 0.0


def _forget_peak() -> None:
    """Have the system count the greatest memory of this process anew, where it can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    """The most bytes that this process has taken; what it takes now where nobody counts."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return int(psutil.Process().memory_info().rss)
