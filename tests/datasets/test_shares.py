"""Shares of the training rows: nested, with every class, whole groups, the newest in time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tuning_core.datasets import load_rows, prepare_share, split
from tuning_core.datasets.splitting import share_of, split_rows
from tuning_core.spec.dataset import DatasetSpec

SPEC = DatasetSpec(id="wine")


def test_smaller_shares_lie_in_larger_ones_and_keep_every_class(tmp_path: Path) -> None:
    raw = load_rows(SPEC, tmp_path)
    rows, train = split_rows(raw, SPEC), split(raw, SPEC).train
    taken = [share_of(rows, train, share, seed=1) for share in (0.05, 0.25, 0.5, 1.0)]
    for smaller, larger in pairwise(taken):
        assert set(smaller) < set(larger)
    assert set(taken[-1]) == set(train)
    assert {*rows.y[taken[0]]} == {*rows.y}
    counts = np.bincount(rows.y[taken[2]]) / np.bincount(rows.y[train])
    assert counts == pytest.approx(0.5, abs=0.02)
    assert set(share_of(rows, train, 0.5, seed=2)) != set(taken[2])


def test_groups_stay_together_and_of_rows_in_time_the_newest_are_taken(tmp_path: Path) -> None:
    rows = split_rows(load_rows(SPEC, tmp_path), SPEC)
    train = np.arange(100)
    grouped = replace(rows, groups=np.arange(len(rows.y)) // 10)
    assert grouped.groups is not None
    taken = share_of(grouped, train, 0.33, seed=3)
    groups = grouped.groups
    assert len(taken) == 30
    assert not set(groups[taken]) & set(groups[np.setdiff1d(train, taken)])
    assert share_of(replace(rows, ordered=True), train, 0.25, 1).tolist() == [*range(75, 100)]


@pytest.mark.parametrize("folds", [1, 3])
def test_the_rows_that_validate_stay_the_same(folds: int, tmp_path: Path) -> None:
    raw = load_rows(SPEC, tmp_path)
    half, whole = (prepare_share(raw, SPEC, folds, share, seed=1) for share in (0.5, 1.0))
    assert len(half) == len(whole) == folds
    for small, large in zip(half, whole, strict=True):
        assert len(small.train.y) == pytest.approx(len(large.train.y) / 2, abs=2)
        assert small.validation.y.tolist() == large.validation.y.tolist()
        # Scaled by what is trained on alone.
        assert small.train.x.mean() == pytest.approx(0.0, abs=1e-5)
