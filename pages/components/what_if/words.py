"""What one run changed against another, in words."""

from __future__ import annotations

from collections.abc import Mapping

from pages.components.shared.formatting import label, number, score
from tuning_core.analysis.forecast import Forecast
from tuning_core.analysis.steadiness import steadier
from tuning_core.catalog import DATASETS, FAMILIES, OBJECTIVES, Value
from tuning_core.manager import TrainingSnapshot
from tuning_core.spec.training_request import TrainingRequest

MOST_CHANGES = 3
_ARROW = "\u2192"


def changes(before: TrainingRequest, after: TrainingRequest) -> str:
    """``learning rate 0.01 \u2192 0.03``: what differs, or that nothing does."""
    if before.dataset != after.dataset:
        names = [_data(request) for request in (before, after)]
        return f"data {_arrow(*names)}" if names[0] != names[1] else "another split"
    found: list[str] = []
    if before.family != after.family:
        found.append(_arrow(*(FAMILIES[r.family].title for r in (before, after))))
    else:
        found += _differing(before.config, after.config)
    for name in ("epochs", "seed"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found.append(f"{name} {_arrow(f'{old:,}', f'{new:,}')}")
    if len(found) > MOST_CHANGES:
        found = [*found[:MOST_CHANGES], f"{len(found) - MOST_CHANGES} more"]
    return ", ".join(found) or "nothing changed"


def effect(before: TrainingSnapshot, after: TrainingSnapshot) -> str:
    """``validation loss 0.41 \u2192 0.37, steadier``; empty where the two cannot be compared."""
    same = before.request.dataset == after.request.dataset
    if not same or before.request.objective != after.request.objective:
        return ""
    if not before.best or not after.best:
        return ""
    objective = OBJECTIVES[after.request.objective]
    old, new = (score(run.best[0], objective.id) for run in (before, after) if run.best)
    words = f"{objective.label} {_arrow(old, new)}"
    curves = [[epoch["val_loss"] for epoch in run.epochs] for run in (before, after)]
    manner = {1: ", steadier", -1: ", less steady", 0: ""}[steadier(*curves)]
    return words + manner


def forecast_words(expected: Forecast, objective: str) -> str:
    """``0.95 (0.93 to 0.97)``."""
    return (
        f"{score(expected.expected, objective)} "
        f"({score(expected.low, objective)} to {score(expected.high, objective)})"
    )


def setting_words(request: TrainingRequest) -> str:
    """What a setting changes against the defaults of its family."""
    default = request.changed(values={})
    found = _differing(default.config, request.config, plain=True)
    return ", ".join(found) or "all defaults"


def _differing(
    before: Mapping[str, Value], after: Mapping[str, Value], *, plain: bool = False
) -> list[str]:
    found = []
    for name, new in after.items():
        old = before.get(name)
        if name in before and old == new:
            continue
        if plain or old is None:
            found.append(f"{label(name)} {number(new, 5)}")
        else:
            found.append(f"{label(name)} {_arrow(number(old, 5), number(new, 5))}")
    return found


def _data(request: TrainingRequest) -> str:
    info = DATASETS.get(request.dataset.id)
    return info.title if info else request.dataset.info.title


def _arrow(old: str, new: str) -> str:
    return f"{old} {_ARROW} {new}"
