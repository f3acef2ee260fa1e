"""The path of changes from one configuration to another: what each hyperparameter gained.

Fawcett and Hoos 2016, "Analysing differences between algorithm configurations through ablation".
Every configuration on the way is trained; no surrogate guesses.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from pydantic import TypeAdapter, ValidationError
from scipy.special import stdtrit

from tuning_core.catalog import Value
from tuning_core.catalog.hyperparameters import completed
from tuning_core.space import Config, SearchSpace

Way = Literal["greedy", "quick"]
Scores = Sequence[float | None]
"""A score per seed, the same seeds for every configuration; None where a training has none."""

ScoresOf = Callable[[Config], Scores]

COVERAGE = 0.95


@dataclass(frozen=True)
class Step:
    """A configuration on the path: ``scores`` by seed, with their mean (None where one is lost).

    ``name`` changed from ``before`` to ``after``, None of the first, and the searched values
    ``brought`` came or went with it (None for one that is not there). ``tried`` is of how many
    changes this was the best. ``gain`` over the configuration before, in the objective's own
    direction, with its 95% interval; None where a mean is missing.
    """

    name: str | None
    before: Value | None
    after: Value | None
    brought: dict[str, tuple[Value | None, Value | None]]
    tried: int
    scores: tuple[float | None, ...]
    mean: float | None
    gain: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def sure(self) -> bool:
        """Whether it changed the score by more than luck, for better or worse."""
        if self.low is None or self.high is None:
            return False
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Path:
    """The steps from the default to the best; ``trained`` trainings were made for it.

    ``gain`` is that of all steps together, with its 95% interval.
    """

    way: Way
    seeds: int
    epochs: int
    trained: int
    steps: tuple[Step, ...]
    gain: float | None
    low: float | None
    high: float | None


_STORED = TypeAdapter(Path)


def path_document(path: Path) -> dict[str, Any]:
    """The path as plain JSON."""
    found: dict[str, Any] = _STORED.dump_python(path, mode="json")
    return found


def path_from(document: Mapping[str, Any]) -> Path | None:
    """The path that :func:`path_document` wrote; None for anything else."""
    try:
        return _STORED.validate_python(document, strict=False)
    except ValidationError:
        return None


def differences(space: SearchSpace, config: Config, target: Config) -> list[str]:
    """What can be changed in ``config``: values that differ, of hyperparameters that it has.

    What only the target has comes with the change that it depends on.
    """
    one, other = in_effect(space, config), in_effect(space, target)
    return [
        name
        for name in target
        if name in space and space.active(name, config) and one.get(name) != other[name]
    ]


def configurations(differing: int, way: Way) -> int:
    """How many configurations are trained at most for so many differing hyperparameters.

    Greedy: both ends, and in each round every change that is left. Quick: both ends, every single
    change taken back, and the path in the order of what that costs.
    """
    if differing < 1:
        return 1
    if way == "greedy":
        return 1 + differing * (differing + 1) // 2
    return max(2, 2 * differing)


def in_effect(space: SearchSpace, config: Mapping[str, Value]) -> Config:
    """A configuration with the default of each hyperparameter that it lacks."""
    return completed(config, space.known.values())


def changed(space: SearchSpace, config: Config, target: Config, name: str) -> Config:
    """The configuration with one value of another's; what depends on it comes or goes with it.

    What comes has the other's value too, or its default where the other does not have it.
    """
    made: Config = {}
    for parameter in space.parameters:
        own = parameter.name
        if not space.active(own, made):
            continue
        if own == name:
            made[own] = target[own]
        elif own in config:
            made[own] = config[own]
        elif not space.active(own, config) and own in target:
            made[own] = target[own]
        elif not space.known[own].inherits:
            fixed = None if parameter.searched else parameter.quantile(0.0)
            made[own] = space.known[own].default if fixed is None else fixed
    return made


def greedy(
    space: SearchSpace, start: Config, target: Config, direction: str, scores_of: ScoresOf
) -> list[Step]:
    """In each round every change is trained, and the best is made."""
    steps, config = [_first(scores_of(start))], start
    while left := differences(space, config, target):
        made = [(name, changed(space, config, target, name)) for name in left]
        scores = [scores_of(then) for _, then in made]
        best = min(range(len(made)), key=lambda at: _badness(scores[at], direction))
        name, then = made[best]
        steps.append(_step(space, config, then, name, scores[best], len(made)))
        config = then
    return steps


def quick(
    space: SearchSpace, start: Config, target: Config, direction: str, scores_of: ScoresOf
) -> list[Step]:
    """Changes in the order of what each costs when it alone is taken back from the target."""
    names = differences(space, target, start)
    costs = {
        name: _badness(scores_of(changed(space, target, start, name)), direction) for name in names
    }
    order = sorted(names, key=lambda name: -costs[name])
    steps, config = [_first(scores_of(start))], start
    while left := differences(space, config, target):
        name = next((known for known in order if known in left), left[0])
        then = changed(space, config, target, name)
        steps.append(_step(space, config, then, name, scores_of(then), 1))
        config = then
    return steps


WAYS: dict[Way, Callable[[SearchSpace, Config, Config, str, ScoresOf], list[Step]]] = {
    "greedy": greedy,
    "quick": quick,
}


def measured(
    steps: Sequence[Step], direction: str, resolution: float = 0.0
) -> tuple[list[Step], tuple[float, float, float] | None]:
    """The steps with their gains and 95% intervals, and (gain, low, high) of the whole path.

    Seeds are shared, so what a seed does to all configurations alike is taken out; what is left of
    all of them is one variance with (configurations - 1) (seeds - 1) degrees of freedom, more than
    two scores have (a randomised block design, Box, Hunter and Hunter 2005, section 4.2). No less
    than what rounding to steps of ``resolution`` makes (variance step² / 12, Sheppard 1898).
    """
    sign = 1.0 if direction == "max" else -1.0
    whole = [step.scores for step in steps if step.mean is not None]
    half = math.inf
    if len(whole) > 1 and len(whole[0]) > 1:
        table = np.array(whole, dtype=float)
        left = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
        free = (len(table) - 1) * (table.shape[1] - 1)
        variance = max(float(np.square(left).sum()) / free, resolution**2 / 12)
        half = float(stdtrit(free, (1 + COVERAGE) / 2)) * math.sqrt(2 * variance / table.shape[1])
    found = [steps[0]]
    for before, step in itertools.pairwise(steps):
        gain = _gain(before, step, sign)
        if gain is None or not math.isfinite(half):
            found.append(replace(step, gain=gain))
        else:
            found.append(replace(step, gain=gain, low=gain - half, high=gain + half))
    total = _gain(steps[0], steps[-1], sign)
    if total is None or not math.isfinite(half):
        return found, None
    return found, (total, total - half, total + half)


def _gain(before: Step, after: Step, sign: float) -> float | None:
    if before.mean is None or after.mean is None:
        return None
    return sign * (after.mean - before.mean)


def _mean(scores: Scores) -> float | None:
    known = [score for score in scores if score is not None]
    return float(np.mean(known)) if known and len(known) == len(scores) else None


def _badness(scores: Scores, direction: str) -> float:
    """The lower, the better; a configuration of which a training was lost is worse than any."""
    mean = _mean(scores)
    return math.inf if mean is None else mean if direction == "min" else -mean


def _first(scores: Scores) -> Step:
    return Step(None, None, None, {}, 1, tuple(scores), _mean(scores))


def _step(
    space: SearchSpace, config: Config, then: Config, name: str, scores: Scores, tried: int
) -> Step:
    names, searched = dict.fromkeys([*config, *then]), {p.name for p in space.searched}
    brought = {
        other: (config.get(other), then.get(other))
        for other in names
        if other != name and other in searched and config.get(other) != then.get(other)
    }
    before, after = in_effect(space, config).get(name), then[name]
    return Step(name, before, after, brought, tried, tuple(scores), _mean(scores))
