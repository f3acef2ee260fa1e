"""The stops of a slider: the values of a hyperparameter that a hand wants to reach."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from tuning_core.catalog import Hyperparameter, Value

_DECADE = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
_COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
_FEW = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 30, 50)
_NEAR_ONE = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
_NEARER_ONE = (0.9995, 0.9998, 0.9999)
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 1e9)
_SMALLEST = 1e-4
MOST_STEPS = 25


def stops(hyperparameter: Hyperparameter, *values: Value) -> tuple[Value, ...]:
    """The values of a number in order, the default and further ``values`` among them.

    They are close together where the hyperparameter's usual scale is, and reach from its "off"
    (0, where it has one) to beyond what a search is offered. Of a choice they are the choices.
    """
    if hyperparameter.kind in ("choice", "boolean"):
        return hyperparameter.choices
    low, high = _ends(hyperparameter)
    if hyperparameter.kind == "integer":
        whole = _FEW if high <= _FEW[-1] else (0, *_COUNTS)
        return _within(whole, low, high, hyperparameter.default, *values)
    slider = hyperparameter.slider
    scale = (
        slider.scale if slider and slider.scale else hyperparameter.suggested.get("scale", "linear")
    )
    if scale == "log":
        smallest = hyperparameter.suggested.get("low", _SMALLEST)
        found: Sequence[float] = _decades(low or smallest / 10, high)
        found = [0.0, *found] if hyperparameter.low == 0 else found
    elif scale == "reverse_log":
        found = [0.0, *_NEAR_ONE, *_NEARER_ONE]
    else:
        step = next(step for step in _STEPS if high - low <= MOST_STEPS * step)
        found = [float(f"{index * step:.6g}") for index in range(round(high / step) + 1)]
    return _within(found, low, high, hyperparameter.default, *values)


def nearest(options: Sequence[Value], value: Value) -> Value:
    """The option nearest to a value, itself where it is one."""
    if value in options or isinstance(value, str):
        return value if value in options else options[0]
    place = bisect.bisect_left(options, value)
    near = options[max(0, place - 1) : place + 1]
    return min(near, key=lambda option: abs(float(option) - float(value)))


def _ends(hyperparameter: Hyperparameter) -> tuple[float, float]:
    """Lowest and highest stop."""
    suggested, slider = hyperparameter.suggested, hyperparameter.slider
    hard_low, hard_high = hyperparameter.low or 0.0, hyperparameter.high or 0.0
    if slider is not None:
        low, high = slider.low, slider.high
    else:
        # Off is worth having on a slider although no search would draw it.
        low = 0.0 if hard_low == 0 else suggested.get("low", hard_low)
        high = suggested.get("high", max(suggested.get("choices", [hard_high])))
        high = high if suggested.get("scale") else 2 * high
        high = hard_high if suggested.get("scale") == "reverse_log" else high
    return max(low, hard_low), min(high, hard_high)


def _decades(low: float, high: float) -> list[float]:
    """1, 1.5, 2, 3, 5 and 7 of every power of ten from ``low`` to ``high``."""
    powers = range(-9, 6)
    numbers = [float(f"{step}e{power}") for power in powers for step in _DECADE]
    return [number for number in numbers if low * 0.999 <= number <= high * 1.001]


def _within(
    numbers: Sequence[float], low: float, high: float, *more: Value
) -> tuple[int | float, ...]:
    """The numbers from ``low`` to ``high``, and ``more`` wherever they are."""
    inside = {number for number in numbers if low <= number <= high}
    return tuple(sorted(inside | {value for value in more if not isinstance(value, str)}))
