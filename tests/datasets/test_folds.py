"""Folds: every row validates once, nothing of a fold's validation rows reaches its scaling."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import TimeSeriesSplit
from sklearn.utils.class_weight import compute_sample_weight

from tuning_core.catalog.datasets import DATASETS
from tuning_core.datasets import (
    DataError,
    FoldedData,
    Preprocessing,
    RawData,
    divide,
    fold_rows,
    prepare,
    prepare_all,
    prepare_folds,
    split,
)
from tuning_core.spec.dataset import DatasetSpec


def raw_of(data: FoldedData, fold: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and targets of a fold in original units."""
    part = data.folds[fold]
    assert isinstance(part.preprocessing, Preprocessing)
    x = part.x * part.preprocessing.scale + part.preprocessing.offset
    return x, part.y * part.target.std + part.target.mean


@pytest.mark.parametrize("dataset", ["iris", "digits", "diabetes"])
def test_every_row_outside_the_test_part_validates_once(dataset: str, tmp_path: Path) -> None:
    spec = DatasetSpec(id=dataset)
    data = prepare_folds(spec, 5, tmp_path)
    rows = data.sizes["train"] + data.sizes["validation"]
    assert rows == sum(prepare(spec, tmp_path).sizes[part] for part in ("train", "validation"))
    turns = [(fold.first, fold.last) for fold in data.folds]
    assert [first for first, _ in turns] == [0, *(last for _, last in turns[:-1])]
    assert turns[-1][1] == rows
    for number, fold in enumerate(data.folds):
        assert len(fold.train_rows) + fold.last - fold.first == rows
        assert not set(fold.train_rows) & set(range(fold.first, fold.last))
        for first, other in zip(raw_of(data, 0), raw_of(data, number), strict=True):
            np.testing.assert_allclose(first, other, rtol=1e-4, atol=1e-3)
    assert (data.folds[0].x is data.folds[1].x) == (dataset == "digits")


def test_scaling_is_of_the_training_rows_of_the_fold_alone(tmp_path: Path) -> None:
    for fold in prepare_folds(DatasetSpec(id="diabetes"), 4, tmp_path).folds:
        train = fold.train_rows
        for values in (fold.x[train], fold.y[train]):
            np.testing.assert_allclose(values.mean(axis=0), 0.0, atol=1e-5)
            np.testing.assert_allclose(values.std(axis=0), 1.0, atol=1e-5)


def test_classes_keep_their_shares_and_the_seed_decides(tmp_path: Path) -> None:
    spec = DatasetSpec(id="iris")
    data, again = (prepare_folds(spec, 5, tmp_path) for _ in range(2))
    other = prepare_folds(DatasetSpec(id="iris", seed=1), 5, tmp_path)
    assert data.stratified
    for fold in data.folds:
        counts = np.bincount(fold.y[fold.first : fold.last])
        assert counts.max() - counts.min() <= 1
    assert np.array_equal(data.folds[0].x, again.folds[0].x)
    assert not np.array_equal(data.folds[0].x, other.folds[0].x)


def test_the_validation_share_plays_no_part(tmp_path: Path) -> None:
    one, other = (
        prepare_folds(DatasetSpec(id="iris", validation=share), 3, tmp_path) for share in (0.1, 0.5)
    )
    assert np.array_equal(one.folds[0].x, other.folds[0].x)


def test_a_class_with_too_few_rows_is_divided_as_it_comes() -> None:
    classes = np.array([0] * 20 + [1] * 3)
    assert not divide(23, 5, 0, classes=classes).stratified
    assert divide(23, 3, 0, classes=classes).stratified


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({}, "3 rows"),
        ({"ordered": True}, "2 rows"),
        ({"groups": np.array([0, 0, 1])}, "2 groups"),
    ],
)
def test_too_few_rows_are_one_sentence(options: dict, what: str) -> None:
    with pytest.raises(DataError, match=f"cross_validation.folds: {what} .* for 4 folds"):
        divide(3, 4, 0, **options)


def test_rows_of_a_group_stay_together() -> None:
    groups = np.repeat(np.arange(12), 5)
    division = divide(60, 4, 0, groups=groups)
    ordered = groups[division.order]
    for first, last, _ in division.folds:
        held = set(ordered[first:last])
        assert not held & {*ordered[:first], *ordered[last:]}
    assert sorted(division.order) == list(range(60))


def test_in_time_each_fold_validates_what_comes_after_its_training_rows() -> None:
    info = replace(DATASETS["diabetes"], input_shape=(1,))
    times = np.arange(40.0)
    raw = RawData(info, times[:, None], times, ordered=True)
    data = fold_rows(raw, DatasetSpec(id="diabetes"), 3)
    expected = list(TimeSeriesSplit(3).split(np.arange(36)))
    for number, (fold, (train, held)) in enumerate(zip(data.folds, expected, strict=True)):
        assert fold.train_rows.tolist() == train.tolist()
        assert list(range(fold.first, fold.last)) == held.tolist()
        x = raw_of(data, number)[0]
        assert x[fold.train_rows].max() < x[fold.first : fold.last].min()


def test_all_rows_outside_the_test_part_are_those_of_the_refit(tmp_path: Path) -> None:
    spec = DatasetSpec(id="diabetes")
    data = prepare_all(spec, tmp_path)
    assert data.sizes == {"train": 398, "validation": 0, "test": 44}
    assert len(data.validation.x) == 0
    np.testing.assert_allclose(data.train.x.mean(axis=0), 0.0, atol=1e-5)


def test_balanced_classes_weigh_alike(tmp_path: Path) -> None:
    spec = DatasetSpec(id="breast_cancer", class_weights="balanced")
    data = prepare(spec, tmp_path)
    assert data.weights is not None
    expected = compute_sample_weight("balanced", data.train.y)
    np.testing.assert_allclose(data.weights, expected, rtol=1e-6)
    assert prepare(DatasetSpec(id="breast_cancer"), tmp_path).weights is None
    for fold in prepare_folds(spec, 3, tmp_path).folds:
        assert fold.weights is not None
        expected = compute_sample_weight("balanced", fold.y[fold.train_rows])
        np.testing.assert_allclose(fold.weights[fold.train_rows], expected, rtol=1e-6)


def test_the_split_and_the_folds_share_their_test_part(tmp_path: Path) -> None:
    raw = RawData(
        replace(DATASETS["diabetes"], input_shape=(1,)),
        np.arange(50.0)[:, None],
        np.arange(50.0),
    )
    spec = DatasetSpec(id="diabetes")
    seen = raw_of(fold_rows(raw, spec, 3), 0)[0].ravel()
    assert not set(np.round(seen).astype(int)) & set(split(raw, spec).test.tolist())
