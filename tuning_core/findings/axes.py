"""The searched hyperparameters of a study as the axes of its pictures."""

from __future__ import annotations

from tuning_core.charts.parts.axes import Axis, column_of
from tuning_core.findings.live import LiveStudy
from tuning_core.space import Choice, Range


def axes_of(live: LiveStudy) -> list[Axis]:
    """An axis per hyperparameter that is searched."""
    axes = []
    for parameter in live.spec.search_space.searched:
        info = live.spec.known[parameter.name]
        if isinstance(parameter, Range):
            ends = (parameter.scale, parameter.low, parameter.high)
            axes.append(
                Axis(column_of(info.id), info.name, info.kind, *ends, declared=info.declared)
            )
        elif isinstance(parameter, Choice):
            choices = tuple(parameter.choices)
            column, own = column_of(info.id), info.declared
            axes.append(Axis(column, info.name, info.kind, choices=choices, declared=own))
    return axes
