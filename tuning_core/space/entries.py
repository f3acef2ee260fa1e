"""From the ``space`` part of a spec to a search space, every mistake named by its field."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from tuning_core.catalog import FAMILIES, HYPERPARAMETERS, Hyperparameter, Value
from tuning_core.catalog.hyperparameters import known_to
from tuning_core.space.errors import SpecError, expected, shown
from tuning_core.space.parameters import (
    Choice,
    Conditions,
    Fixed,
    Parameter,
    Range,
    Scale,
    same_value,
)
from tuning_core.space.search_space import SearchSpace

MAX_CHOICES = 1_000
MAX_STEPS = 100_000
MAX_STEP = 1e9
SCALES = get_args(Scale)
RANGE_FIELDS = {"low", "high", "step", "scale", "when"}
CHOICE_FIELDS = {"choices", "when"}


def build_space(family: str, entries: Mapping[str, Any], task: str | None = None) -> SearchSpace:
    """The space of a model family: ``entries`` as in the spec, defaults for what they leave out.

    With a ``task``, only what it has is accepted.

    A plain value fixes a hyperparameter, ``{"choices": [...]}`` lists its values,
    ``{"low", "high", "step", "scale"}`` is a range, and ``when`` adds conditions to either.
    Raises SpecError.
    """
    known = known_to(family, task)
    return space_of(known, entries, family, task)


def space_of(
    known: Mapping[str, Hyperparameter],
    entries: Mapping[str, Any],
    family: str,
    task: str | None = None,
) -> SearchSpace:
    """The space of ``known`` hyperparameters: what a family has, or what a study declares."""
    for name in entries:
        if name not in known:
            raise SpecError(f"space.{name}", unknown_hyperparameter(name, family, task, known))
    parameters = [_parameter(known[name], entry, known) for name, entry in entries.items()]
    for name, hyperparameter in known.items():
        if name in entries or hyperparameter.inherits:
            continue
        if hyperparameter.declared:
            parameters.append(_parameter(hyperparameter, hyperparameter.suggested, known))
        else:
            when = dict(hyperparameter.when)
            parameters.append(Fixed(name, hyperparameter.default, when=when))
    names = {parameter.name for parameter in parameters}
    for parameter in parameters:
        _check_strangers(parameter, names, known)
    space = SearchSpace(parameters, known)
    for parameter in space.parameters:
        _check_parents(parameter, space)
    space.grid_size(2)  # Raises when the conditions are too intertwined to be counted.
    return space


def unknown_hyperparameter(name: str, family: str, task: str | None, known: Iterable[str]) -> str:
    """The message for a hyperparameter that is none of the ``known`` of a family and task."""
    if name in HYPERPARAMETERS and not FAMILIES[family].declares:
        if task is not None and task not in HYPERPARAMETERS[name].tasks:
            return f"has no meaning for {task}; leave it out."
        others = ", ".join(other for other in known if "_" not in other)
        return f"the {family} family has no such hyperparameter. It has {others} and more."
    return unknown_name("hyperparameter", name, known)


def unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """The message for a name that is none of ``known``, with the nearest of them."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {shown(close[0])}?" if close else f"Accepted: {', '.join(names)}."
    return f"unknown {what} {shown(name)}. {hint}"


def _check_strangers(
    parameter: Parameter, names: set[str], known: Mapping[str, Hyperparameter]
) -> None:
    """Check that conditions name hyperparameters of the space."""
    for parent in parameter.when:
        if parent not in names or parent == parameter.name:
            others = [name for name in names if name != parameter.name]
            what = (
                "expected another hyperparameter, received itself."
                if parent == parameter.name
                else f"expected a hyperparameter of this space. Accepted: {', '.join(others)}."
                if parent in known
                else unknown_name("hyperparameter", parent, others)
            )
            raise SpecError(f"space.{parameter.name}.when.{parent}", what)


def _check_parents(parameter: Parameter, space: SearchSpace) -> None:
    for parent in parameter.when:
        if space[parent].values() is None:
            raise SpecError(
                f"space.{parameter.name}.when.{parent}",
                "expected a hyperparameter with countable values: "
                f"give {parent} a step, choices or one value.",
            )


def _parameter(
    hyperparameter: Hyperparameter, entry: Any, known: Mapping[str, Hyperparameter]
) -> Parameter:
    field = f"space.{hyperparameter.id}"
    if not isinstance(entry, Mapping):
        return Fixed(
            hyperparameter.id,
            checked_value(hyperparameter, entry, field),
            when=dict(hyperparameter.when),
        )
    when = _conditions(hyperparameter, entry.get("when", {}), f"{field}.when", known)
    if "choices" in entry:
        _only(entry, CHOICE_FIELDS, field)
        return Choice(
            hyperparameter.id, _choices(hyperparameter, entry["choices"], field), when=when
        )
    if "low" in entry or "high" in entry:
        _only(entry, RANGE_FIELDS, field)
        if hyperparameter.declared:  # A narrower range keeps the steps that were declared.
            steps = {n: v for n, v in hyperparameter.suggested.items() if n in ("step", "scale")}
            entry = {**({} if "scale" in entry else steps), **entry}
        return _range(hyperparameter, entry, field, when)
    if set(entry) == {"value"} or set(entry) == {"value", "when"}:
        return Fixed(
            hyperparameter.id, checked_value(hyperparameter, entry["value"], field), when=when
        )
    raise expected(field, 'a value, {"low", "high"} or {"choices"}', dict(entry))


def _only(entry: Mapping[str, Any], accepted: set[str], field: str) -> None:
    for name in entry:
        if name not in accepted:
            raise SpecError(f"{field}.{name}", unknown_name("field", name, sorted(accepted)))


