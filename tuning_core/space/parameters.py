"""The kinds of hyperparameter a space is made of: fixed, choice and range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from typing_extensions import override

from tuning_core.catalog import Value

Scale = Literal["linear", "log", "reverse_log"]
Conditions = Mapping[str, tuple[Value, ...]]
MOST_LISTED = 100_000
"""Whole numbers of a range without a step that are told apart; a wider one counts as continuous."""


@dataclass(frozen=True)
class Parameter:
    """A hyperparameter of a space; it exists in a configuration only where ``when`` holds.

    ``when`` maps names of other hyperparameters to the values with which this one is active;
    all of them must hold.
    """

    name: str
    when: Conditions = field(default_factory=lambda: MappingProxyType({}), kw_only=True)

    @property
    def searched(self) -> bool:
        """Whether a search chooses its value."""
        return True

    @property
    def count(self) -> int | None:
        """Number of values, None when they are not countable."""
        values = self.values()
        return None if values is None else len(values)

    def values(self) -> tuple[Value, ...] | None:
        """All values in order, None for a continuous range."""
        raise NotImplementedError

    def grid(self, points: int) -> tuple[Value, ...]:
        """The values that a grid search tries."""
        values = self.values()
        assert values is not None
        return values

    def quantile(self, probability: float) -> Value:
        """The value below which a share of ``probability`` (0 to 1) of all draws falls."""
        values = self.values()
        assert values is not None
        return values[min(int(probability * len(values)), len(values) - 1)]

    def position(self, value: Value) -> float:
        """Place of ``value`` between 0 and 1, the inverse of :meth:`quantile`.

        A discrete value stands in the middle of its share. Raises ValueError for a value
        that the parameter cannot take.
        """
        values = self.values()
        assert values is not None
        for index, candidate in enumerate(values):
            if same_value(value, candidate):
                return (index + 0.5) / len(values)
        raise ValueError(f"{self.name} cannot be {value!r}.")

    def contains(self, value: Value) -> bool:
        """Whether ``value`` can be drawn."""
        values = self.values()
        assert values is not None
        return any(same_value(value, candidate) for candidate in values)


@dataclass(frozen=True)
class Fixed(Parameter):
    """A hyperparameter that keeps one value."""

    value: Value

    @property
    @override
    def searched(self) -> bool:
        return False

    @override
    def values(self) -> tuple[Value, ...]:
        return (self.value,)


@dataclass(frozen=True)
class Choice(Parameter):
    """A hyperparameter that takes one of a list of values, each as likely."""

    choices: tuple[Value, ...]

    @override
    def values(self) -> tuple[Value, ...]:
        return self.choices

    @override
    def position(self, value: Value) -> float:
        index = self._places.get((value, isinstance(value, bool)))
        if index is None:
            raise ValueError(f"{self.name} cannot be {value!r}.")
        return (index + 0.5) / len(self.choices)

    @override
    def contains(self, value: Value) -> bool:
        return (value, isinstance(value, bool)) in self._places

    @cached_property
    def _places(self) -> dict[tuple[Value, bool], int]:
        # A list written by hand can have thousands of values, each asked for in turn.
        return {(value, isinstance(value, bool)): i for i, value in enumerate(self.choices)}


@dataclass(frozen=True)
class Range(Parameter):
    """A hyperparameter between ``low`` and ``high``, both included, drawn evenly on ``scale``.

    ``log`` draws the logarithm evenly; ``reverse_log`` the logarithm of 1 - x, for values that
    approach 1 such as momentum (0.9 to 0.999 has its median at 0.990). ``step`` is the
    distance between neighbours on the linear scale, the factor between them on the others.
    Integers without a step take every whole number, which of a wide range nobody lists.
    """

    low: float
    high: float
    step: float | None = None
    scale: Scale = "linear"
    integer: bool = False

    @override
    def values(self) -> tuple[Value, ...] | None:
        return self._values

    @cached_property
    def _values(self) -> tuple[Value, ...] | None:
        if self.step is not None:
            candidates = [self._stepped(index) for index in range(self._step_count)]
            return tuple(dict.fromkeys(candidates))
        if self.integer and self.high - self.low < MOST_LISTED:
            return tuple(range(int(self.low), int(self.high) + 1))
        return (self.low,) if self.low == self.high else None

    @property
    def _step_count(self) -> int:
        assert self.step is not None
        if self.scale == "linear":
            steps = (self.high - self.low) / self.step
        elif self.scale == "log":
            steps = math.log(self.high / self.low, self.step)
        else:
            steps = math.log((1 - self.low) / (1 - self.high), self.step)
        return int(steps + 1e-9) + 1

    def _stepped(self, index: int) -> Value:
        assert self.step is not None
        if self.scale == "linear":
            value = self.low + index * self.step
        elif self.scale == "log":
            value = self.low * self.step**index
        else:
            value = 1 - (1 - self.low) / self.step**index
        return self._inside(_short(value))

    @override
    def grid(self, points: int) -> tuple[Value, ...]:
        values = self.values()
        if values is not None and (self.step is not None or len(values) <= points):
            return values
        if points == 1:
            return (self._on_scale(0.5),)
        between = [self._on_scale(i / (points - 1)) for i in range(1, points - 1)]
        inner = [self._inside(_short(float(value))) for value in between]
        return tuple(dict.fromkeys([self._inside(self.low), *inner, self._inside(self.high)]))

    @override
    def quantile(self, probability: float) -> Value:
        if self.values() is not None and (self.step is not None or self.scale == "linear"):
            return super().quantile(probability)
        if not self.integer or self.scale == "linear":
            return self._on_scale(probability)
        low, high = self._log_ends
        return self._inside(math.exp(low + probability * (high - low)))

    @override
    def position(self, value: Value) -> float:
        if isinstance(value, str):
            raise ValueError(f"{self.name}: {value!r} is not a number.")
        values = self.values()
        if values is not None and (self.step is not None or self.scale == "linear"):
            nearest = min(range(len(values)), key=lambda i: abs(float(values[i]) - value))
            return (nearest + 0.5) / len(values)
        if self.integer and self.scale != "linear":
            low, high = self._log_ends
            return (math.log(value) - low) / (high - low)
        low, high = self._to_scale(self.low), self._to_scale(self.high)
        if low == high:  # Ends so near each other that the scale cannot tell them apart.
            return 0.5
        return min(1.0, max(0.0, (self._to_scale(float(value)) - low) / (high - low)))

    @override
    def contains(self, value: Value) -> bool:
        if self.values() is not None:
            return super().contains(value)
        return (
            isinstance(value, float | int)
            and not isinstance(value, bool)
            and (not self.integer or float(value).is_integer())
            and self.low <= value <= self.high
        )

    @property
    def _log_ends(self) -> tuple[float, float]:
        # Half a unit beyond each end, so that the end values get their full share.
        return math.log(self.low - 0.5), math.log(self.high + 0.5)

    def _to_scale(self, value: float) -> float:
        if self.scale == "log":
            return math.log(value)
        return -math.log1p(-value) if self.scale == "reverse_log" else value

    def _on_scale(self, share: float) -> Value:
        low, high = self._to_scale(self.low), self._to_scale(self.high)
        value = low + share * (high - low)
        if self.scale == "log":
            value = math.exp(value)
        elif self.scale == "reverse_log":
            value = -math.expm1(-value)
        return self._inside(value)

    def _inside(self, value: float) -> Value:
        value = min(max(value, self.low), self.high)
        return round(value) if self.integer else float(value)


def _short(value: float) -> float:
    """Twelve digits of it, so that 0.1 + 2 * 0.1 is 0.3 for a person and for a condition."""
    return float(f"{value:.12g}")


def same_value(a: Value, b: Value) -> bool:
    """Whether two values are the same; True is not 1 here."""
    return a == b and isinstance(a, bool) == isinstance(b, bool)
