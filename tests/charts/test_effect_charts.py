"""The charts of what drives an answer are valid in light and dark, with few values and many."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.charts.test_charts import check
from tuning_core.charts.models.column_drops import column_drops, slice_scores
from tuning_core.charts.models.dependence import (
    dependence_curves,
    dependence_map,
    dependence_words,
)

BINS = pd.DataFrame({"low": [0.0, 1.0], "high": [1.0, 2.0], "rows": [9, 1]})


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", [0, 1, 30])
def test_drops_stand_in_the_order_of_the_rows(count: int, dark: bool) -> None:
    frame = pd.DataFrame(
        {
            "column": [f"c{n}" for n in range(count)],
            "drop": np.linspace(0.3, 0, count),
            "low": -0.1,
            "high": 0.4,
            "sure": False,
        }
    )
    chart = column_drops(frame, "accuracy lost", dark=dark)
    check(chart)
    assert chart.frames["bars"]["place"].tolist() == [*range(count)]
    assert set(chart.frames["bars"]["interval"]) <= {"-0.1 to 0.4"}


@pytest.mark.parametrize("percent", [False, True])
def test_a_slice_without_an_end_has_no_interval(percent: bool) -> None:
    frame = pd.DataFrame({"label": ["a", "b"], "rows": [1, 9], "value": [0.5, 0.25],
                          "low": [np.nan, 0.1], "high": [np.nan, 0.4], "rest": [0.6, np.nan],
                          "worse": [False, True]})  # fmt: skip
    chart = slice_scores(frame, 0.6, "accuracy", percent=percent)
    check(chart)
    ends = "10.0 % to 40.0 %" if percent else "0.1 to 0.4"
    assert chart.frames["points"]["interval"].tolist() == ["-", ends]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("dates", [False, True])
def test_centred_curves_begin_at_nothing(dates: bool, dark: bool) -> None:
    given = ([1.0, 2.0], [0.5, 0.7], [[0.2, 0.4], [0.8, 1.0]], BINS, "x", "y")
    chart = dependence_curves(*given, dates=dates, centred=True, percent=True, dark=dark)
    check(chart)
    curves = chart.frames["curves"]
    assert curves.loc[curves["x"] == curves["x"].min(), "y"].tolist() == [0, 0]
    assert chart.frames["average"]["y_text"].tolist() == ["0.0 %", "20.0 %"]
    # The highest bar takes the floor of the picture.
    assert (chart.frames["counts"]["rows"] / chart.frames["counts"]["top"]).max() < 0.2
    check(dependence_curves([], [], [], BINS[:0], "x", "y"))


def test_what_is_missing_is_a_category() -> None:
    chart = dependence_words(["a", None], [0.5, 0.7], [[0.2, 0.4]], [9, 1], "x", "y")
    check(chart)
    assert chart.frames["average"]["word"].tolist() == ["a", "missing"]
    assert chart.frames["curves"]["y"].tolist() == [0.2, 0.4]


def test_values_that_look_alike_keep_cells_of_their_own() -> None:
    chart = dependence_map(
        ([1.00001, 1.00002], ["a", None, "b"]), np.zeros((2, 3)).tolist(),
        [[0, 1, 2], [3, 4, 5]], ("x", "y"), "answer",
    )  # fmt: skip
    check(chart)
    cells = chart.frames["cells"]
    assert len(cells.drop_duplicates(["x_text", "y_text"])) == 6
    assert cells.loc[(cells["x"] == 1) & (cells["y_text"] == "b"), "rows"].item() == 5
