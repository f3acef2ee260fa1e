"""What is in TensorBoard's event files: hyperparameters and scalars, by run.

A record is its length (8 bytes), a checksum of these, the message, a checksum of it. Messages are
TensorBoard's own; TensorFlow is not needed.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.util import tensor_util

from tuning_core.study_import.run_files import RunFiles, RunsError

EVENTS = "tfevents"
"""Is in the name of every event file."""

_HEAD = struct.Struct("<QI")
_FOOT = 4
_LARGEST_READ = 4_000_000
"""Bytes of a record that is looked at: larger ones are graphs and pictures."""

_MOST_BYTES = 1_000_000_000
_MOST_SCALARS = 4_000_000
_SCALARS = "scalars"
_LONGEST_TAG = 300

Series = dict[int, tuple[float, float]]
"""By step, the value and when it was written, as unix seconds."""


@dataclass
class Run:
    """A folder of event files: ``start``, ``end`` and ``experiment`` are HParams' messages."""

    name: str
    start: Any = None
    end: Any = None
    experiment: Any = None
    scalars: dict[str, Series] = field(default_factory=dict)


def read_events(files: RunFiles) -> dict[str, Run]:
    """The runs by the names of their folders, "" for the top. Raises RunsError."""
    runs: dict[str, Run] = {}
    count = 0
    for name in files.names:
        path = PurePosixPath(name)
        if EVENTS not in path.name:
            continue
        place = "" if path.parent == PurePosixPath(".") else path.parent.as_posix()
        run = runs.setdefault(place, Run(place))
        with files.on_disk(name, _MOST_BYTES) as copy:
            count += _read_file(copy, path.name, run)
        if count > _MOST_SCALARS:
            raise RunsError(f"The logs have more than {_MOST_SCALARS:,} scalars: too many to read.")
    return runs


def _read_file(path: Path, name: str, run: Run) -> int:
    tags: set[str] = set()
    count = 0
    with path.open("rb") as file:
        for content in _records(file, path.stat().st_size, name):
            try:
                event = Event.FromString(content)
            except Exception as error:
                raise RunsError(f"{name} is no event file of TensorBoard.") from error
            for value in event.summary.value:
                count += _take(value, event.step, event.wall_time, run, tags)
    return count


def _records(file: BinaryIO, size: int, name: str) -> Iterator[bytes]:
    """The messages of a file, up to one that is still being written."""
    first = True
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        length, check = _HEAD.unpack(head)
        if first and check != masked_crc32c(head[:8]):
            raise RunsError(f"{name} is no event file of TensorBoard.")
        first = False
        if length > size - file.tell() - _FOOT:
            return
        if length > _LARGEST_READ:
            file.seek(length + _FOOT, 1)
            continue
        yield file.read(length)
        file.seek(_FOOT, 1)


def _take(value: Summary.Value, step: int, time: float, run: Run, tags: set[str]) -> int:
    """Note one value of an event; 1 for a scalar. ``tags`` are those known as scalars."""
    plugin = value.metadata.plugin_data
    if plugin.plugin_name == metadata.PLUGIN_NAME:
        _take_hparams(value.tag, plugin.content, run)
        return 0
    if plugin.plugin_name == _SCALARS:
        tags.add(value.tag)
    number = None
    if value.HasField("simple_value"):
        number = value.simple_value
    elif value.tag in tags and value.HasField("tensor"):
        array = tensor_util.make_ndarray(value.tensor)
        number = float(array.item()) if array.size == 1 else None
    if number is None or len(value.tag) > _LONGEST_TAG:
        return 0
    moment = time if math.isfinite(time) else 0.0
    run.scalars.setdefault(value.tag, {})[step] = (number, moment)
    return 1


def _take_hparams(tag: str, content: bytes, run: Run) -> None:
    try:
        data = HParamsPluginData.FromString(content)
    except DecodeError:
        return  # Of another version: as if it were not there.
    if tag == metadata.SESSION_START_INFO_TAG:
        run.start = data.session_start_info
    elif tag == metadata.SESSION_END_INFO_TAG:
        run.end = data.session_end_info
    elif tag == metadata.EXPERIMENT_TAG:
        run.experiment = data.experiment
