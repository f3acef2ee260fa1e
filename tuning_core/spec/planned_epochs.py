"""How many epochs the trials of a study have in all where the epochs themselves are searched."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from tuning_core.space import Config, SearchSpace
from tuning_core.space.search_space import ENUMERABLE
from tuning_core.spec.sweeps import starting_value, sweep_trials

if TYPE_CHECKING:
    from tuning_core.spec.study import StudySpec


def epochs_in_all(spec: StudySpec) -> int | None:
    """Epochs of all trials, each trained once, before anything ends one early.

    Exact for what is listed, and for a space that is tried as a whole; of sweeps at most. None
    where each trial may have the most.
    """
    space, strategy = spec.search_space, spec.strategy.id
    if "epochs" not in space or strategy == "hyperband":
        return None
    if not space["epochs"].searched and not space["epochs"].when:
        return None
    size = spec.reachable()
    count = spec.trials if size is None else min(spec.trials, size)
    if strategy == "one_at_a_time":
        return None if space["epochs"].when else sum(_of_sweeps(spec)[:count])
    configs: Iterable[Config]
    if strategy == "manual":
        configs = spec.listed
    elif size is None or (strategy != "grid" and (count < size or size > ENUMERABLE)):
        return None
    else:
        points = int(spec.strategy.setting("points")) if strategy == "grid" else size
        if count == size and _independent(space):
            values = space["epochs"].grid(points)
            return size // len(values) * sum(map(int, values))
        configs = space.configurations(points)
    return sum(int(c.get("epochs", spec.budget.epochs)) for c in islice(configs, count))


def _independent(space: SearchSpace) -> bool:
    """Whether every number of epochs stands beside as many values of the others."""
    return not space["epochs"].when and not any("epochs" in p.when for p in space.parameters)


def _of_sweeps(spec: StudySpec) -> list[int]:
    """Epochs of each trial of ``one_at_a_time``, at most.

    Until the epochs are swept they are those of the start, afterwards perhaps the most of them.
    """
    space, points = spec.search_space, int(spec.strategy.setting("points"))
    now = int(starting_value(space["epochs"]))
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
