"""Values of a hyperparameter in words, for tooltips."""

from __future__ import annotations

import pandas as pd

from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.numerals import number_text

NOT_USED = "not used"


def value_texts(trials: pd.DataFrame, axis: Axis) -> pd.Series:
    """Each trial's value on an axis as a reader would write it."""
    values = trials[axis.name] if axis.name in trials else [None] * len(trials)
    boolean = axis.kind == "boolean"
    texts = [
        NOT_USED
        if value is None or value != value  # NaN alone is not itself
        # A column with gaps has turned booleans to floats.
        else number_text(bool(value) if boolean else value)
        for value in values
    ]
    return pd.Series(texts, trials.index, dtype="str")
