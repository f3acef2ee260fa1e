"""What drives an answer: shuffled columns, dependence and slices, against known arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact, ttest_ind
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

from tuning_core.analysis.dependence import (
    counts_of_numbers,
    counts_of_words,
    dependence,
    grid_of_numbers,
    grid_of_words,
    nearest_places,
)
from tuning_core.analysis.row_metrics import Answers, drawn_rows
from tuning_core.analysis.shuffled_columns import ColumnDrop, column_drop
from tuning_core.analysis.slices import slice_scores, slices_of_numbers, slices_of_words
from tuning_core.catalog import OBJECTIVES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 4))
Y = 3 * X[:, 0] + X[:, 1] + 0.1 * X[:, 2] + RNG.normal(0, 0.5, 600)


def drops(model: LinearRegression, metric: str, repeats: int = 30) -> list[ColumnDrop]:
    whole = Answers(model.predict(X)[:, None], Y)
    drawn = drawn_rows(len(Y))
    found = []
    for place in range(X.shape[1]):
        shuffled = []
        for _ in range(repeats):
            mixed = X.copy()
            mixed[:, place] = RNG.permutation(mixed[:, place])
            shuffled.append(Answers(model.predict(mixed)[:, None], Y))
        direction = OBJECTIVES[f"val_{metric}"].direction
        found.append(column_drop(metric, direction, whole, shuffled, drawn))
    return found


@pytest.mark.parametrize(("metric", "scoring"), [("r2", "r2"), ("mae", "neg_mean_absolute_error")])
def test_drops_are_those_of_scikit_learn(metric: str, scoring: str) -> None:
    model = LinearRegression().fit(X, Y)
    found = drops(model, metric)
    theirs = permutation_importance(model, X, Y, scoring=scoring, n_repeats=30, random_state=0)
    for drop, mean, spread in zip(found, theirs.importances_mean, theirs.importances_std,
                                  strict=True):  # fmt: skip
        assert abs(drop.drop - mean) < 5 * spread / np.sqrt(30) * np.sqrt(2) + 1e-6
        assert drop.low <= drop.drop <= drop.high
        assert drop.shuffles == pytest.approx(spread, rel=0.8)
    assert [drop.sure for drop in found[:3]] == [True] * 3


def test_a_column_that_the_model_does_not_use_costs_nothing() -> None:
    model = LinearRegression().fit(X[:, :3], Y)
    whole = Answers(model.predict(X[:, :3])[:, None], Y)
    found = column_drop("mae", "min", whole, [whole, whole], drawn_rows(len(Y)))
    assert (found.drop, found.low, found.high, found.sure) == (0, 0, 0, False)


def test_what_sums_in_another_order_make_is_no_drop() -> None:
    # Shuffling changed nothing but the last digits.
    whole = Answers(np.full((600, 1), 1 / 3), np.zeros(600))
    shuffled = [Answers(np.full((600, 1), 1 / 3 + 1e-13), np.zeros(600))]
    found = column_drop("mae", "min", whole, shuffled, drawn_rows(600))
    assert 0 < found.drop < 1e-12
    assert not found.sure


def test_the_interval_holds_the_true_drop_as_often_as_it_says() -> None:
    # y = x + noise and an answer of x: shuffled, the mean squared error grows by 2 in the long run.
    rng, held = np.random.default_rng(5), 0
    for _ in range(100):
        x = rng.normal(size=150)
        y = x + rng.normal(size=150)
        whole = Answers(x[:, None], y)
        shuffled = [Answers(rng.permutation(x)[:, None], y) for _ in range(5)]
        drop = column_drop("mse", "min", whole, shuffled, drawn_rows(150)[:200])
        held += drop.low <= 2 <= drop.high
    assert 86 <= held <= 100


def test_the_average_and_the_curves_are_those_of_scikit_learn() -> None:
    model = DecisionTreeRegressor(max_depth=4, random_state=0).fit(X, Y)
    grid = grid_of_numbers(pd.Series(X[:, 0]), 12)
    said = []
    for value in grid:
        changed = X.copy()
        changed[:, 0] = value
        said.append(model.predict(changed))
    found = dependence(np.array(said), range(10), ordered=True)
    theirs = partial_dependence(
        model, X, [0], kind="both", method="brute", custom_values={0: np.array(grid)}
    )
    assert found.average == pytest.approx(theirs["average"][0])
    assert np.array(found.curves) == pytest.approx(theirs["individual"][0][:10])


def test_rows_that_go_the_other_way_than_the_average_are_counted() -> None:
    said = np.array([[0.0, 0.0, 0.0, 5.0], [4.0, 4.0, 4.0, 1.0]])
    assert dependence(said, [], ordered=True).against == 0.25
    assert dependence(said, [], ordered=False).against is None
    assert dependence(np.ones((2, 3)), [], ordered=True).against is None


def test_a_grid_has_values_of_rows() -> None:
    whole = pd.Series([*range(1000), np.nan])
    grid = grid_of_numbers(whole, 10)
    assert len(grid) == 10
    assert not np.any(np.array(grid) % 1)
    assert grid_of_numbers(pd.Series([2.0, 1.0, 2.0, np.nan])) == [1, 2]
    assert grid_of_numbers(pd.Series([np.nan])) == []
    words = pd.Series(pd.Categorical(["b", "a", "b", None, None, None, "unused"]))
    assert grid_of_words(words, 3) == [None, "b", "a"]
    assert counts_of_words(words, [None, "b", "a"]) == [3, 2, 1]
    assert nearest_places(words, ["b", None]).tolist() == [0, -1, 0, 1, 1, 1, -1]
    assert nearest_places(pd.Series([0.0, 4.0, np.nan]), [1.0, 3.0]).tolist() == [0, 1, -1]
    counts = counts_of_numbers(pd.Series(np.arange(100.0)), 7)
    assert sum(each["rows"] for each in counts) == 98
    assert counts_of_numbers(pd.Series([3.0, 3.0]))[0]["rows"] >= 0


def sliced(metric: str, said: np.ndarray, truth: np.ndarray, part: np.ndarray) -> dict[str, float]:
    slices = {("c", "part"): part, ("c", "other"): ~part}
    found = slice_scores(metric, "max" if metric == "accuracy" else "min", Answers(said, truth),
                         slices)  # fmt: skip
    return {one.name: one.chance for one in found if one.chance is not None}


def test_the_test_of_a_slice_is_fishers_or_welchs_corrected_by_holm() -> None:
    truth, part = RNG.integers(0, 2, 200), np.arange(200) < 40
    wrong = RNG.uniform(size=200) < np.where(part, 0.5, 0.2)
    said = np.eye(2)[np.where(wrong, 1 - truth, truth)]
    counts = [[np.sum(~wrong & part), np.sum(wrong & part)],
              [np.sum(~wrong & ~part), np.sum(wrong & ~part)]]  # fmt: skip
    chance = fisher_exact(counts, alternative="less").pvalue
    assert sliced("accuracy", said, truth, part)["part"] == pytest.approx(2 * chance)
    values = RNG.normal(size=200)
    off = values + RNG.normal(0, np.where(part, 2.0, 1.0))
    errors = np.abs(off - values)
    theirs = ttest_ind(errors[part], errors[~part], equal_var=False, alternative="greater").pvalue
    assert sliced("mae", off[:, None], values, part)["part"] == pytest.approx(2 * theirs)


@pytest.mark.parametrize("metric", ["auc", "f1"])
def test_other_metrics_are_compared_with_slices_dealt_at_random(metric: str) -> None:
    rng = np.random.default_rng(1)
    truth, part = rng.integers(0, 2, 400), np.arange(400) < 100
    second = np.clip(truth * 0.6 + rng.uniform(0, 0.4, 400), 0, 1)
    second[part] = rng.uniform(size=100)
    answers = Answers(np.column_stack([1 - second, second]), truth)
    bad, same = ("c", "bad"), ("c", "same")
    found = slice_scores(metric, "max", answers, {same: np.arange(400) % 2 == 0, bad: part})
    assert [(one.name, one.worse) for one in found] == [("bad", True), ("same", False)]


def test_a_slice_without_what_a_metric_measures_is_not_called_worse_for_it() -> None:
    rng = np.random.default_rng(3)
    truth = np.repeat([0, 1], 100)
    second = np.clip(truth * 0.6 + rng.uniform(0, 0.4, 200), 0, 1)
    answers = Answers(np.column_stack([1 - second, second]), truth)
    slices = {("true", "no"): truth == 0, ("true", "yes"): truth == 1,
              ("c", "even"): np.arange(200) % 2 == 0}  # fmt: skip
    values = Answers(second[:, None], truth.astype(float))
    for metric, said, told in (
        ("auc", answers, {"even"}),
        ("f1", answers, {"even", "yes"}),
        ("r2", values, {"even"}),
    ):
        found = slice_scores(metric, "max", said, slices)
        assert {one.name for one in found if one.chance is not None} == told
        assert {one.name for one in found[: len(told)]} == told
        assert not any(one.worse for one in found)
        assert all(one.high is None for one in found[len(told) :])
        assert metric == "f1" or all(one.rest is None for one in found[len(told) :])


def test_a_slice_of_one_row_is_neither_first_nor_tested() -> None:
    truth = np.zeros(100, int)
    wrong = np.arange(100) < 30
    wrong[99] = True
    said = np.eye(2)[wrong.astype(int)]
    ones = {("c", name): np.isin(np.arange(100), rows) for name, rows in
            {"bad": range(40), "good": range(40, 99), "one": [99]}.items()}  # fmt: skip
    found = slice_scores("accuracy", "max", Answers(said, truth), ones)
    assert [one.name for one in found] == ["bad", "good", "one"]
    assert (found[2].value, found[2].chance, found[2].worse) == (0, None, False)
    assert found[0].worse
    means = slice_scores("mae", "min", Answers(said[:, 1:], truth.astype(float)), ones)
    assert [(one.name, one.low) for one in means][2] == ("one", None)


def test_no_slice_is_worse_where_errors_are_luck() -> None:
    rng, found = np.random.default_rng(2), 0
    for _ in range(40):
        truth = rng.integers(0, 2, 300)
        said = np.eye(2)[np.where(rng.uniform(size=300) < 0.2, 1 - truth, truth)]
        columns = {f"c{n}": slices_of_numbers(pd.Series(rng.normal(size=300)), str) for n in
                   range(4)}  # fmt: skip
        slices = {(c, name): mask for c, masks in columns.items() for name, mask in masks.items()}
        scored = slice_scores("accuracy", "max", Answers(said, truth), slices)
        found += any(one.worse for one in scored)
    assert found <= 5


def test_columns_are_cut_where_rows_are() -> None:
    masks = slices_of_numbers(pd.Series([*range(100), np.nan]), "{:g}".format)
    assert {name: int(mask.sum()) for name, mask in masks.items()} == {
        "below 19.8": 20, "19.8 to 39.6": 20, "39.6 to 59.4": 20, "59.4 to 79.2": 20,
        "from 79.2": 20, "missing": 1,
    }  # fmt: skip
    few = slices_of_numbers(pd.Series([0.0, 1.0, 1.0]), "{:g}".format)
    assert {name: int(mask.sum()) for name, mask in few.items()} == {"= 0": 1, "= 1": 2}
    words = [*"aabbb", None, *(f"w{n}" for n in range(20))]
    masks = slices_of_words(words)
    assert {name: int(mask.sum()) for name, mask in masks.items()}["10 other categories"] == 10
    assert sum(int(mask.sum()) for mask in masks.values()) == len(words)
