"""What a network gets to see: scaled by the training rows alone, never a test row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tuning_core import datasets
from tuning_core.catalog.datasets import DATASETS
from tuning_core.datasets import PreparedData, Preprocessing, RawData, load, prepare, split
from tuning_core.datasets.preparation import prepare_rows
from tuning_core.datasets.preprocessing import TargetScale, fit_preprocessing, fit_target
from tuning_core.spec.dataset import DatasetSpec

EMBEDDED = [info.id for info in DATASETS.values() if info.embedded]
STANDARDISED = [name for name in EMBEDDED if DATASETS[name].full_scale is None]


def spec(dataset: str, seed: int = 0) -> DatasetSpec:
    return DatasetSpec(id=dataset, seed=seed)


def arrays_only(data: PreparedData) -> Preprocessing:
    assert isinstance(data.preprocessing, Preprocessing)
    return data.preprocessing


def same(first: PreparedData, second: PreparedData) -> bool:
    return all(
        np.array_equal(getattr(getattr(first, part), axis), getattr(getattr(second, part), axis))
        for part in ("train", "validation")
        for axis in ("x", "y")
    )


@pytest.mark.parametrize("dataset", EMBEDDED)
def test_shapes_types_and_sizes(dataset: str, tmp_path: Path) -> None:
    info = DATASETS[dataset]
    data = prepare(spec(dataset), tmp_path)
    assert data.info is info
    assert data.outputs == info.outputs
    assert sum(data.sizes.values()) == info.rows
    for name, part in (("train", data.train), ("validation", data.validation)):
        assert part.x.dtype == np.float32
        assert part.x.shape == (data.sizes[name], info.inputs)
        assert part.y.dtype == (np.int32 if info.classes else np.float32)
        assert part.y.shape == (data.sizes[name],)
    assert arrays_only(data).input_shape == info.input_shape
    assert arrays_only(data).offset.dtype == arrays_only(data).scale.dtype == np.float32
    assert arrays_only(data).offset.shape == arrays_only(data).scale.shape == (info.inputs,)


@pytest.mark.parametrize("dataset", STANDARDISED)
def test_columns_and_regression_targets_are_standardised_on_training_rows(
    dataset: str, tmp_path: Path
) -> None:
    data = prepare(spec(dataset), tmp_path)
    assert np.allclose(data.train.x.mean(axis=0, dtype=np.float64), 0, atol=1e-5)
    assert np.allclose(data.train.x.std(axis=0, dtype=np.float64), 1, atol=1e-5)
    assert not np.allclose(data.validation.x.mean(axis=0), 0, atol=1e-5)
    if not data.info.classes:
        assert abs(data.train.y.mean(dtype=np.float64)) < 1e-6
        assert abs(data.train.y.std(dtype=np.float64) - 1) < 1e-6
        assert abs(data.validation.y.mean(dtype=np.float64)) > 1e-6


def test_images_are_divided_by_their_full_scale(tmp_path: Path) -> None:
    data = prepare(spec("digits"), tmp_path)
    assert not arrays_only(data).offset.any()
    assert set(arrays_only(data).scale) == {16.0}
    assert (data.train.x.min(), data.train.x.max()) == (0, 1)


@pytest.mark.parametrize("dataset", EMBEDDED)
def test_the_parts_are_the_rows_of_the_split_and_can_be_turned_back(
    dataset: str, tmp_path: Path
) -> None:
    raw = load(dataset, tmp_path)
    data = prepare(spec(dataset), tmp_path)
    test = datasets.test_part(spec(dataset), tmp_path)
    indices = split(raw, spec(dataset))
    for part, rows in ((data.train, indices.train), (data.validation, indices.validation)):
        back = part.x * arrays_only(data).scale + arrays_only(data).offset
        assert np.allclose(back, raw.x[rows].reshape(len(rows), -1), rtol=1e-4, atol=1e-4)
        assert np.array_equal(part.x, arrays_only(data).apply(raw.x[rows]))
        answers = part.y.astype(np.float64) * data.target.std + data.target.mean
        assert np.allclose(answers, raw.y[rows], rtol=1e-5, atol=1e-3)
    assert np.array_equal(test.x_raw, raw.x[indices.test])
    assert np.array_equal(test.y, raw.y[indices.test])
    assert test.y.dtype == raw.y.dtype
    assert len(test.y) == data.sizes["test"]


@pytest.mark.parametrize("dataset", EMBEDDED)
def test_the_same_seed_gives_the_same_data_and_another_seed_other_data(
    dataset: str, tmp_path: Path
) -> None:
    assert same(prepare(spec(dataset), tmp_path), prepare(spec(dataset), tmp_path))
    assert not same(prepare(spec(dataset), tmp_path), prepare(spec(dataset, 1), tmp_path))


tables = arrays.arrays(
    np.float64,
    st.tuples(st.integers(2, 40), st.just(4)),
    elements=st.floats(-1e6, 1e6, width=32),
)


@given(tables)
def test_standardised_columns_are_finite_and_within_what_is_possible(table: np.ndarray) -> None:
    scaled = fit_preprocessing(DATASETS["iris"], table).apply(table)
    assert np.isfinite(scaled).all()
    # No value of n lies further from the mean than sqrt(n - 1) standard deviations.
    assert np.abs(scaled).max() <= np.sqrt(len(table)) * 1.01 + 1e-2


@given(tables, st.integers(0, 3))
def test_a_constant_column_becomes_zero(table: np.ndarray, column: int) -> None:
    table[:, column] = table[0, column]
    preprocessing = fit_preprocessing(DATASETS["iris"], table)
    assert preprocessing.scale[column] == 1
    assert not preprocessing.apply(table)[:, column].any()


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=50))
def test_a_target_scale_is_never_zero(values: list[float]) -> None:
    target = fit_target(DATASETS["diabetes"], np.array(values))
    assert target.std > 0
    assert np.isfinite(target.mean)


def test_an_answer_that_rounding_took_to_the_end_of_the_logarithm_stays_a_number() -> None:
    scale = TargetScale(1.0, 1.2, "log1p")
    answers = scale.original(np.array([-20.0, 0.5])).astype(np.float32)
    assert answers[0] == -1.0
    np.testing.assert_allclose(scale.standardised(answers), [-20.0, 0.5], atol=1e-6)


def test_classes_are_not_scaled() -> None:
    target = fit_target(DATASETS["iris"], np.array([0, 1, 2]))
    assert (target.mean, target.std) == (0, 1)


@given(
    # As measured as the embedded tables are: not so close together that single precision ends.
    arrays.arrays(np.float64, (40, 4), elements=st.floats(-1e3, 1e3).map(lambda v: round(v, 6))),
    st.integers(0, 100),
    st.sampled_from(["iris", "diabetes"]),
)
def test_other_rows_change_nothing_of_the_scaling_and_the_training_part(
    table: np.ndarray, seed: int, dataset: str
) -> None:
    """Validation and test rows may hold anything: the training part does not know them."""
    info = replace(DATASETS[dataset], input_shape=(4,))
    raw = RawData(info, table, np.arange(40) % 3)
    rows = split(raw, spec(dataset, seed))
    others = np.concatenate([rows.validation, rows.test])
    x, y = raw.x.copy(), raw.y.copy()
    x[others] += 1e4
    if not info.classes:
        y[others] += 1_000
    first = prepare_rows(raw, spec(dataset, seed))
    second = prepare_rows(RawData(info, x, y), spec(dataset, seed))
    assert np.array_equal(first.train.x, second.train.x)
    assert np.array_equal(first.train.y, second.train.y)
    assert np.array_equal(arrays_only(first).offset, arrays_only(second).offset)
    assert np.array_equal(arrays_only(first).scale, arrays_only(second).scale)
    assert first.target == second.target


def test_an_own_test_part_is_kept_or_pooled_as_the_spec_says() -> None:
    x = np.arange(100, dtype=np.float64).reshape(-1, 1) * np.ones(4)
    y = np.arange(100) % 3
    raw = RawData(DATASETS["iris"], x[:80], y[:80], (x[80:], y[80:]))
    kept = prepare_rows(raw, DatasetSpec(id="iris"))
    assert kept.sizes == {"train": 64, "validation": 16, "test": 20}
    pooled = prepare_rows(raw, DatasetSpec(id="iris", test=0.1))
    assert pooled.sizes == {"train": 70, "validation": 20, "test": 10}
