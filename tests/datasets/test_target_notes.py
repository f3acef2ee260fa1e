"""What is said of values to predict: skewed, counts, in an order, several at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import skew

from tuning_core.datasets import read_table
from tuning_core.datasets.tables.target_notes import skewness


def said(values: list[object], folder: Path, **given: str) -> tuple[str, str | None]:
    path = folder / "rows.csv"
    pd.DataFrame({"x": np.arange(len(values)) * 1.5, "y": values}).to_csv(path, index=False)
    reading = read_table(path, target="y", **given)
    return "\n".join(reading.warnings), reading.log_scale


@pytest.mark.parametrize(
    ("values", "scale", "words"),
    [
        (np.exp(np.random.RandomState(0).normal(5, 1, 200)).round(2), "log", "are skewed"),
        (np.random.RandomState(0).geometric(0.02, 200) - 1, "log1p", "counts, and skewed"),
        (np.random.RandomState(0).normal(5, 1, 200).round(2), None, ""),
    ],
    ids=["amounts", "counts", "even"],
)
def test_a_logarithm_is_offered_for_skewed_values(
    values: np.ndarray, scale: str | None, words: str, tmp_path: Path
) -> None:
    assert skewness(values) == pytest.approx(skew(values))
    warnings, offered = said(list(values), tmp_path, task="regression")
    assert offered == scale
    assert ("target_scale" in warnings) is (scale is not None)
    assert words in warnings
    if scale is not None:
        after = skew(np.log(values) if scale == "log" else np.log1p(values))
        assert f"skewness {skew(values):.1f}, of their logarithms {after:.1f}" in warnings
        again, _ = said(list(values), tmp_path, task="regression", target_scale=scale)
        assert "target_scale" not in again


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["low", "high", "Medium"], "(low < Medium < high)"),
        (["B", "A", "C", "D"], "(A < B < C < D)"),
        (["a", "b", "c"], ""),
        (["cat", "dog", "cow"], ""),
        (["red;blue", "red", "blue", "green;red", "green"], "several labels each, parted by ';'"),
        (["Paris, France", "Lyon, France", "Rome, Italy"], ""),
    ],
    ids=str,
)
def test_classes_in_an_order_and_several_labels_are_said(
    labels: list[str], words: str, tmp_path: Path
) -> None:
    warnings, _ = said([labels[n % len(labels)] for n in range(60)], tmp_path)
    assert words in warnings
    if not words:
        assert "scale" not in warnings
        assert "several" not in warnings
