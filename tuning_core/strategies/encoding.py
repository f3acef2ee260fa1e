"""Configurations as points of a cube, many at a time, for strategies that model the scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tuning_core.catalog import Value
from tuning_core.space import Choice, Config, Parameter, Range, SearchSpace
from tuning_core.space.parameters import same_value

Array: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

NEUTRAL = 0.5
"""Where an inactive hyperparameter stands: it must not tell configurations apart."""


class Encoding:
    """Two views of configurations of a space.

    *Shares*, shape (n, hyperparameters searched): each hyperparameter's position between 0 and
    1 on its scale, discrete ones at the middle of their value's share, inactive ones at 0.5.
    *Points*, shape (n, dimensions): the same, but a choice of names takes one dimension per
    name, so that all its names are equally far apart.
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self._columns = {parameter.name: i for i, parameter in enumerate(space.searched)}
        self._values = {p.name: _Values(p) for p in space.searched if p.values() is not None}

    @property
    def width(self) -> int:
        """Number of columns of the shares."""
        return len(self._columns)

    def shares(self, configs: Sequence[Mapping[str, Value]]) -> Array:
        """Shares of configurations, complete or of their searched values alone."""
        result = np.full((len(configs), self.width), NEUTRAL)
        for row, config in enumerate(configs):
            for name, column in self._columns.items():
                if name not in config:
                    continue
                listed = self._values.get(name)
                value = config[name]
                result[row, column] = (
                    listed.centre(value) if listed else self.space[name].position(value)
                )
        return result

    def snapped(self, numbers: Array) -> Array:
        """The shares of the configurations that :meth:`config` makes of numbers in 0..1."""
        result = np.clip(numbers, 0.0, 1.0)
        for name, listed in self._values.items():
            column = self._columns[name]
            result[:, column] = listed.centres[listed.nearest(result[:, column])]
        for name, active in self._active(result).items():
            if name in self._columns:
                result[~active, self._columns[name]] = NEUTRAL
        return result

    def points(self, shares: Array) -> Array:
        """Shares as points, shape (n, dimensions)."""
        active = self._active(shares)
        columns: list[Array] = []
        for parameter in self.space.searched:
            share = shares[:, self._columns[parameter.name]]
            listed = self._values.get(parameter.name)
            if listed is None or listed.ordered:
                columns.append(share[:, None])
                continue
            # Two names are then 1 apart, as are the ends of a range.
            chosen = np.eye(len(listed.values))[listed.nearest(share)] / np.sqrt(2)
            columns.append(np.where(active[parameter.name][:, None], chosen, 0.0))
        return np.hstack(columns) if columns else np.zeros((len(shares), 0))

    def config(self, share: Array) -> Config:
        """The configuration at one row of shares."""
        values: dict[str, Value] = {}
        for parameter in self.space.searched:
            number = share[self._columns[parameter.name]]
            listed = self._values.get(parameter.name)
            values[parameter.name] = (
                listed.values[int(listed.nearest(number))]
                if listed
                else parameter.quantile(float(number))
            )
        return self.space.complete(values)

    def _active(self, shares: Array) -> dict[str, Mask]:
        """Which rows have each hyperparameter."""
        result: dict[str, Mask] = {}
        for parameter in self.space.parameters:
            active = np.ones(len(shares), dtype=bool)
            for name, wanted in parameter.when.items():
                active &= result[name] & self._holds(name, wanted, shares)
            result[parameter.name] = active
        return result

    def _holds(self, name: str, wanted: Sequence[Value], shares: Array) -> Mask:
        """In which rows the hyperparameter has one of the wanted values, if it is active."""
        if not self.space[name].searched:
            fixed = self.space[name].quantile(0.0)
            return np.full(len(shares), any(same_value(fixed, value) for value in wanted))
        listed = self._values.get(name)
        if listed is None:
            # A single point of a continuous range is never drawn.
            return np.zeros(len(shares), dtype=bool)
        allowed = np.array([any(same_value(v, w) for w in wanted) for v in listed.values])
        return allowed[listed.nearest(shares[:, self._columns[name]])]


class _Values:
    """The values of a discrete hyperparameter in order, and where each stands in 0..1."""

    def __init__(self, parameter: Parameter) -> None:
        values = parameter.values() or ()
        self.ordered = not any(isinstance(value, str | bool) for value in values)
        if isinstance(parameter, Choice) and self.ordered:
            values = tuple(sorted(values))
        self.values = values
        uneven = isinstance(parameter, Range) and parameter.step is None
        if uneven and isinstance(parameter, Range) and parameter.scale != "linear":
            self.centres = np.array([parameter.position(value) for value in values])
        else:
            self.centres = (np.arange(len(values)) + 0.5) / len(values)
        self._edges = (self.centres[1:] + self.centres[:-1]) / 2
        self._index = {(value, isinstance(value, bool)): i for i, value in enumerate(values)}

    def nearest(self, share: Array) -> NDArray[np.intp]:
        return np.searchsorted(self._edges, share)

    def centre(self, value: Value) -> float:
        return float(self.centres[self._index[value, isinstance(value, bool)]])
