"""What is said of the runs of What-if: their settings, what one changed, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from tuning_core.analysis.forecast import Forecast
from tuning_core.analysis.what_if_readings import steadier
from tuning_core.catalog import DATASETS, FAMILIES, OBJECTIVES, Value
from tuning_core.catalog.architecture import layer_widths
from tuning_core.catalog.planes import FEATURES
from tuning_core.findings.formatting import count, label, number, score
from tuning_core.manager import TrainingSnapshot
from tuning_core.spec.training_request import TrainingRequest
from tuning_core.spec.weights import SetWeight

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
        found += [words for words in change_words(after) if words not in change_words(before)]
    for name in ("epochs", "seed"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found.append(f"{name} {_arrow(f'{old:,}', f'{new:,}')}")
    if len(found) > MOST_CHANGES:
        found = [*found[:MOST_CHANGES], f"{len(found) - MOST_CHANGES} more"]
    if not found and before.changes:
        return "without what was changed under way"
    return ", ".join(found) or "nothing changed"


def effect(before: TrainingSnapshot, after: TrainingSnapshot) -> str:
    """``validation loss 0.41 \u2192 0.37, steadier``; empty where the two cannot be compared."""
    same = before.request.dataset == after.request.dataset
    same &= before.request.objective == after.request.objective
    if not same or not before.best or not after.best:
        return ""
    objective = OBJECTIVES[after.request.objective]
    old, new = score(before.best[0], objective.id), score(after.best[0], objective.id)
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
    default = request.changed(values={}, changes=[])
    found = _differing(default.config, request.config, plain=True)
    under_way = change_words(request)
    found += under_way[:MOST_CHANGES]
    if len(under_way) > MOST_CHANGES:
        found.append(count(len(under_way) - MOST_CHANGES, "more change"))
    return ", ".join(found) or "all defaults"


def change_words(request: TrainingRequest) -> list[str]:
    """``learning rate 0.1 \u2192 0.01 from epoch 12 on``, for each change under way."""
    return [f"{', '.join(what)} from epoch {epoch:,} on" for epoch, what in changes_of(request)]


def changes_of(request: TrainingRequest) -> list[tuple[int, list[str]]]:
    """The epochs after which a training has other values, and what then changes."""
    return [
        (
            after.first,
            [
                *_differing(before.config, after.config),
                *(_weight(one, request) for one in after.weights),
            ],
        )
        for before, after in pairwise(request.segments)
    ]


def _weight(one: SetWeight, request: TrainingRequest) -> str:
    """``weight x to unit 3, layer 1: 0.5``."""
    info = request.dataset.info
    layers = len(layer_widths(request.config))
    named = [FEATURES[name].label for name in info.features] or [*info.feature_names]
    place = f"unit {one.unit}, layer {one.layer}"
    if one.layer > layers:
        classes = info.class_names if info.outputs > 2 else ()
        place = classes[one.unit - 1] if one.unit <= len(classes) else "the answer"
    if one.input is None:
        return f"bias of {place}: {number(one.value, 5)}"
    first = one.layer == 1 and one.input <= len(named)
    start = (
        named[one.input - 1] if first else f"{'input' if one.layer == 1 else 'unit'} {one.input}"
    )
    return f"weight {start} to {place}: {number(one.value, 5)}"


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
