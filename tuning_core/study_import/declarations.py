"""What a search declared, made to hold every configuration that its trials had."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tuning_core.catalog import Value
from tuning_core.space import SpecError
from tuning_core.space.entries import MAX_CHOICES, MAX_STEP, MAX_STEPS, SCALES
from tuning_core.space.parameters import same_value
from tuning_core.spec.model import MAX_DECLARED, Declared

_LONGEST_TEXT = 200
_LONGEST_NAME = 200


def hyperparameter_name(text: Any) -> str:
    """A name as a study has it: on one line, not empty, 200 letters at most."""
    name = "".join(c if c.isprintable() else " " for c in str(text)).strip()
    return name[:_LONGEST_NAME].strip() or "(no name)"


def metric_name(text: Any) -> str:
    """A name of a metric as a study has it."""
    name = "".join(c if c.isprintable() and c not in '"\\' else "_" for c in str(text)).strip()
    return name[:100].strip() or "metric"


def value_of(content: Any) -> Value:
    """A value as a study has it; what is none of its kinds, such as None or a list, as text."""
    if isinstance(content, bool | int):
        return content
    if isinstance(content, float):
        return content if math.isfinite(content) else str(content)
    if isinstance(content, str):
        return content[:_LONGEST_TEXT]
    if content is None:
        return "None"
    try:
        return json.dumps(content)[:_LONGEST_TEXT]
    except (TypeError, ValueError, RecursionError):
        return str(content)[:_LONGEST_TEXT]


def each_once(values: Iterable[Value]) -> list[Value]:
    """The values in order, none twice; True is not 1 here, 1.0 is."""
    found: dict[tuple[bool, Value], Value] = {}
    for value in values:
        found.setdefault((isinstance(value, bool), value), value)
    return list(found.values())


def number(
    low: float,
    high: float,
    *,
    integer: bool,
    step: float | None = None,
    scale: str = "linear",
    default: Value | None = None,
    when: Mapping[str, Sequence[Value]] | None = None,
) -> Declared:
    """A number from ``low`` to ``high``; a scale or a step that no space has is left out."""
    low, high = min(low, high), max(low, high)
    if integer:
        low, high = math.floor(low), math.ceil(high)
    if scale not in SCALES or (scale == "log" and low <= 0):
        scale = "linear"
    if scale == "reverse_log" and (integer or high >= 1):
        scale = "linear"
    if step is not None and not _steps(low, high, step, scale, integer=integer):
        step = None
    return Declared.model_validate(
        {
            "kind": "integer" if integer else "float",
            "low": low,
            "high": high,
            "step": step,
            "scale": scale,
            "default": default,
            "when": {name: list(values) for name, values in (when or {}).items()},
        }
    )


def choice(
    values: Iterable[Value],
    *,
    default: Value | None = None,
    when: Mapping[str, Sequence[Value]] | None = None,
) -> Declared:
    """One of a list of values, true or false where these two are all. Raises SpecError."""
    choices = each_once(values)
    _check_count(choices, "model.declared")
    flags = len(choices) == 2 and all(isinstance(value, bool) for value in choices)
    given = {name: list(values) for name, values in (when or {}).items()}
    if flags:
        return Declared(kind="boolean", default=default, when=given)
    return Declared(kind="choice", choices=choices, default=default, when=given)


def observed(values: Sequence[Value]) -> Declared:
    """What may have been declared of a hyperparameter of which only values are known."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if not numbers or len(numbers) < len(values):
        return choice(sorted(each_once(values), key=str))
    whole = all(isinstance(value, int) for value in numbers)
    return number(min(numbers), max(numbers), integer=whole)


def fitted(
    declared: Mapping[str, Declared], configs: Sequence[Mapping[str, Value]]
) -> dict[str, Declared]:
    """The declarations, widened to all that the trials had; what was not declared as observed.

    Raises SpecError for more hyperparameters, or values of one, than a study has.
    """
    had: dict[str, list[Value]] = {name: [] for name in declared}
    for config in configs:
        for name, value in config.items():
            had.setdefault(name, []).append(value)
    if len(had) > MAX_DECLARED:
        raise SpecError(
            "model.declared",
            f"expected at most {MAX_DECLARED:,} hyperparameters, received {len(had):,}.",
        )
    found = {
        name: _widened(declared[name], values) if name in declared else observed(values)
        for name, values in had.items()
    }
    for name, each in found.items():
        _check_count(each.choices or (), f"model.declared.{name}")
    return {name: _with_parents(each, found) for name, each in found.items()}


