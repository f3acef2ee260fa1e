"""The search space: which configurations exist, how many, and how to draw them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np

from tuning_core.catalog import HYPERPARAMETERS, Hyperparameter, Value
from tuning_core.space.errors import SpecError
from tuning_core.space.parameters import Parameter, Range, same_value

Config: TypeAlias = dict[str, Value]
ENUMERABLE = 10_000
"""Discrete spaces below this many points are enumerated, and so exhausted exactly."""

MAX_VISITS = 20_000


class SearchSpace:
    """All hyperparameters of a model family, searched or not, with their conditions.

    A configuration is a dictionary of the active hyperparameters only. ``parameters`` are
    ordered so that each comes after those that its conditions name, ``known`` says more of each.
    Raises SpecError when
    conditions name an unknown hyperparameter or run in a circle.
    """

    def __init__(
        self,
        parameters: Sequence[Parameter],
        known: Mapping[str, Hyperparameter] = HYPERPARAMETERS,
    ) -> None:
        self.parameters = _ordered(parameters)
        self.known = known
        self._by_name = {parameter.name: parameter for parameter in self.parameters}

    def __getitem__(self, name: str) -> Parameter:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def starting_value(self, name: str) -> Value:
        """The hyperparameter's default, or the nearest value that its parameter can have.

        Of names without the default among them, the first.
        """
        parameter, default = self[name], self.known[name].default
        if parameter.contains(default):
            return default
        values = parameter.values()
        if isinstance(parameter, Range) and values is None:
            return parameter.low if float(default) < parameter.low else parameter.high
        assert values
        if any(isinstance(value, str | bool) for value in (default, *values)):
            return values[0]
        return min(values, key=lambda value: abs(float(value) - float(default)))

    @cached_property
    def searched(self) -> tuple[Parameter, ...]:
        """The hyperparameters that a search chooses."""
        return tuple(parameter for parameter in self.parameters if parameter.searched)

    @cached_property
    def varied(self) -> tuple[Parameter, ...]:
        """Those of them that have more than one value."""
        return tuple(parameter for parameter in self.searched if parameter.count != 1)

    def active(self, name: str, config: Mapping[str, Value]) -> bool:
        """Whether the hyperparameter exists beside the others of ``config``."""
        return all(
            parent in config and any(same_value(config[parent], value) for value in values)
            for parent, values in self._by_name[name].when.items()
        )

    def complete(self, values: Mapping[str, Value]) -> Config:
        """The full configuration: ``values`` and the fixed ones, without inactive ones.

        Raises:
            KeyError: An active searched value is missing.
        """
        config: Config = {}
        for parameter in self.parameters:
            if self.active(parameter.name, config):
                fixed = parameter.quantile(0.0) if not parameter.searched else None
                config[parameter.name] = values[parameter.name] if fixed is None else fixed
        return config

    def contains(self, config: Mapping[str, Value]) -> bool:
        """Whether ``config`` is one of the space: the active names, each with a value of its."""
        names = {p.name for p in self.parameters if self.active(p.name, config)}
        return names == set(config) and all(self[n].contains(v) for n, v in config.items())

    def sample(self, rng: np.random.Generator) -> Config:
        """A random configuration, each hyperparameter drawn evenly on its scale."""
        config: Config = {}
        for parameter in self.parameters:
            if self.active(parameter.name, config):
                share = float(rng.random()) if parameter.searched else 0.0
                config[parameter.name] = parameter.quantile(share)
        return config

    def key(self, config: Mapping[str, Value]) -> str:
        """One text per distinct configuration, of its searched values alone."""
        return json.dumps({p.name: config[p.name] for p in self.searched if p.name in config})

    def size(self) -> int | None:
        """Number of distinct configurations, None when a searched range is continuous."""
        return self._count(lambda parameter: parameter.values())

    def grid_size(self, points: int) -> int:
        """Number of configurations of the grid with ``points`` values per stepless range."""
        size = self._count(lambda parameter: parameter.grid(points))
        assert size is not None
        return size

    def configurations(self, points: int = 5) -> Iterator[Config]:
        """The grid: every combination once, the first hyperparameter varying slowest."""
        grids = [parameter.grid(points) for parameter in self.parameters]

        def extend(index: int, config: Config) -> Iterator[Config]:
            if index == len(self.parameters):
                yield config
                return
            name = self.parameters[index].name
            if not self.active(name, config):
                yield from extend(index + 1, config)
                return
            for value in grids[index]:
                yield from extend(index + 1, {**config, name: value})

        return extend(0, {})

    def _count(self, values_of: Callable[[Parameter], tuple[Value, ...] | None]) -> int | None:
        """Count configurations without listing them.

        Values of a hyperparameter that the conditions of others cannot tell apart are counted
        together, so only the few groups that matter are walked through.
        """
        children: dict[str, list[Parameter]] = {p.name: [] for p in self.parameters}
        for parameter in self.parameters:
            for parent in parameter.when:
                children[parent].append(parameter)
        groups: dict[str, list[tuple[Value, int]] | None] = {}
        for parameter in self.parameters:
            values = values_of(parameter)
            if values is None and not children[parameter.name]:
                groups[parameter.name] = None
                continue
            groups[parameter.name] = _grouped(parameter, values, children[parameter.name])

        visits = 0

        def count(index: int, config: Config) -> float:
            nonlocal visits
            visits += 1
            if visits > MAX_VISITS:
                raise SpecError("space", "expected simpler conditions: these cannot be counted.")
            total: float = 1
            for position in range(index, len(self.parameters)):
                name = self.parameters[position].name
                if not self.active(name, config):
                    continue
                group = groups[name]
                if group is None:
                    return math.inf
                if len(group) == 1:
                    total *= group[0][1]
                    config = {**config, name: group[0][0]}
                    continue
                parts = (n * count(position + 1, {**config, name: v}) for v, n in group)
                return total * sum(parts)
            return total

        total = count(0, {})
        return None if math.isinf(total) else int(total)


def default_config(space: SearchSpace) -> Config:
    """The space's configuration with every searched hyperparameter at the catalog's default.

    It need not lie in the space: a range may leave the default out. What inherits another's
    value by default is left out.
    """
    defaults = {name: info.default for name, info in space.known.items()}
    left_out = {p.name for p in space.searched if space.known[p.name].inherits}
    config = space.complete(defaults)
    return {name: value for name, value in config.items() if name not in left_out}


def starting_values(space: SearchSpace) -> dict[str, Value]:
    """Where the sweeps start: a value of every searched hyperparameter, active or not."""
    return {parameter.name: space.starting_value(parameter.name) for parameter in space.searched}


def _grouped(
    parameter: Parameter, values: tuple[Value, ...] | None, children: Sequence[Parameter]
) -> list[tuple[Value, int]] | None:
    """Values as (an example, how many like it), or None when they are not countable."""
    if values is None:
        return None
    groups: dict[tuple[bool, ...], tuple[Value, int]] = {}
    for value in values:
        signature = tuple(
            any(same_value(value, v) for v in child.when[parameter.name]) for child in children
        )
        example, size = groups.get(signature, (value, 0))
        groups[signature] = (example, size + 1)
    return list(groups.values())


def _ordered(parameters: Sequence[Parameter]) -> tuple[Parameter, ...]:
    by_name = {parameter.name: parameter for parameter in parameters}
    done: dict[str, Parameter] = {}
    visiting: list[str] = []

    def visit(parameter: Parameter) -> None:
        if parameter.name in done:
            return
        if parameter.name in visiting:
            circle = " -> ".join([*visiting[visiting.index(parameter.name) :], parameter.name])
            raise SpecError(
                f"space.{parameter.name}.when",
                f"expected conditions that do not run in a circle, received {circle}.",
            )
        visiting.append(parameter.name)
        for parent in parameter.when:
            visit(by_name[parent])
        visiting.pop()
        done[parameter.name] = parameter

    for parameter in parameters:
        visit(parameter)
    return tuple(done.values())
