"""The weights of a study file: arrays of plain numbers and their description, nothing else."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from tuning_core.catalog.hyperparameter import Value
from tuning_core.journal.events import (
    Count,
    EpochNumber,
    ExecutionNumber,
    Number,
    Part,
    Seed,
    TrialNumber,
    Values,
    on_one_line,
)
from tuning_core.spec.study import StudySpec
from tuning_core.study_export.archive.members import BEST, DAMAGED, ArchiveError, check_contents

_ARRAYS = 2_000
_META_BYTES = 200_000
_HEADER_BYTES = 300
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    rb"\{'descr': '(?P<kind>[<|][a-z]\d)', 'fortran_order': (True|False), "
    rb"'shape': \((?P<shape>(\d{1,12}(, \d{1,12}){0,5},?)?)\), \} *\n"
)


class _Meta(Part):
    """What stands beside the weights: of which trial they are and how they came about."""

    trial: TrialNumber
    execution: ExecutionNumber
    config: Values
    score: Number
    best_epoch: EpochNumber | None = None
    seed: Seed
    refit: bool = False
    epochs: EpochNumber | None = None
    groups: dict[Literal["weights"], Count]


def check_weights(path: Path, configs: Mapping[int, Mapping[str, Value]], spec: StudySpec) -> None:
    """Raises ArchiveError unless ``path`` holds arrays of finite numbers for one of the trials.

    Only headers are read before their sizes are known to agree with the file; no object is ever
    made. That the shapes are those of the model is checked by the worker, which builds it.
    """
    try:
        if not check_contents(path, _ARRAYS):
            raise _bad(f"it has more than {_ARRAYS:,} arrays")
        with zipfile.ZipFile(path) as archive:
            _check_members(archive)
            meta = _meta(archive)
            count = len(archive.namelist()) - 1
            for index in range(count):
                _check_array(archive, f"weights_{index}.npy")
    except ArchiveError:
        raise
    except DAMAGED:
        raise _bad("it is no archive of arrays") from None
    except TypeError:
        raise _bad("an array has an unknown type") from None
    if meta.groups != {"weights": count}:
        raise _bad("its description names other arrays than it has")
    if meta.trial not in configs:
        raise _bad("its description names no trial of the study")
    if meta.config != spec.in_effect(configs[meta.trial]):
        raise _bad(
            f"its description gives trial {meta.trial} another configuration than the journal"
        )


def _check_members(archive: zipfile.ZipFile) -> None:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    expected = {"meta.npy", *(f"weights_{index}.npy" for index in range(len(names) - 1))}
    if len(names) > _ARRAYS or set(names) != expected or len(expected) != len(names):
        raise _bad("it has other arrays than weights_0, weights_1 and so on with a description")
    if any(info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 for info in infos):
        raise _bad("its arrays are compressed or encrypted, which Tunescape never does")


def _check_array(archive: zipfile.ZipFile, name: str) -> None:
    with archive.open(name) as stream:
        shape, kind = _header(stream)
        if kind.kind != "f" or kind.itemsize not in (2, 4, 8) or len(shape) > 6:
            raise _bad(f"{name} is {kind} of shape {shape}, not floating-point weights")
        size = math.prod(shape) * kind.itemsize
        rest = archive.getinfo(name).file_size - stream.tell()
        if rest != size:
            raise _bad(f"{name} holds {rest:,} bytes where its shape needs {size:,}")
        for chunk in iter(lambda: stream.read(kind.itemsize << 20), b""):
            if not np.isfinite(np.frombuffer(chunk, kind)).all():
                raise _bad(f"{name} has values that are not finite")


def _meta(archive: zipfile.ZipFile) -> _Meta:
    if archive.getinfo("meta.npy").file_size > _META_BYTES:
        raise _bad("its description is too long")
    with archive.open("meta.npy") as stream:
        shape, kind = _header(stream)
        if kind != np.uint8 or len(shape) != 1:
            raise _bad("its description is no text")
        content = stream.read(_META_BYTES)
    try:
        return _Meta.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _bad(on_one_line(f"its description: {place}: {first['msg']}")[:200]) from None


def _header(stream: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an array; numpy would evaluate what stands there as an expression."""
    start = stream.read(10)
    length = int.from_bytes(start[8:], "little")
    if start[:8] != _MAGIC or length > _HEADER_BYTES:
        raise _bad("an array has an unknown format")
    found = _HEADER.fullmatch(stream.read(length))
    if found is None:
        raise _bad("an array is none of plain numbers")
    shape = tuple(int(part) for part in found["shape"].split(b",") if part.strip())
    return shape, np.dtype(found["kind"].decode())


def _bad(what: str) -> ArchiveError:
    return ArchiveError(f"{BEST} of this study file cannot be used: {what}. Export it anew.")