def checked_value(hyperparameter: Hyperparameter, value: Any, field: str) -> Value:
    """The value in the hyperparameter's own type; SpecError of ``field`` when it cannot have it."""
    value = _number(hyperparameter, value)
    what = _accepted(hyperparameter)
    if hyperparameter.kind == "boolean":
        good = isinstance(value, bool)
    elif hyperparameter.kind == "choice":
        good = any(same_value(value, choice) for choice in hyperparameter.choices)
    else:
        good = _is_number(value, integer=hyperparameter.kind == "integer")
        good = good and _within(hyperparameter, value)
    if not good:
        raise expected(field, what, value)
    return value


def _number(hyperparameter: Hyperparameter, value: Any) -> Any:
    """The value as the hyperparameter's own type where nothing is lost: 1 is 1.0 for a float."""
    if hyperparameter.kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    if hyperparameter.kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _is_number(value: Any, *, integer: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or not integer


def _within(hyperparameter: Hyperparameter, value: float) -> bool:
    assert hyperparameter.low is not None
    assert hyperparameter.high is not None
    return hyperparameter.low <= value <= hyperparameter.high


def _accepted(hyperparameter: Hyperparameter) -> str:
    if hyperparameter.kind == "boolean":
        return "true or false"
    if hyperparameter.kind == "choice":
        return f"one of {', '.join(str(choice) for choice in hyperparameter.choices)}"
    kind = "an integer" if hyperparameter.kind == "integer" else "a number"
    return f"{kind} from {hyperparameter.low:g} to {hyperparameter.high:g}"


def _choices(hyperparameter: Hyperparameter, choices: Any, field: str) -> tuple[Value, ...]:
    field = f"{field}.choices"
    if not isinstance(choices, Sequence) or isinstance(choices, str) or not choices:
        raise expected(field, "a list of at least one value", choices)
    if len(choices) > MAX_CHOICES:
        raise expected(field, f"at most {MAX_CHOICES} values", len(choices))
    values = tuple(checked_value(hyperparameter, choice, field) for choice in choices)
    for index, value in enumerate(values):
        if any(same_value(value, other) for other in values[:index]):
            raise SpecError(field, f"expected each value once, received {shown(value)} twice.")
    return values


def _range(
    hyperparameter: Hyperparameter, entry: Mapping[str, Any], field: str, when: Conditions
) -> Range:
    if hyperparameter.kind not in ("integer", "float"):
        raise SpecError(
            field, f"a range needs numbers; {hyperparameter.id} takes {_accepted(hyperparameter)}."
        )
    for end in ("low", "high"):
        if end not in entry:
            raise SpecError(f"{field}.{end}", "is missing; a range needs both low and high.")
    low = checked_value(hyperparameter, entry["low"], f"{field}.low")
    high = checked_value(hyperparameter, entry["high"], f"{field}.high")
    assert not isinstance(low, str)
    assert not isinstance(high, str)
    if low > high:
        raise SpecError(
            f"{field}.low", f"expected at most high ({shown(high)}), received {shown(low)}."
        )
    scale = entry.get("scale", "linear")
    if scale not in SCALES:
        raise expected(f"{field}.scale", f"one of {', '.join(SCALES)}", scale)
    integer = hyperparameter.kind == "integer"
    if scale == "log" and low <= 0:
        raise expected(f"{field}.low", "a number above 0 for the log scale", low)
    if scale == "reverse_log" and integer:
        raise SpecError(f"{field}.scale", "reverse_log is for numbers below 1, not for integers.")
    if scale == "reverse_log" and high >= 1:
        raise expected(f"{field}.high", "a number below 1 for the reverse_log scale", high)
    step = _step(entry.get("step"), scale, low, high, integer=integer, field=f"{field}.step")
    return Range(hyperparameter.id, low, high, step, scale, integer, when=when)


def _step(
    step: Any, scale: str, low: float, high: float, *, integer: bool, field: str
) -> float | None:
    if step is None:
        return None
    linear = scale == "linear"
    if (
        not _is_number(step, integer=integer and linear)
        or not (0 if linear else 1) < step <= MAX_STEP
    ):
        kind = "an integer" if integer and linear else "a number"
        raise expected(field, f"{kind} above {0 if linear else 1}, at most {MAX_STEP:g}", step)
    if linear:
        steps = (high - low) / step
    else:
        factor = high / low if scale == "log" else (1 - low) / (1 - high)
        steps = math.log(factor) / math.log(step)
    if steps > MAX_STEPS:
        raise expected(field, f"at most {MAX_STEPS:,} steps between low and high", step)
    return float(step)


def _conditions(
    hyperparameter: Hyperparameter, when: Any, field: str, known: Mapping[str, Hyperparameter]
) -> Conditions:
    if not isinstance(when, Mapping):
        raise expected(field, 'an object such as {"optimizer": ["sgd"]}', when)
    conditions: dict[str, tuple[Value, ...]] = dict(hyperparameter.when)
    for parent, values in when.items():
        listed = values if isinstance(values, list) else [values]
        if not listed or len(listed) > MAX_CHOICES:
            raise expected(f"{field}.{parent}", "a list of values", values)
        if parent in known:
            listed = [checked_value(known[parent], v, f"{field}.{parent}") for v in listed]
        own = conditions.get(parent)
        conditions[parent] = tuple(
            value for value in listed if own is None or any(same_value(value, o) for o in own)
        )
        if not conditions[parent]:
            raise expected(
                f"{field}.{parent}", f"values with which {hyperparameter.id} has a meaning", values
            )
    return conditions
