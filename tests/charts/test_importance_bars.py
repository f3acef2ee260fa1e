"""Bars of importance are valid in light and dark, and say which pass what luck reaches."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.charts.test_charts import check
from tuning_core.charts.hyperparameters.importance_bars import importance_bars


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", [1, 2, 12])
def test_bars_are_valid_and_keep_their_order(count: int, dark: bool) -> None:
    frame = pd.DataFrame(
        {
            "hyperparameter": [f"number {n}" for n in range(count)],
            "share": [0.5 / (n + 1) for n in range(count)],
            "low": 0.0,
            "high": 0.6,
            "chance": 0.2,
            "trials": 40,
        }
    )
    chart = importance_bars(frame, "share of the variance", dark=dark)
    document = check(chart)
    bars = chart.frames["bars"]
    assert bars["sure"].tolist() == [share > 0.2 for share in frame["share"]]
    assert bars["interval"].iloc[0] == "0 % to 60 %"
    assert document["height"] > 30 * count