def _check_count(choices: Sequence[Value], field: str) -> None:
    if len(choices) > MAX_CHOICES:
        what = f"expected at most {MAX_CHOICES:,} different values, received {len(choices):,}."
        raise SpecError(field, what)


def _widened(declared: Declared, values: Sequence[Value]) -> Declared:
    if declared.kind in ("integer", "float"):
        return _wider_range(declared, values)
    if declared.kind == "boolean":
        if all(isinstance(value, bool) for value in values):
            return declared
        declared = declared.model_copy(update={"kind": "choice", "choices": [False, True]})
    choices = each_once([*(declared.choices or ()), *values])
    return declared.model_copy(update={"choices": choices})


def _wider_range(declared: Declared, values: Sequence[Value]) -> Declared:
    assert declared.low is not None
    assert declared.high is not None
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) < len(values):
        return choice(values, when=declared.when)
    low, high = min([declared.low, *numbers]), max([declared.high, *numbers])
    integer = declared.kind == "integer" and all(float(value).is_integer() for value in numbers)
    if (low, high) == (declared.low, declared.high) and integer == (declared.kind == "integer"):
        return declared
    # From another low, the steps would be at other places.
    step = declared.step if low == declared.low else None
    return number(
        low,
        high,
        integer=integer,
        step=step,
        scale=declared.scale,
        default=declared.default,
        when=declared.when,
    )


def _with_parents(declared: Declared, found: Mapping[str, Declared]) -> Declared:
    """Without conditions that no space can hold: of unknown parents, or of unknown values."""
    when = {
        name: values
        for name, values in declared.when.items()
        if name in found and _countable(found[name]) and _all_of(found[name], values)
    }
    return declared if when == declared.when else declared.model_copy(update={"when": when})


def _countable(declared: Declared) -> bool:
    return declared.kind != "float" or declared.step is not None or declared.low == declared.high


def _all_of(declared: Declared, values: Sequence[Value]) -> bool:
    """Whether a hyperparameter can have each of the values."""
    if declared.kind == "boolean":
        return all(isinstance(value, bool) for value in values)
    if declared.kind == "choice":
        choices = declared.choices or ()
        return all(any(same_value(value, known) for known in choices) for value in values)
    return all(
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and (declared.low or 0.0) <= value <= (declared.high or 0.0)
        for value in values
    )


def _steps(low: float, high: float, step: float, scale: str, *, integer: bool) -> bool:
    """Whether a space takes steps of this size."""
    if (
        not math.isfinite(step)
        or step > MAX_STEP
        or (integer and scale == "linear" and not float(step).is_integer())
    ):
        return False
    if scale == "linear":
        return step > 0 and (high - low) / step <= MAX_STEPS
    if step <= 1:
        return False
    factor = high / low if scale == "log" else (1 - low) / (1 - high)
    return math.log(factor) / math.log(step) <= MAX_STEPS


def merged(one: Declared, other: Declared) -> Declared:
    """One declaration for two under the same name: ranges and choices that hold both."""
    when = _either(one.when, other.when)
    numbers = ("integer", "float")
    if one.kind in numbers and other.kind in numbers:
        assert one.low is not None
        assert one.high is not None
        assert other.low is not None
        assert other.high is not None
        same = (one.low, one.step, one.scale) == (other.low, other.step, other.scale)
        return number(
            min(one.low, other.low),
            max(one.high, other.high),
            integer=one.kind == other.kind == "integer",
            step=one.step if same else None,
            scale=one.scale if one.scale == other.scale else "linear",
            default=one.default,
            when=when,
        )
    if one.kind == other.kind == "boolean":
        return one.model_copy(update={"when": when})
    values = [*_values(one), *_values(other)]
    return choice(values, default=one.default, when=when)


def _values(declared: Declared) -> list[Value]:
    if declared.kind == "boolean":
        return [False, True]
    if declared.kind == "choice":
        return list(declared.choices or ())
    ends = [declared.low or 0.0, declared.high or 0.0]
    return [int(end) if declared.kind == "integer" else end for end in ends]


def _either(
    one: Mapping[str, Sequence[Value]], other: Mapping[str, Sequence[Value]]
) -> dict[str, list[Value]]:
    """Conditions that hold where either does; none where no conditions say just that."""
    if one.keys() != other.keys() or len(one) > 1:
        return {}
    return {name: each_once([*one[name], *other[name]]) for name in one}
