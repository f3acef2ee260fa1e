"""What a form needs to know of a hyperparameter that a model of one's own declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from pages.components.shared.study_draft import plain_key
from tuning_core.catalog import Hyperparameter
from tuning_core.findings.formatting import number


def usual_entry(hyperparameter: Hyperparameter) -> Any:
    """What a space that leaves it out means: its default, or what a model's file declares."""
    if not hyperparameter.declared or len(hyperparameter.choices) == 1:
        return hyperparameter.default
    usual = dict(hyperparameter.suggested)
    if usual.get("scale") == "linear":
        del usual["scale"]
    return usual


def choices_of(hyperparameter: Hyperparameter) -> tuple[Any, ...]:
    """The values to pick from; none of a number."""
    return hyperparameter.choices or ((False, True) if hyperparameter.kind == "boolean" else ())


def conditions_in_words(when: Mapping[str, Any]) -> str:
    """Conditions within a sentence: ``kind mlp or cnn and deep yes``."""
    return " and ".join(
        f"{parent} {' or '.join(map(number, values))}" for parent, values in when.items()
    )


def row_key(hyperparameter: Hyperparameter, part: str) -> str:
    """The session key of a part of a row; another model's row of this name is another."""
    mark = ""
    if hyperparameter.declared:
        ends = (hyperparameter.kind, hyperparameter.choices, hyperparameter.suggested)
        mark = f"{crc32(repr(ends).encode()):x}-"
    return plain_key(f"{hyperparameter.id}-{mark}{part}")
