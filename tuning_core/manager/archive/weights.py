"""The weights of a study file: arrays of plain numbers and their description, nothing else."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tuning_core.catalog.hyperparameter import Value
from tuning_core.catalog.hyperparameters import in_effect
from tuning_core.manager.archive.errors import ArchiveError

_ARRAYS = 2_000
_META_BYTES = 200_000
_KNOWN = {"trial", "execution", "config", "score", "best_epoch", "seed", "refit", "epochs"}


def check_weights(path: Path, configs: Mapping[int, Mapping[str, Value]], family: str) -> None:
    """Raises ArchiveError unless ``path`` holds arrays of finite numbers for one of the trials.

    Only headers are read before their sizes are known to agree with the file; no object is ever
    made. That the shapes are those of the model is checked by the worker, which builds it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive)
            meta = _meta(archive)
            count = len(archive.namelist()) - 1
            for index in range(count):
                _check_array(archive, f"weights_{index}.npy")
    except ArchiveError:
        raise
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError):
        raise _bad("it is no archive of arrays") from None
    if meta.get("groups") != {"weights": count}:
        raise _bad("its description names other arrays than it has")
    _check_meta(meta, configs, family)


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


def _meta(archive: zipfile.ZipFile) -> dict[str, Any]:
    if archive.getinfo("meta.npy").file_size > _META_BYTES:
        raise _bad("its description is too long")
    with archive.open("meta.npy") as stream:
        shape, kind = _header(stream)
        if kind != np.uint8 or len(shape) != 1:
            raise _bad("its description is no text")
        meta = json.loads(stream.read(), parse_constant=_refuse)
    if not isinstance(meta, dict):
        raise _bad("its description is no object")
    return meta


def _header(stream: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise _bad("an array has an unknown format")
    shape, _, kind = read(stream)
    if kind.hasobject or any(length < 0 for length in shape):
        raise _bad("an array holds objects")
    return shape, kind


def _check_meta(
    meta: Mapping[str, Any], configs: Mapping[int, Mapping[str, Value]], family: str
) -> None:
    unknown = set(meta) - _KNOWN - {"groups"}
    trial, seed, score = meta.get("trial"), meta.get("seed"), meta.get("score")
    if unknown or not isinstance(trial, int) or trial not in configs:
        raise _bad("its description names no trial of the study")
    if meta.get("config") != in_effect(configs[trial], family):
        raise _bad(f"its description gives trial {trial} another configuration than the journal")
    whole = [meta.get(name) for name in ("execution", "best_epoch", "epochs")]
    if (
        not isinstance(seed, int)
        or not 0 <= seed < 2**63
        or not isinstance(score, int | float)
        or not all(number is None or (isinstance(number, int) and number >= 0) for number in whole)
        or not isinstance(meta.get("refit", False), bool)
    ):
        raise _bad("its description has values that are not the numbers of a trial")


def _refuse(word: str) -> float:
    raise _bad(f"its description has the value {word}")


def _bad(what: str) -> ArchiveError:
    return ArchiveError(f"best.npz of this study file cannot be used: {what}. Export it anew.")
