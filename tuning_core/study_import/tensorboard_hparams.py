"""Hyperparameters and metrics as TensorBoard's HParams knows them: numbers are of one kind."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tuning_core.catalog import Value
from tuning_core.spec.model import Declared
from tuning_core.study_import.declarations import (
    choice,
    hyperparameter_name,
    merged,
    metric_name,
    number,
    value_of,
)

_FOLDERS = {"validation": "val_", "val": "val_", "train": "", "training": ""}
"""What the folders of Keras's callback add to a metric's name."""


def metric_of(group: str, tag: str) -> str | None:
    """The name of a metric in a folder below a session; None for what counts batches."""
    if tag.startswith("batch_") or tag.endswith("_vs_iterations") or tag == "keras":
        return None
    bare = tag.removeprefix("epoch_")
    group = "" if group == "." else group
    if group in _FOLDERS:
        return metric_name(_FOLDERS[group] + bare)
    return metric_name(f"{group}/{bare}" if group else bare)


def kinds_of(starts: Iterable[Any]) -> dict[str, bool]:
    """The hyperparameters that are numbers, and whether all their values are whole."""
    found: dict[str, bool] = {}
    for start in starts:
        for name, value in start.hparams.items():
            if value.HasField("number_value"):
                whole = float(value.number_value).is_integer() and abs(value.number_value) < 2**53
                found[name] = found.get(name, True) and whole
    return found


def plain(value: Any, *, whole: bool) -> Value | None:
    """A value of HParams' messages, which know numbers of one kind."""
    if value.HasField("bool_value"):
        return bool(value.bool_value)
    if value.HasField("number_value"):
        given = float(value.number_value)
        return int(given) if whole and math.isfinite(given) else value_of(given)
    return value_of(value.string_value) if value.HasField("string_value") else None


def declared_by(experiments: Sequence[Any], kinds: Mapping[str, bool]) -> dict[str, Declared]:
    """The declarations of experiments; ``kinds`` as of their sessions."""
    found: dict[str, Declared] = {}
    for info in (info for each in experiments for info in each.hparam_infos):
        whole = kinds.get(info.name, True)
        made = None
        if info.HasField("domain_interval"):
            low, high = info.domain_interval.min_value, info.domain_interval.max_value
            if math.isfinite(low) and math.isfinite(high):
                whole = whole and float(low).is_integer() and float(high).is_integer()
                made = number(low, high, integer=whole)
        elif info.HasField("domain_discrete"):
            given = [plain(value, whole=whole) for value in info.domain_discrete.values]
            values = [value for value in given if value is not None]
            made = choice(values) if values else None
        if made is not None:
            name = hyperparameter_name(info.name)
            found[name] = merged(found[name], made) if name in found else made
    return found
