"""What a search has covered so far, for the explanation of a trial that no model asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tuning_core.catalog import Value
from tuning_core.catalog.explanation import Profile
from tuning_core.space import Config, Parameter, SearchSpace

PARTS = 10
"""Parts of a continuous range, of the same width on its scale, that count as covered or not."""


def coverage(
    space: SearchSpace,
    config: Config,
    earlier: Sequence[Mapping[str, Value]],
    spans: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> tuple[Profile, ...]:
    """A profile for each hyperparameter searched: how much of it ``earlier`` trials have tried.

    ``spans`` are the parts of a scale from 0 to 1 that the trial was drawn from.
    """
    return tuple(
        Profile(
            parameter.name,
            config.get(parameter.name),
            spans=_values(parameter, (spans or {}).get(parameter.name, ())),
            note=_tried(
                parameter,
                [
                    other[parameter.name]
                    for other in earlier
                    if parameter.name in other and parameter.contains(other[parameter.name])
                ],
            ),
        )
        for parameter in space.searched
        if parameter.count != 1
    )


def _values(
    parameter: Parameter, spans: Iterable[tuple[float, float]]
) -> tuple[tuple[Value, Value], ...]:
    """Parts of a scale as values; nothing when they are the whole of it."""
    parts = list(spans)
    if parts == [(0.0, 1.0)]:
        return ()
    if parameter.count is None:
        return tuple((parameter.quantile(low), parameter.quantile(high)) for low, high in parts)
    # The end of a listed value's share already belongs to the next value.
    inside = 1e-9
    return tuple(
        (parameter.quantile(low + inside), parameter.quantile(high - inside)) for low, high in parts
    )


def _tried(parameter: Parameter, values: Sequence[Value]) -> str:
    count = parameter.count
    if count is not None:
        return f"{len({(v, isinstance(v, bool)) for v in values}):,} of {count:,} values tried"
    parts = {min(int(parameter.position(value) * PARTS), PARTS - 1) for value in values}
    return f"{len(parts)} of {PARTS} parts of the range tried"
