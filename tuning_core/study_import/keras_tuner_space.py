"""The hyperparameters that a search of Keras Tuner declared, out of their configurations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tuning_core.catalog import Value
from tuning_core.spec.model import Declared
from tuning_core.study_import.declarations import (
    choice,
    each_once,
    hyperparameter_name,
    merged,
    number,
    value_of,
)
from tuning_core.study_import.reader import number_or_none


def declared_by(states: Iterable[Mapping[str, Any]]) -> dict[str, Declared]:
    """The declarations in the states of an oracle and of trials.

    One name under several conditions is one hyperparameter here, which holds all of them.
    """
    found: dict[str, Declared] = {}
    seen: set[tuple[str, str]] = set()
    for state in states:
        part = state.get("hyperparameters")
        space = part.get("space") if isinstance(part, dict) else None
        for entry in space if isinstance(space, list) else ():
            config = entry.get("config") if isinstance(entry, dict) else None
            if not isinstance(config, dict):
                continue
            mark = (str(config.get("name")), repr(config))
            if mark in seen:
                continue
            seen.add(mark)
            name = hyperparameter_name(config.get("name"))
            declared = _declared(str(entry.get("class_name")), config)
            if declared is not None:
                before = found.get(name)
                found[name] = declared if before is None else merged(before, declared)
    return found


def _declared(kind: str, config: Mapping[str, Any]) -> Declared | None:
    kind = kind.rpartition(">")[2].rpartition(".")[2]
    when = _conditions(config.get("conditions"))
    default = config.get("default")
    if default is None and kind in ("Int", "Float"):
        default = config.get("min_value")  # As Keras Tuner itself takes it.
    start = None if default is None else value_of(default)
    if kind == "Fixed":
        return choice([value_of(config.get("value"))], default=value_of(config.get("value")),
                      when=when)  # fmt: skip
    if kind == "Boolean":
        start = start if isinstance(start, bool) else None
        return choice([False, True], default=start, when=when)
    if kind == "Choice":
        values = config.get("values")
        listed = [value_of(each) for each in values] if isinstance(values, list) else []
        return (
            choice(listed, default=listed[0] if default is None else start, when=when)
            if listed
            else None
        )
    if kind not in ("Int", "Float"):
        return None
    low, high = number_or_none(config.get("min_value")), number_or_none(config.get("max_value"))
    if low is None or high is None or not math.isfinite(low) or not math.isfinite(high):
        return None
    step = number_or_none(config.get("step"))
    return number(
        low,
        high,
        integer=kind == "Int",
        step=None if kind == "Int" and step == 1 else step,
        scale=str(config.get("sampling") or "linear"),
        default=start if number_or_none(start) is not None else None,
        when=when,
    )


def _conditions(given: Any) -> dict[str, list[Value]]:
    found: dict[str, list[Value]] = {}
    for condition in given if isinstance(given, list) else ():
        config = condition.get("config") if isinstance(condition, dict) else None
        values = config.get("values") if isinstance(config, dict) else None
        if isinstance(config, dict) and isinstance(values, list) and values:
            found[hyperparameter_name(config.get("name"))] = each_once(map(value_of, values))
    return found
