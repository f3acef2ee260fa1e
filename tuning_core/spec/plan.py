"""How many trials, trainings and epochs a study asks for, by what its strategy tries."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from tuning_core.catalog import Extent
from tuning_core.space import Config, SearchSpace, SpecError, shown
from tuning_core.space.entries import unknown_name
from tuning_core.space.parameters import same_value
from tuning_core.space.search_space import ENUMERABLE

if TYPE_CHECKING:
    from tuning_core.spec.study import StudySpec

DEFAULT_TRIALS = 20
Group: TypeAlias = tuple[str, ...]
"""Hyperparameters that are swept together, as one grid; usually a single one."""


@dataclass(frozen=True)
class Round:
    """One round of a Hyperband bracket.

    ``size`` trials are trained from ``initial_epoch`` up to ``epochs`` epochs in total.
    """

    bracket: int
    round: int
    size: int
    initial_epoch: int
    epochs: int


@dataclass(frozen=True)
class Plan:
    """What a study will do at most: trials, trainings (trials x repeats) and epochs."""

    trials: int
    trainings: int
    epochs: int


def hyperband_schedule(max_epochs: int, factor: int = 3, iterations: int = 1) -> list[Round]:
    """Every round of Hyperband in the order in which Keras Tuner's oracle runs it.

    Li et al. 2018, "Hyperband", algorithm 1, with Keras Tuner's rounding: nine epochs at a
    factor of three make 23 trials and 75 epochs.
    """
    brackets = 0
    epochs = float(max_epochs)
    while epochs >= 1:
        epochs /= factor
        brackets += 1
    last_size = math.ceil(1 + math.log(max_epochs, factor))
    rounds = []
    for bracket in [*range(brackets - 1, -1, -1)] * iterations:
        before = 0
        for number in range(bracket + 1):
            left = bracket - number
            size = math.ceil(last_size / (bracket + 1) * factor**left)
            total = math.ceil(max_epochs / factor**left)
            rounds.append(Round(bracket, number, size, before, total))
            before = total
    return rounds


def plan(
    *,
    trials: int,
    epochs: int,
    repeats: int = 1,
    space_size: int | None = None,
    epochs_in_all: int | None = None,
    rounds: Sequence[Round] = (),
) -> Plan:
    """Trials, trainings and epochs of a study.

    ``trials`` and ``epochs`` are the budget; ``space_size`` is the number of configurations
    that the strategy can reach, None when there is no end to them. ``epochs_in_all`` are those of
    all trials, trained once each, where their epochs differ and are known. ``rounds`` are those of
    the brackets, where there are any.
    """
    if not rounds:
        count = trials if space_size is None else min(trials, space_size)
        total = count * epochs if epochs_in_all is None else epochs_in_all
        return Plan(count, count * repeats, repeats * total)
    left, count, total = trials, 0, 0
    untried, before = math.inf if space_size is None else space_size, 0
    for item in rounds:
        # Where fewer configurations exist than a bracket begins with, its rounds are smaller.
        before = int(min(item.size, before if item.round else untried))
        untried -= 0 if item.round else before
        size = min(before, left)
        count += size
        left -= size
        total += size * (item.epochs - item.initial_epoch)
    return Plan(count, count * repeats, total * repeats)


def bracket_rounds(spec: StudySpec) -> list[Round]:
    """The rounds of a study in brackets, none of any other."""
    if spec.strategy.info.extent is not Extent.BRACKETS:
        return []
    factor, iterations = spec.strategy.setting("factor"), spec.strategy.setting("iterations")
    return hyperband_schedule(spec.budget.epochs, int(factor), int(iterations))


def reachable(spec: StudySpec) -> int | None:
    """Configurations that the strategy can reach in the space, None for no end of them."""
    space, extent = spec.search_space, spec.strategy.info.extent
    if extent is Extent.GRID:
        return space.grid_size(int(spec.strategy.setting("points")))
    if extent is Extent.LIST:
        return len(spec.listed)
    size = space.size()
    if extent is Extent.SWEEPS:
        trials = sweep_trials(space, spec.sweeps, int(spec.strategy.setting("points")))
        return trials if size is None else min(trials, size)
    return size


def natural_trials(spec: StudySpec) -> int:
    """Trials when the budget names none: the whole of what has a size of its own."""
    extent = spec.strategy.info.extent
    if extent is Extent.BRACKETS:
        return sum(item.size for item in bracket_rounds(spec))
    return DEFAULT_TRIALS if extent is Extent.SPACE else reachable(spec) or DEFAULT_TRIALS


def epochs_in_all(spec: StudySpec) -> int | None:
    """Epochs of all trials, each trained once, before anything ends one early.

    Exact for what is listed, and for a space that is tried as a whole; of sweeps at most. None
    where each trial may have the most.
    """
    space, strategy = spec.search_space, spec.strategy.info
    if not spec.counts_epochs or strategy.decides_epochs:
        return None
    if not space["epochs"].searched and not space["epochs"].when:
        return None
    size = spec.reachable()
    count = spec.trials if size is None else min(spec.trials, size)
    if strategy.extent is Extent.SWEEPS:
        return None if space["epochs"].when else sum(_of_sweeps(spec)[:count])
    configs: Iterable[Config]
    gridded = strategy.extent is Extent.GRID
    if strategy.extent is Extent.LIST:
        configs = spec.listed
    elif size is None or (not gridded and (count < size or size > ENUMERABLE)):
        return None
    else:
        points = int(spec.strategy.setting("points")) if gridded else size
        if count == size and _independent(space):
            values = space["epochs"].grid(points)
            return size // len(values) * sum(map(int, values))
        configs = space.configurations(points)
    return sum(int(c.get("epochs", spec.budget.epochs)) for c in islice(configs, count))


def _independent(space: SearchSpace) -> bool:
    """Whether every number of epochs stands beside as many values of the others."""
    return not space["epochs"].when and not any("epochs" in p.when for p in space.parameters)


def _of_sweeps(spec: StudySpec) -> list[int]:
    """Epochs of each trial of the sweeps, at most.

    Until the epochs are swept they are those of the start, afterwards perhaps the most of them.
    """
    space, points = spec.search_space, int(spec.strategy.setting("points"))
    now = int(space.starting_value("epochs"))
    found = [now]
    for group in spec.sweeps:
        trials = sweep_trials(space, [group], points) - 1
        if "epochs" not in group:
            found += [now] * trials
            continue
        values = [int(value) for value in space["epochs"].grid(points)]
        beside = math.prod(len(space[name].grid(points)) for name in group if name != "epochs")
        swept = [value for value in values for _ in range(beside)]
        if len(swept) > trials:
            swept.remove(now)
        # Of a joint sweep that is cut short, nobody knows by now which part is left.
        found += swept if beside == 1 else sorted(swept, reverse=True)
        now = max(now, *values)
    return found


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
    rest.sort(key=lambda name: space.known[name].order)
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
            any(same_value(space.starting_value(name), value) for value in grid)
            for name, grid in grids.items()
        )
        total += math.prod(len(grid) for grid in grids.values()) - on_grid
    return total


def _check(space: SearchSpace, named: Sequence[tuple[str, str]]) -> None:
    searched = [parameter.name for parameter in space.searched]
    first: dict[str, str] = {}
    for where, name in named:
        field = f"strategy.settings.{where}"
        if name not in space.known:
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
