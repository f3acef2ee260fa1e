"""Divides the rows of a dataset into training, validation and test rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuning_core.datasets.errors import DataError
from tuning_core.datasets.raw import RawData
from tuning_core.spec.dataset import DatasetSpec

DEFAULT_TEST = 0.1


@dataclass(frozen=True)
class SplitIndices:
    """Row numbers (int64, shuffled) into ``split_rows``; together they are every row once.

    ``test`` is empty when the dataset's own test part is kept. ``stratified`` is False when a
    class had too few rows to have its share in every part, and for splits by group or time.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    stratified: bool = True


def split_rows(raw: RawData, spec: DatasetSpec) -> RawData:
    """The rows that are divided: all of them when the spec asks for a share as the test part,
    else those outside the dataset's own test part."""
    return raw if spec.test is None else raw.pooled()


def split(raw: RawData, spec: DatasetSpec) -> SplitIndices:
    """The seeded split of ``split_rows(raw, spec)``; classes keep their shares in every part.

    The shares are of all divided rows. Groups stay together, so that their parts only come near
    the shares; rows in the order of time give their newest as the test part and those before as
    validation. Raises DataError when a part would be empty.
    """
    rows = split_rows(raw, spec)
    test_share = 0.0 if rows.test is not None else (spec.test or DEFAULT_TEST)
    count = len(rows.y)
    test_count = round(count * test_share)
    validation_count = round(count * spec.validation)
    if (test_share and not test_count) or not 0 < validation_count < count - test_count:
        raise DataError(
            f"dataset.validation: {count} rows leave none for one of training, validation "
            f"({spec.validation:g}) and test ({test_share:g}); give more rows or other shares."
        )
    if rows.ordered:
        ends = [count - test_count - validation_count, count - test_count]
        train, validation, test = np.split(np.arange(count), ends)
        return SplitIndices(train, validation, test, stratified=False)
    if rows.groups is not None:
        return _by_group(rows.groups, test_share, spec)
    classes = rows.y if raw.info.task == "classification" else None
    outside, test, first = _cut(np.arange(count), classes, test_count, spec.seed)
    train, validation, second = _cut(outside, classes, validation_count, spec.seed)
    return SplitIndices(train, validation, test, stratified=first and second)


def _cut(
    rows: np.ndarray, classes: np.ndarray | None, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray, bool]:
    """(rows kept, ``count`` rows cut off, whether every class kept its share)."""
    # Imported late: it takes a second, which a page that splits nothing need not pay.
    from sklearn.model_selection import train_test_split

    if count == 0:
        return rows, rows[:0], True
    labels = None if classes is None else classes[rows]
    enough = labels is not None and can_stratify(labels, count)
    kept, cut = train_test_split(
        rows, test_size=count, random_state=seed, stratify=labels if enough else None
    )
    return kept, cut, enough or labels is None


def _by_group(groups: np.ndarray, test_share: float, spec: DatasetSpec) -> SplitIndices:
    """No group in two parts; groups are drawn until each part has about its share of them."""
    from sklearn.model_selection import GroupShuffleSplit

    found = len(np.unique(groups))
    if found < 3:
        raise DataError(
            f"dataset.group: {found} groups cannot fill training, validation and test; three are "
            "the least. Choose another column."
        )
    rows = np.arange(len(groups))
    parts: list[np.ndarray] = []
    left = found
    for share in (test_share, spec.validation):
        # At least one group for this part, and one for each of those after it.
        count = min(max(1, round(found * share)), left - (2 if not parts else 1))
        shuffle = GroupShuffleSplit(n_splits=1, test_size=count, random_state=spec.seed)
        kept, cut = next(shuffle.split(rows, groups=groups[rows]))
        parts.append(rows[cut])
        rows, left = rows[kept], left - count
    return SplitIndices(rows, parts[1], parts[0], stratified=False)


def can_stratify(labels: np.ndarray, count: int) -> bool:
    """scikit-learn's conditions: two rows of each class, room for each class on both sides."""
    sizes = np.unique(labels, return_counts=True)[1]
    return bool(sizes.min() >= 2) and len(sizes) <= min(count, len(labels) - count)
