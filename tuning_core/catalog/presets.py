"""Ready-made search spaces, from one knob to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tuning_core.catalog.hyperparameters import Value, of_family


@dataclass(frozen=True)
class Preset:
    """A named set of hyperparameters that are searched over their suggested ranges.

    ``names`` empty means all of them. ``fixed`` are values that give the others a meaning.
    """

    id: str
    title: str
    names: tuple[str, ...]
    fixed: Mapping[str, Value] = field(default_factory=dict)

    def space(self, family: str, task: str | None = None) -> dict[str, Any]:
        """The ``space`` part of a spec for ``family``; conditions are added where needed.

        Without a ``task``, what not every task has is left out.
        """
        entries: dict[str, Any] = {}
        for hyperparameter in of_family(family, task):
            of_one_task = len(hyperparameter.tasks) == 1 or hyperparameter.of_task
            if hyperparameter.inherits or (of_one_task and task is None):
                continue
            if hyperparameter.id in self.fixed:
                entries[hyperparameter.id] = self.fixed[hyperparameter.id]
            elif not self.names or hyperparameter.id in self.names:
                entries[hyperparameter.id] = dict(hyperparameter.suggested)
        return entries


_SIZES = ("units", "layers", "filters", "blocks")

PRESETS: dict[str, Preset] = {
    preset.id: preset
    for preset in (
        Preset("learning_rate", "Learning rate only", ("learning_rate",)),
        # Momentum has its usual meaning with SGD, and none with Adam.
        Preset(
            "usual",
            "The usual first four",
            ("learning_rate", "momentum", "batch_size", "units", "filters"),
            {"optimizer": "sgd"},
        ),
        Preset(
            "recommended",
            "Recommended",
            ("learning_rate", "batch_size", *_SIZES, "activation", "dropout"),
        ),
        Preset("everything", "Everything", ()),
    )
}
