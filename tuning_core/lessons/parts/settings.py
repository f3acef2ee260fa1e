"""Where *Try it* leads: a network to turn the knobs of, or a search to launch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuning_core.catalog import Value
from tuning_core.lessons.parts.lesson import Setting


def network(
    values: Mapping[str, Value], epochs: int, dataset: Mapping[str, Any], seed: int = 1
) -> Setting:
    """One network in What-if, with every knob in reach."""
    return Setting(
        "what_if",
        {"dataset": dict(dataset), "values": dict(values), "epochs": epochs, "seed": seed},
    )


def search(
    name: str,
    space: Mapping[str, Any],
    strategy: str = "random",
    *,
    dataset: Mapping[str, Any] | None = None,
    trials: int = 20,
    epochs: int = 10,
    settings: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Setting:
    """A search in New study; further ``fields`` are those of a spec."""
    return Setting(
        "new_study",
        {
            "name": name,
            "dataset": dict(dataset or {"id": "digits"}),
            "model": {"family": "mlp"},
            "space": dict(space),
            "strategy": {"id": strategy, "settings": dict(settings or {})},
            "budget": {"trials": trials, "epochs": epochs},
            **fields,
        },
    )
