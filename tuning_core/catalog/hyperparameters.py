"""Every hyperparameter: type, hard limits, default, suggested range and help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from tuning_core.catalog.augmentation import AUGMENTATION
from tuning_core.catalog.hyperparameter import MAX_LAYERS, Hyperparameter, Value
from tuning_core.catalog.network_hyperparameters import (
    ACTIVATIONS,
    INITIALIZERS,
    REGULARISATION,
    SIZES,
    UNITS_OF_LAYERS,
)
from tuning_core.catalog.training_hyperparameters import (
    LOSS,
    LOSSES,
    OPTIMIZER,
    OPTIMIZERS,
    SCHEDULE,
    STOPPING,
    UPDATES,
)

__all__ = [
    "ACTIVATIONS",
    "HYPERPARAMETERS",
    "INITIALIZERS",
    "LOSSES",
    "MAX_LAYERS",
    "OPTIMIZERS",
    "Hyperparameter",
    "Value",
    "in_effect",
    "known_to",
    "label_of",
    "of_family",
    "of_optimizer",
]

HYPERPARAMETERS: dict[str, Hyperparameter] = {
    hyperparameter.id: hyperparameter
    for hyperparameter in (
        *UPDATES,
        *SIZES,
        *OPTIMIZER,
        *SCHEDULE,
        *REGULARISATION,
        *AUGMENTATION,
        *LOSS,
        *STOPPING,
        *UNITS_OF_LAYERS,
    )
}


@lru_cache(maxsize=64)
def of_family(family: str, task: str | None = None) -> tuple[Hyperparameter, ...]:
    """The hyperparameters of a model family, in the order in which a form lists them.

    Conditions on what the family does not have are left out. With a ``task``, those of another
    task are left out too, and choices are those of this one.
    """
    members = [h for h in HYPERPARAMETERS.values() if family in h.families]
    names = {h.id for h in members}
    return tuple(
        _for_task(replace(h, when={p: v for p, v in h.when.items() if p in names}), task)
        for h in members
        if task is None or task in h.tasks
    )


def known_to(family: str, task: str | None = None) -> dict[str, Hyperparameter]:
    """What :func:`of_family` lists, by name."""
    return {hyperparameter.id: hyperparameter for hyperparameter in of_family(family, task)}


def label_of(name: str) -> str:
    """A hyperparameter's label within a sentence; of one that the catalog has not, its name."""
    return HYPERPARAMETERS[name].name if name in HYPERPARAMETERS else name


def of_optimizer(optimizer: str) -> tuple[Hyperparameter, ...]:
    """The hyperparameters that are arguments of an optimizer, beside the learning rate."""
    _, *arguments = OPTIMIZER
    return tuple(h for h in arguments if optimizer in h.when.get("optimizer", OPTIMIZERS))


def _for_task(hyperparameter: Hyperparameter, task: str | None) -> Hyperparameter:
    choices = hyperparameter.of_task.get(task or "")
    if choices is None:
        return hyperparameter
    return replace(hyperparameter, choices=choices, suggested={"choices": list(choices[1:])})


def in_effect(config: Mapping[str, Value], family: str) -> dict[str, Value]:
    """A configuration with the family's default of each hyperparameter that it lacks.

    A condition of the spec may leave out what a network cannot do without, such as its batch
    size. What has no meaning beside the others stays away.
    """
    return completed(config, of_family(family))


def completed(config: Mapping[str, Value], known: Iterable[Hyperparameter]) -> dict[str, Value]:
    """A configuration with the default of each ``known`` hyperparameter that has a meaning."""
    result = dict(config)
    missing = [h for h in known if h.id not in result and not h.inherits]
    while meant := [h for h in missing if all(result.get(p) in v for p, v in h.when.items())]:
        result |= {hyperparameter.id: hyperparameter.default for hyperparameter in meant}
        missing = [hyperparameter for hyperparameter in missing if hyperparameter not in meant]
    return result
