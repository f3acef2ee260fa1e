"""A search space as Keras Tuner's HyperParameters.

Keras Tuner's kinds keep their meaning, but every way between a value and its probability goes
through our Parameter: its ``reverse_log`` and its steps differ from ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras_tuner.engine import hyperparameters as kt
from keras_tuner.src.engine import conditions as kt_conditions
from typing_extensions import override

from tuning_core.catalog import Value
from tuning_core.space import Choice, Parameter, Range, SearchSpace
from tuning_core.space.parameters import same_value

STEPLESS_VALUES = 10
"""How many values stand for a continuous range where Keras Tuner asks for a list."""


class Parent(kt_conditions.Parent):
    """Active while the named hyperparameter has one of ``values``; True is not 1 here."""

    def __init__(self, name: str, values: Sequence[Value]) -> None:
        # Keras Tuner's own constructor casts all values to the type of the first.
        self.name = name
        self.values = list(values)

    @override
    def is_active(self, values: Mapping[str, Value]) -> bool:
        return self.name in values and any(same_value(values[self.name], v) for v in self.values)


class _Mapped:
    """Routes Keras Tuner's mapping between probabilities and values through a Parameter."""

    parameter: Parameter
    conditions: list[Parent]

    def prob_to_value(self, prob: float) -> Value:
        return self.parameter.quantile(prob)

    def value_to_prob(self, value: Value) -> float:
        return self.parameter.position(value)

    @property
    def values(self) -> tuple[Value, ...]:
        return self.parameter.values() or self.parameter.grid(STEPLESS_VALUES)

    @property
    def default(self) -> Value:
        return self.parameter.quantile(0.0)

    def get_config(self) -> dict[str, Any]:
        return {"parameter": self.parameter, "conditions": self.conditions}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> _Mapped:
        return cls(**config)


class SpaceInt(_Mapped, kt.Int):
    """An integer range."""

    def __init__(self, parameter: Range, conditions: list[Parent]) -> None:
        self.parameter = parameter
        super().__init__(
            parameter.name, int(parameter.low), int(parameter.high), conditions=conditions
        )


class SpaceFloat(_Mapped, kt.Float):
    """A range of real numbers."""

    def __init__(self, parameter: Range, conditions: list[Parent]) -> None:
        self.parameter = parameter
        super().__init__(parameter.name, parameter.low, parameter.high, conditions=conditions)


class SpaceBoolean(_Mapped, kt.Boolean):
    """A choice between True and False."""

    def __init__(self, parameter: Choice, conditions: list[Parent]) -> None:
        self.parameter = parameter
        super().__init__(parameter.name, conditions=conditions)


class SpaceChoice(_Mapped, kt.Choice):
    """A choice of one value of a list."""

    def __init__(self, parameter: Choice, conditions: list[Parent]) -> None:
        self.parameter = parameter
        # Keras Tuner's Choice refuses lists of mixed numbers such as [1, 0.5].
        kt.HyperParameter.__init__(self, parameter.name, conditions=conditions)
        self._values = list(parameter.choices)
        self.ordered = not any(isinstance(value, str | bool) for value in self._values)


class SpaceHyperParameters(kt.HyperParameters):
    """Keras Tuner's container over an unchanging space.

    Copies share the space and own their values; Keras Tuner's would serialise every entry.
    """

    def _register(self, hyperparameter: Any, overwrite: bool = False) -> Value | None:
        self._hps[hyperparameter.name].append(hyperparameter)
        self._space.append(hyperparameter)
        return None

    @override
    def copy(self) -> SpaceHyperParameters:
        other = SpaceHyperParameters()
        other._hps = self._hps
        other._space = self._space
        other.values = dict(self.values)
        return other


def hyperparameters_of(space: SearchSpace) -> SpaceHyperParameters:
    """The searched hyperparameters of a space with their conditions.

    Fixed ones are left out (SearchSpace.complete adds them), and so is what their values can
    never make active.
    """
    result = SpaceHyperParameters()
    for parameter in space.searched:
        conditions = _conditions(space, parameter)
        if conditions is not None:
            result._register(_kind(parameter)(parameter, conditions))
    return result


def _kind(parameter: Parameter) -> Any:
    if isinstance(parameter, Range):
        return SpaceInt if parameter.integer else SpaceFloat
    boolean = all(isinstance(value, bool) for value in parameter.values() or ())
    return SpaceBoolean if boolean else SpaceChoice


def _conditions(space: SearchSpace, parameter: Parameter) -> list[Parent] | None:
    """Conditions on searched hyperparameters alone, None when they can never hold."""
    conditions: list[Parent] = []
    for name, values in parameter.when.items():
        parent = space[name]
        if parent.searched:
            conditions.append(Parent(name, values))
            continue
        inherited = _conditions(space, parent)
        if inherited is None or not any(same_value(parent.quantile(0.0), v) for v in values):
            return None
        conditions.extend(inherited)
    return conditions
