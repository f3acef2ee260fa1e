"""Search spaces: hyperparameter kinds, scales, steps and conditions."""

from __future__ import annotations

from tuning_core.space.entries import build_space, space_of
from tuning_core.space.errors import SpecError, expected, shown
from tuning_core.space.parameters import Choice, Fixed, Parameter, Range
from tuning_core.space.search_space import (
    ENUMERABLE,
    Config,
    SearchSpace,
    default_config,
)

__all__ = [
    "ENUMERABLE",
    "Choice",
    "Config",
    "Fixed",
    "Parameter",
    "Range",
    "SearchSpace",
    "SpecError",
    "build_space",
    "default_config",
    "expected",
    "shown",
    "space_of",
]
