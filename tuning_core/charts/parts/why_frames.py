"""The lines of an explanation as a data frame over the places of an axis."""

from __future__ import annotations

import pandas as pd

from tuning_core.catalog.explanation import Profile
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.brushes import positions
from tuning_core.charts.parts.value_texts import value_texts


def profile_frame(profile: Profile, axis: Axis) -> pd.DataFrame:
    """A row per value of a profile: ``place`` (0 to 1), ``value`` in words, ``chosen`` and a
    column per line."""
    values = pd.DataFrame({axis.name: pd.Series(list(profile.at), dtype="object")})
    lines = {name: pd.Series(line, dtype="float64") for name, line in profile.lines.items()}
    chosen = [value == profile.value for value in profile.at]
    return pd.DataFrame(
        {
            "place": pd.Series(positions(values, axis), dtype="float64"),
            "value": value_texts(values, axis),
            "chosen": pd.Series(chosen, dtype="bool"),
            **lines,
        }
    )
