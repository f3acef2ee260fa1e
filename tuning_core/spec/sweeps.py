"""The sweeps of ``one_at_a_time``: where they start, in which order they come, how many trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from tuning_core.catalog import HYPERPARAMETERS, Value
from tuning_core.space import Parameter, Range, SearchSpace, SpecError, shown
from tuning_core.space.entries import unknown_name
from tuning_core.space.parameters import same_value

Group: TypeAlias = tuple[str, ...]
"""Hyperparameters that are swept together, as one grid; usually a single one."""


def starting_value(parameter: Parameter) -> Value:
    """The hyperparameter's default, or the nearest value that ``parameter`` can have.

    Of names without the default among them, the first.
    """
    default = HYPERPARAMETERS[parameter.name].default
    if parameter.contains(default):
        return default
    values = parameter.values()
    if isinstance(parameter, Range) and values is None:
        return parameter.low if float(default) < parameter.low else parameter.high
    assert values
    if any(isinstance(value, str | bool) for value in (default, *values)):
        return values[0]
    return min(values, key=lambda value: abs(float(value) - float(default)))


def starting_values(space: SearchSpace) -> dict[str, Value]:
    """Where the sweeps start: a value of every searched hyperparameter, active or not."""
    return {parameter.name: starting_value(parameter) for parameter in space.searched}


def sweep_groups(
    space: SearchSpace, order: Sequence[str] | None, joint: Sequence[Sequence[str]]
) -> tuple[Group, ...]:
    """The sweeps in their order, each the names that it covers.

    What ``order`` leaves out follows in the order in which it is worth tuning; a group of
    ``joint`` comes when the first of it does. Raises SpecError for names that the space does not
    search, and for names given twice.
    """
    order = order or ()
    _check(space, [(f"order[{i}]", name) for i, name in enumerate(order)])
    members = [
        (f"joint[{i}][{j}]", name) for i, group in enumerate(joint) for j, name in enumerate(group)
    ]
    _check(space, members)
    rest = [parameter.name for parameter in space.searched if parameter.name not in order]
    rest.sort(key=lambda name: HYPERPARAMETERS[name].order)
    group_of = {name: tuple(group) for group in joint for name in group}
    return tuple(dict.fromkeys(group_of.get(name, (name,)) for name in [*order, *rest]))


def sweep_trials(space: SearchSpace, groups: Sequence[Group], points: int) -> int:
    """Trials of all sweeps at most: fewer where conditions leave a hyperparameter out.

    The start is one trial. Each sweep adds its grid without the point that it starts from, which
    is trained by then.
    """
    total = 1
    for group in groups:
        grids = {name: space[name].grid(points) for name in group}
        on_grid = all(
            any(same_value(starting_value(space[name]), value) for value in grid)
            for name, grid in grids.items()
        )
        total += math.prod(len(grid) for grid in grids.values()) - on_grid
    return total


def _check(space: SearchSpace, named: Sequence[tuple[str, str]]) -> None:
    searched = [parameter.name for parameter in space.searched]
    first: dict[str, str] = {}
    for where, name in named:
        field = f"strategy.settings.{where}"
        if name not in HYPERPARAMETERS:
            raise SpecError(field, unknown_name("hyperparameter", name, searched))
        if name not in searched:
            accepted = ", ".join(searched) or "none"
            raise SpecError(
                field,
                f"expected a hyperparameter that the space searches, received {shown(name)}. "
                f"Searched: {accepted}.",
            )
        if name in first:
            raise SpecError(field, f"expected each name once; {name} is {first[name]} too.")
        first[name] = where
