"""The charts of the best model are valid in light and dark and tell clicks apart."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.charts.test_charts import check, selections
from tuning_core.catalog import OBJECTIVES
from tuning_core.charts.hyperparameters.confirmed import confirmed
from tuning_core.charts.models.class_curves import precision_recall, roc
from tuning_core.charts.models.confusion import (
    CELL,
    MOST_CLASSES,
    confusion,
    confusion_counts,
    picked_cell,
)
from tuning_core.charts.models.prediction_intervals import HELD, MISSED, prediction_intervals
from tuning_core.charts.models.regression import ROW, picked_row, residuals
from tuning_core.charts.models.reliability import reliability
from tuning_core.charts.models.threshold_cost import threshold_cost
from tuning_core.charts.parts.chart import PICKED


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("classes", [2, 10, 300])
def test_a_confusion_matrix_counts_every_row(classes: int, dark: bool) -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, classes, 2_000)
    said = np.where(rng.random(2_000) < 0.9, truth, rng.integers(0, classes, 2_000))
    names = [f"class {number}" for number in range(classes)]
    chart = confusion(truth, said, names, picked=(1, 0), dark=dark)
    assert selections(check(chart)) == {CELL}
    cells = chart.frames["cells"]
    drawn = min(classes, MOST_CLASSES)
    assert len(cells) == drawn**2
    if classes <= MOST_CLASSES:
        assert cells["count"].sum() == 2_000
    mistakes = cells[~cells["right"]]
    assert (mistakes["strength"] >= mistakes["share"]).all()
    ringed = cells.loc[cells["picked"], ["truth", "predicted"]].to_numpy().tolist()
    assert ringed in ([[1, 0]], [])


def test_a_class_without_rows_has_no_share() -> None:
    counts = confusion_counts(np.array([0, 0, 2]), np.array([0, 2, 2]), 3)
    assert counts.tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 1]]
    cells = confusion(np.array([0]), np.array([0]), ["a", "b"]).frames["cells"]
    assert cells["share"].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_classes_of_one_name_stay_apart() -> None:
    chart = confusion(np.array([0, 1]), np.array([1, 1]), ["same", "same"])
    assert chart.frames["cells"]["truth_name"].nunique() == 2


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", [0, 1, 500])
def test_residuals_are_valid_for_any_number_of_rows(count: int, dark: bool) -> None:
    rng = np.random.default_rng(0)
    truth, said = rng.normal(0, 1, count), rng.normal(0, 1, count)
    chart = residuals(truth, said, np.arange(count), "price", picked=0, dark=dark)
    assert selections(check(chart)) == {ROW}
    points = chart.frames["points"]
    assert points["error"].to_numpy() == pytest.approx(truth - said)
    assert points["picked"].sum() == min(count, 1)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", [1, 6])
def test_confirmed_trials_are_valid_and_keep_their_order(count: int, dark: bool) -> None:
    means = pd.DataFrame(
        {
            "trial": range(count),
            "name": [f"trial {number}" for number in range(count)],
            "mean": 0.9,
            "low": math.nan,
            "high": 0.95,
            "searched": [0.9] * (count - 1) + [math.nan],
            "level": True,
        }
    )
    scores = pd.DataFrame({"trial": [0], "name": ["trial 0"], "seed": [1], "score": [0.91]})
    chart = confirmed(means, scores, OBJECTIVES["val_accuracy"], dark=dark)
    assert selections(check(chart)) == {PICKED}
    assert list(chart.frames["means"]["place"]) == list(range(count))
    assert chart.frames["means"]["interval"].iloc[0] == "-"


def test_clicks_are_read_as_streamlit_gives_them() -> None:
    assert picked_cell({CELL: [{"truth": 4, "predicted": 9}]}) == (4, 9)
    assert picked_row({ROW: [{"row": 12}]}) == 12
    empty: list[dict[str, list[dict[str, int]]]] = [
        {},
        {CELL: [], ROW: []},
        {CELL: [{}], ROW: [{}]},
    ]
    for nothing in empty:
        assert picked_cell(nothing) is None
        assert picked_row(nothing) is None


BAND = pd.DataFrame({"x": [0.0, 1.0], "low": [0.0, 0.9], "high": [0.4, 1.0]})


@pytest.mark.parametrize("dark", [False, True])
def test_curves_of_a_class_keep_their_ends_however_many_thresholds(dark: bool) -> None:
    x = np.linspace(0, 1, 5_001)
    chart = roc(x, np.sqrt(x), BAND, at=(0.1, 0.4), dark=dark)
    check(chart)
    curve = chart.frames["curve"]
    assert len(curve) <= 1_100
    assert curve.iloc[[0, -1]][["x", "y"]].to_numpy().tolist() == [[0, 0], [1, 1]]
    assert chart.frames["mark"].to_numpy().tolist() == [[0.1, 0.4]]
    chart = precision_recall(x, 1 - x / 2, BAND, 0.5, dark=dark)
    check(chart)
    assert chart.frames["mark"].empty
    assert chart.frames["reference"]["text"][0] == "saying it of every row: 50.0 %"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("names", [["as trained"], ["as trained", "with the temperature"]])
def test_reliability_has_a_histogram_of_all_rows(names: list[str], dark: bool) -> None:
    bins = pd.DataFrame(
        {"which": names, "said": 0.8, "right": 0.7, "low": 0.4, "high": 0.9, "rows": 40}
    )
    confidence = np.random.default_rng(0).uniform(0.5, 1.0, 200)
    chart = reliability(bins, confidence, 0.5, dark=dark)
    check(chart)
    bars = chart.frames["bars"]
    assert bars["rows"].sum() == 200
    assert (bars["foot"] == 0.4).all()
    assert bars["top"].max() < 0.5


@pytest.mark.parametrize("dark", [False, True])
def test_the_cost_of_thresholds_and_of_intervals_are_valid_charts(dark: bool) -> None:
    marks = pd.DataFrame(
        {"threshold": [0.2, 0.5], "cost": [1.0, 2.0], "text": ["cheapest 0.20", "chosen 0.50"]}
    )
    marks["chosen"] = [False, True]
    chart = threshold_cost(np.array([0.0, 0.4, 1.1]), np.array([2.0, 1.0, 3.0]), marks, dark=dark)
    check(chart)
    assert chart.frames["curve"]["threshold"].tolist() == [0.0, 0.4, 1.0]
    chart = prediction_intervals(
        np.array([1.0, 2.0, 3.0]), np.array([1.1, 2.6, 2.6]), 0.5, 0.4, "price", dark=dark
    )
    check(chart)
    assert chart.frames["rows"]["where"].tolist() == [HELD, MISSED, HELD]
    assert chart.frames["rows"]["interval"].tolist()[0] == "0.5 to 1.4"
    assert chart.frames["band"]["low"].tolist() == [0.5, 2.5]
