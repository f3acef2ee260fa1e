"""Ready-made search spaces, from one knob to all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tuning_core.catalog.hyperparameters import HYPERPARAMETERS


@dataclass(frozen=True)
class Preset:
    """A named set of hyperparameters that are searched over their suggested ranges."""

    id: str
    title: str
    names: tuple[str, ...]

    def space(self, family: str) -> dict[str, dict[str, Any]]:
        """The ``space`` part of a spec for ``family``; conditions are added where needed."""
        entries: dict[str, dict[str, Any]] = {}
        for name in self.names:
            hyperparameter = HYPERPARAMETERS[name]
            if family in hyperparameter.families:
                entries[name] = dict(hyperparameter.suggested)
        return entries


PRESETS: dict[str, Preset] = {
    preset.id: preset
    for preset in (
        Preset("learning_rate", "Learning rate only", ("learning_rate",)),
        Preset(
            "usual",
            "The usual first four",
            ("learning_rate", "batch_size", "units", "layers"),
        ),
        Preset(
            "recommended",
            "Recommended",
            ("learning_rate", "batch_size", "units", "layers", "activation", "dropout"),
        ),
        Preset(
            "everything",
            "Everything",
            (
                "learning_rate",
                "batch_size",
                "units",
                "layers",
                "activation",
                "dropout",
                "optimizer",
                "momentum",
            ),
        ),
    )
}
