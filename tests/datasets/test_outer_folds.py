"""Outer folds of a nested cross-validation: test parts of searches, beside the study's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuning_core.datasets.loading import load_rows
from tuning_core.datasets.preparation import fold_rows, prepare_rows, untouched_rows
from tuning_core.datasets.raw import DataError, RawData
from tuning_core.datasets.splitting import outside_test, split, split_rows
from tuning_core.spec.dataset import DatasetSpec

FOLDS = 3


def spec(fold: int = 0, **fields: Any) -> DatasetSpec:
    outer = {"outer": {"folds": FOLDS, "fold": fold}} if fold else {}
    return DatasetSpec.model_validate({"id": "iris", **outer, **fields})


def numbered(count: int = 60, **fields: Any) -> RawData:
    """Rows that say which they are."""
    info = spec().info
    return RawData(info, np.arange(count)[:, None].astype(float), np.arange(count) % 3, **fields)


def ids(raw: RawData, spec: DatasetSpec, part: str) -> list[int]:
    rows = split_rows(raw, spec)
    return sorted(int(n) for n in rows.x[getattr(split(raw, spec), part), 0])


def test_outer_folds_take_turns_as_the_test_part_and_never_have_the_study_s_own() -> None:
    raw, own = numbered(), spec()
    kept = ids(raw, own, "test")
    tests = []
    for fold in range(1, FOLDS + 1):
        parts = [ids(raw, spec(fold), part) for part in ("train", "validation", "test")]
        assert sorted(sum(parts, kept)) == list(range(60))
        assert len(parts[1]) == round(0.2 * (60 - len(kept) - len(parts[2])))
        tests.append(parts[2])
    assert sorted(sum(tests, kept)) == list(range(60))
    assert ids(raw, spec(2), "train") == ids(raw, spec(2), "train")


def test_folds_within_stay_beside_the_outer_fold(tmp_path: Path) -> None:
    raw = load_rows(spec(), tmp_path)
    folded = fold_rows(raw, spec(1), 4)
    prepared = prepare_rows(raw, spec(1))
    outer = untouched_rows(raw, spec(1))
    assert len(folded.folds[0].y) + len(outer.y) == 150 - 15
    assert prepared.sizes["test"] == len(outer.y) == 45
    assert np.unique(outer.y, return_counts=True)[1].tolist() == [15, 15, 15]


def test_a_test_part_of_the_dataset_s_own_stays_untouched() -> None:
    raw = numbered(test=(np.full((5, 1), -1.0), np.zeros(5, int)))
    outer = untouched_rows(raw, spec(3))
    assert outer.x_raw.min() >= 0
    assert len(outer.y) == 20


def test_groups_stay_together_and_time_stays_in_order() -> None:
    groups = np.repeat(np.arange(12), 5)
    raw = numbered(groups=groups)
    parts = [{groups[n] for n in ids(raw, spec(1), p)} for p in ("train", "validation", "test")]
    assert not parts[0] & parts[1]
    assert not (parts[0] | parts[1]) & parts[2]
    raw = numbered(ordered=True)
    for fold in range(1, FOLDS + 1):
        ends = [ids(raw, spec(fold), p) for p in ("train", "validation", "test")]
        assert max(ends[0]) < min(ends[1]) <= max(ends[1]) < min(ends[2])
        assert len(outside_test(split(raw, spec(fold)))) == min(ends[2])


def test_too_few_rows_are_said() -> None:
    with pytest.raises(DataError, match="fewer outer folds"):
        split(numbered(6), spec(1, validation=0.15))
