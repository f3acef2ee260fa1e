"""Properties of the split: every row once, every class its share, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuning_core.catalog.datasets import DATASETS
from tuning_core.datasets import DataError, RawData, SplitIndices, load, split, split_rows
from tuning_core.spec.dataset import DatasetSpec

EMBEDDED = [info.id for info in DATASETS.values() if info.embedded]


def labelled(classes: list[int], own_test: int = 0, task: str = "classification") -> RawData:
    """A table with one column, the row's number, and the given classes."""
    info = replace(DATASETS["iris"], task=task, input_shape=(1,))  # type: ignore[arg-type]
    y = np.array(classes, dtype=np.int64)
    x = np.arange(len(y), dtype=np.float64)[:, None]
    test = (x[:own_test] + len(y), y[:own_test]) if own_test else None
    return RawData(info, x, y, test)


def whole(indices: SplitIndices) -> list[int]:
    return sorted(np.concatenate([indices.train, indices.validation, indices.test]).tolist())


specs = st.builds(
    DatasetSpec,
    id=st.just("iris"),
    validation=st.floats(0.1, 0.45),
    test=st.none() | st.floats(0.1, 0.45),
    seed=st.integers(0, 2**31 - 1),
)
class_lists = st.lists(st.integers(0, 3), min_size=12, max_size=300)


@given(class_lists, specs, st.sampled_from(["classification", "regression"]), st.integers(0, 5))
def test_every_row_is_in_exactly_one_part(
    classes: list[int], spec: DatasetSpec, task: str, own_test: int
) -> None:
    raw = labelled(classes, own_test, task)
    indices = split(raw, spec)
    rows = split_rows(raw, spec)
    assert whole(indices) == list(range(len(rows.y)))
    assert len(indices.train)
    assert len(indices.validation) == round(len(rows.y) * spec.validation)
    if own_test and spec.test is None:
        assert len(rows.y) == len(classes)
        assert not len(indices.test)
    else:
        assert len(rows.y) == len(classes) + own_test
        assert len(indices.test) == round(len(rows.y) * (spec.test or 0.1))


@given(st.lists(st.integers(20, 90), min_size=2, max_size=6), specs)
def test_every_class_keeps_its_share_in_every_part(sizes: list[int], spec: DatasetSpec) -> None:
    raw = labelled([label for label, size in enumerate(sizes) for _ in range(size)])
    indices = split(raw, spec)
    assert indices.stratified
    for part in (indices.train, indices.validation, indices.test):
        counts = np.bincount(raw.y[part], minlength=len(sizes))
        assert np.abs(counts - np.array(sizes) * len(part) / len(raw.y)).max() < 2


@given(class_lists, specs)
def test_the_split_depends_on_the_seed_and_on_nothing_else(
    classes: list[int], spec: DatasetSpec
) -> None:
    raw = labelled(classes)
    first, second = split(raw, spec), split(raw, spec)
    for name in ("train", "validation", "test"):
        assert np.array_equal(getattr(first, name), getattr(second, name))


def test_another_seed_gives_another_split(tmp_path: Path) -> None:
    raw = load("digits", tmp_path)
    splits = {
        tuple(split(raw, DatasetSpec(id="digits", seed=seed)).validation) for seed in range(5)
    }
    assert len(splits) == 5


def test_the_default_split_is_70_20_10() -> None:
    indices = split(labelled([0, 1] * 500), DatasetSpec(id="iris"))
    assert [len(part) for part in (indices.train, indices.validation, indices.test)] == [
        700,
        200,
        100,
    ]


@pytest.mark.parametrize("dataset", EMBEDDED)
def test_every_embedded_dataset_has_every_class_in_every_part(dataset: str, tmp_path: Path) -> None:
    raw = load(dataset, tmp_path)
    indices = split(raw, DatasetSpec(id=dataset))
    assert indices.stratified
    if raw.info.classes:
        for part in (indices.train, indices.validation, indices.test):
            assert set(raw.y[part]) == set(range(raw.info.classes))


@pytest.mark.parametrize("classes", [[0] * 50 + [1], list(range(40)), [0, 1, 2, 3] * 3])
def test_a_class_with_too_few_rows_makes_a_plain_split_that_says_so(classes: list[int]) -> None:
    indices = split(labelled(classes), DatasetSpec(id="iris"))
    assert not indices.stratified
    assert whole(indices) == list(range(len(classes)))


def test_pooled_rows_are_the_training_rows_and_then_the_own_test_part() -> None:
    raw = labelled([0, 1] * 20, own_test=10)
    rows = split_rows(raw, DatasetSpec(id="iris", test=0.2))
    assert rows.test is None
    assert rows.x[:, 0].tolist() == list(range(50))


@pytest.mark.parametrize("count", [1, 2, 4])
def test_too_few_rows_for_three_parts_are_refused(count: int) -> None:
    with pytest.raises(DataError, match=rf"dataset\.validation: {count} rows"):
        split(labelled([0] * count), DatasetSpec(id="iris"))
