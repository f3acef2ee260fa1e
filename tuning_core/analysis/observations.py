"""The trials of a study as a table of numbers, for analyses that model the scores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tuning_core.catalog import Value
from tuning_core.space import Parameter, Range, SearchSpace

Array: TypeAlias = NDArray[np.float64]

MOST_TRIALS = 1_000
"""Trials that an analysis looks at: more change little, and the trees take a second per 1,000."""


@dataclass(frozen=True)
class Axis:
    """One searched hyperparameter: ``count`` values, 0 for a continuous range.

    ``names`` says that its values have no order.
    """

    name: str
    count: int
    names: bool


@dataclass(frozen=True)
class Observations:
    """Configurations and scores of the trials that have a score.

    ``shares``, a row per trial and a column per axis: the position between 0 and 1 on the
    hyperparameter's scale, the middle of its share for a listed value, NaN where it is inactive.
    ``total`` counts the scored trials, more than the rows when they were thinned.
    """

    axes: tuple[Axis, ...]
    shares: Array
    scores: Array
    direction: Literal["min", "max"]
    total: int

    def rows(self, chosen: NDArray[np.intp]) -> Observations:
        """The same of some rows, which may repeat."""
        return replace(self, shares=self.shares[chosen], scores=self.scores[chosen])

    def with_scores(self, scores: Array) -> Observations:
        """The same configurations with other scores."""
        return replace(self, scores=scores)

    def columns(self, chosen: Sequence[int]) -> Observations:
        """The same of some axes."""
        axes = tuple(self.axes[column] for column in chosen)
        return replace(self, axes=axes, shares=self.shares[:, list(chosen)])


def observations(
    space: SearchSpace,
    configs: Sequence[Mapping[str, Value]],
    scores: Sequence[float | None],
    direction: Literal["min", "max"],
) -> Observations:
    """The trials that have a score, thinned evenly to about a thousand.

    A hyperparameter of a single value is left out, as is one that no trial has. So are trials
    with a value outside the space, such as those from before its ranges were changed: they have
    no place on its scales.
    """
    inside = _Inside(space)
    scored = [i for i, score in enumerate(scores) if score is not None and inside(configs[i])]
    kept = scored
    if len(scored) > MOST_TRIALS:
        places = np.linspace(0, len(scored) - 1, MOST_TRIALS).round().astype(int)
        kept = [scored[place] for place in places]
    axes, columns = [], []
    for parameter in space.searched:
        axis = _axis(parameter)
        values = [configs[index].get(parameter.name) for index in kept]
        if axis.count != 1 and any(value is not None for value in values):
            axes.append(axis)
            columns.append(_shares(parameter, values))
    return Observations(
        axes=tuple(axes),
        shares=np.column_stack(columns) if columns else np.zeros((len(kept), 0)),
        scores=np.array([scores[index] for index in kept], dtype=np.float64),
        direction=direction,
        total=len(scored),
    )


class _Inside:
    """Whether every value of a configuration is one of the space; each is looked up once."""

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._known: dict[tuple[str, Value, bool], bool] = {}

    def __call__(self, config: Mapping[str, Value]) -> bool:
        return all(self._has(name, value) for name, value in config.items())

    def _has(self, name: str, value: Value) -> bool:
        key = (name, value, isinstance(value, bool))
        if key not in self._known:
            self._known[key] = name not in self._space or self._space[name].contains(value)
        return self._known[key]


def _axis(parameter: Parameter) -> Axis:
    values = parameter.values()
    # Whole numbers without a step are not evenly likely on a logarithmic scale.
    uneven = isinstance(parameter, Range) and parameter.step is None
    if values is None or (
        uneven and isinstance(parameter, Range) and parameter.scale != "linear" and len(values) > 1
    ):
        return Axis(parameter.name, 0, names=False)
    names = any(isinstance(value, str | bool) for value in values)
    return Axis(parameter.name, len(values), names)


def _shares(parameter: Parameter, values: Sequence[Value | None]) -> Array:
    # Ranges of whole numbers look through all of them for each value: ask once for each.
    known: dict[tuple[Value, bool], float] = {}
    result = np.full(len(values), np.nan)
    for row, value in enumerate(values):
        if value is None:
            continue
        key = (value, isinstance(value, bool))
        if key not in known:
            known[key] = parameter.position(value)
        result[row] = known[key]
    return result


def to_json(table: Observations) -> str:
    """The table as JSON, for another process."""
    shares = [[None if np.isnan(share) else float(share) for share in row] for row in table.shares]
    return json.dumps(
        {
            "axes": [asdict(axis) for axis in table.axes],
            "shares": shares,
            "scores": table.scores.tolist(),
            "direction": table.direction,
            "total": table.total,
        }
    )


def from_json(document: str) -> Observations:
    """The table that :func:`to_json` wrote."""
    content = json.loads(document)
    axes = tuple(Axis(**axis) for axis in content["axes"])
    return Observations(
        axes=axes,
        shares=np.array(content["shares"], dtype=np.float64).reshape(-1, len(axes)),
        scores=np.array(content["scores"], dtype=np.float64),
        direction=content["direction"],
        total=content["total"],
    )
