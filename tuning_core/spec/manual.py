"""The list of ``manual``: which configurations it means, and the space that they span."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuning_core.catalog import Hyperparameter, Value
from tuning_core.space import (
    Choice,
    Config,
    Fixed,
    Parameter,
    Range,
    SearchSpace,
    SpecError,
    expected,
    space_of,
)
from tuning_core.space.entries import checked_value, unknown_hyperparameter

MAX_CONFIGURATIONS = 10_000
FIELD = "strategy.settings.configurations"

Values = dict[str, Value]


@dataclass(frozen=True)
class Listing:
    """The configurations of a list in full, and the space of the values that they have."""

    space: SearchSpace
    configs: tuple[Config, ...]


def listing(
    known: Mapping[str, Hyperparameter],
    family: str,
    entries: Mapping[str, Any],
    task: str,
    configurations: Sequence[Mapping[str, Any]],
    epochs: int,
) -> Listing:
    """What a list of configurations means beside the ``space`` part of its spec.

    What a configuration leaves out has the space's plain value or the default, the nearest to it
    that a range or list of the space allows; ``epochs`` is the budget's. Raises SpecError for
    values outside the space and for configurations that are the same.
    """
    if not configurations:
        raise SpecError(FIELD, 'expected at least one configuration, such as {"units": 32}.')
    if len(configurations) > MAX_CONFIGURATIONS:
        what = f"at most {MAX_CONFIGURATIONS:,} configurations"
        raise expected(FIELD, what, len(configurations))
    given = [_checked(i, item, known, family, task) for i, item in enumerate(configurations)]
    names = {name: value for values in reversed(given) for name, value in values.items()}
    whole = space_of(known, {**names, **entries}, family, task)
    for index, values in enumerate(given):
        for name, value in values.items():
            if whole[name].searched and not whole[name].contains(value):
                raise expected(f"{FIELD}[{index}].{name}", _accepted(whole[name]), value)
    own = {name for name in names if name not in entries}
    usual = _usual(whole, known, own, epochs)
    full = [_full(values, names, usual, known) for values in given]
    loose = _spanned(whole, usual, {name: [values[name] for values in full] for name in names})
    configs = [loose.complete(values) for values in full]
    _check_distinct(loose, given, configs)
    seen = {name: [c[name] for c in configs if name in c] for name in names}
    space = _spanned(whole, usual, seen)
    space.grid_size(2)  # Raises when the conditions are too intertwined to be counted.
    return Listing(space, tuple(configs))


def _checked(
    index: int,
    values: Mapping[str, Any],
    known: Mapping[str, Hyperparameter],
    family: str,
    task: str,
) -> Values:
    result: Values = {}
    for name, value in values.items():
        field = f"{FIELD}[{index}].{name}"
        if name not in known:
            raise SpecError(field, unknown_hyperparameter(name, family, task, known))
        result[name] = checked_value(known[name], value, field)
    return result


def _accepted(parameter: Parameter) -> str:
    """What the space allows, in words."""
    if isinstance(parameter, Range):
        step = "" if parameter.step is None else f" in steps of {parameter.step:g}"
        return f"a value from {parameter.low:g} to {parameter.high:g}{step}, as in the space"
    return f"one of {', '.join(str(value) for value in parameter.values() or ())}, as in the space"


def _usual(
    space: SearchSpace, known: Mapping[str, Hyperparameter], own: set[str], epochs: int
) -> Values:
    """The value of each hyperparameter where a configuration says nothing.

    One that only the list names, and that inherits, has none.
    """
    usual: Values = {}
    for parameter in space.parameters:
        name = parameter.name
        if name not in own:
            fixed = not parameter.searched
            usual[name] = parameter.quantile(0.0) if fixed else space.starting_value(name)
        elif not known[name].inherits:
            usual[name] = known[name].default
        elif known[name].inherits == "budget.epochs":
            usual[name] = epochs
    return usual


def _full(
    values: Values,
    names: Mapping[str, Value],
    usual: Values,
    known: Mapping[str, Hyperparameter],
) -> Values:
    """A configuration with a value of every listed hyperparameter, active or not."""
    filled = {**usual, **values}
    for name in names:
        if name not in filled:
            filled[name] = filled[known[name].inherits]
    return filled


def _spanned(
    space: SearchSpace, usual: Values, listed: Mapping[str, Sequence[Value]]
) -> SearchSpace:
    """The space with a choice for each listed hyperparameter and one value for the others."""
    parameters: list[Parameter] = []
    for parameter in space.parameters:
        name = parameter.name
        if values := listed.get(name):
            choices = tuple(dict.fromkeys(values))
            if not any(isinstance(value, str | bool) for value in choices):
                choices = tuple(sorted(choices))
            parameters.append(Choice(name, choices, when=parameter.when))
        elif parameter.searched:
            parameters.append(Fixed(name, usual[name], when=parameter.when))
        else:
            parameters.append(parameter)
    return SearchSpace(parameters, space.known)


def _check_distinct(space: SearchSpace, given: Sequence[Values], configs: Sequence[Config]) -> None:
    first: dict[str, int] = {}
    for index, config in enumerate(configs):
        other = first.setdefault(space.key(config), index)
        if other == index:
            continue
        idle = sorted({name for i in (other, index) for name in given[i] if name not in config})
        why = f" ({', '.join(idle)} has no meaning there)" if idle else ""
        raise SpecError(
            f"{FIELD}[{index}]",
            f"is the same configuration as configurations[{other}]{why}; leave one of them out.",
        )
