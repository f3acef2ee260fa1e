"""What Optuna drew values from, as declarations."""

from __future__ import annotations

import math

from tuning_core.catalog import Value
from tuning_core.spec.model import Declared
from tuning_core.study_import.declarations import choice, merged, number, value_of
from tuning_core.study_import.reader import number_or_none, parsed


class Distributions:
    """Declarations out of distributions; each text is understood once."""

    def __init__(self, declared: dict[str, Declared]) -> None:
        self._declared = declared
        self._known: dict[str, tuple[Declared | None, list[Value] | None]] = {}
        self._taken: set[tuple[str, str]] = set()

    def value(self, name: str, internal: float, text: str) -> Value | None:
        """The value of a hyperparameter, whose distribution is noted; None for one of no kind."""
        if text not in self._known:
            self._known[text] = understood(text)
        declared, choices = self._known[text]
        if declared is None:
            return value_of(internal)
        if (name, text) not in self._taken:
            self._taken.add((name, text))
            before = self._declared.get(name)
            self._declared[name] = declared if before is None else merged(before, declared)
        if not math.isfinite(internal):
            return None
        if choices is not None:
            return choices[int(internal)] if 0 <= internal < len(choices) else None
        return int(internal) if declared.kind == "integer" else internal


def understood(text: str) -> tuple[Declared | None, list[Value] | None]:
    """A distribution's declaration, and the choices of a categorical one."""
    found = parsed(text, "A distribution in the storage of Optuna")
    name = found.get("name") if isinstance(found, dict) else None
    given = found.get("attributes") if isinstance(found, dict) else None
    if not isinstance(name, str) or not isinstance(given, dict):
        return None, None
    if name == "CategoricalDistribution" and isinstance(given.get("choices"), list):
        choices = [value_of(each) for each in given["choices"]]
        return (choice(choices) if choices else None), choices
    low, high = number_or_none(given.get("low")), number_or_none(given.get("high"))
    if low is None or high is None or not math.isfinite(low) or not math.isfinite(high):
        return None, None
    step = number_or_none(given.get("step", given.get("q")))
    log = given.get("log") is True or "LogUniform" in name
    integer = name.startswith("Int")
    if log or (integer and step == 1):
        step = None
    scale = "log" if log else "linear"
    return number(low, high, integer=integer, step=step, scale=scale), None
