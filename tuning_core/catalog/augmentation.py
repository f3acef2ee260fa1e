"""Hyperparameters of augmentation: pictures that are a little different each time they are seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuning_core.catalog.hyperparameter import Hyperparameter, Value

FLIPS: tuple[Value, ...] = ("none", "horizontal", "vertical")
_FAMILIES = ("cnn",)


def _change(id: str, label: str, order: int, suggested: Mapping[str, Any], help: str) -> Any:
    """A share by which pictures change at most while they are trained on; none of them at 0."""
    return Hyperparameter(
        id=id,
        label=label,
        group="augmentation",
        kind="float",
        default=0.0,
        low=0.0,
        high=0.5,
        suggested=suggested,
        help=help,
        order=order,
        traced="number",
        optional=True,
        operations="once",
        families=_FAMILIES,
    )


AUGMENTATION: tuple[Hyperparameter, ...] = (
    Hyperparameter(
        id="flip",
        label="Flip",
        group="augmentation",
        kind="choice",
        default="none",
        choices=FLIPS,
        suggested={"choices": ["none", "horizontal"]},
        help="Mirrors half of the pictures, anew at each update. Not for letters, say.",
        order=16,
        traced="structure",
        operations="once",
        families=_FAMILIES,
    ),
    _change(
        "rotation",
        "Rotation",
        17,
        {"low": 0.0, "high": 0.1},
        "Turns each picture, anew at each update, either way by at most this share of a turn.",
    ),
    _change(
        "zoom",
        "Zoom",
        18,
        {"low": 0.0, "high": 0.2},
        "Enlarges or shrinks each picture, anew at each update, by at most this share of it.",
    ),
    _change(
        "shift",
        "Shift",
        19,
        {"low": 0.0, "high": 0.2},
        "Moves each picture, anew at each update, up or down and sideways, by at most this share.",
    ),
)
"""In the order in which pictures are changed. What leaves the picture comes back mirrored."""
