"""Divides the rows of a dataset: training, validation and test rows, or folds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tuning_core.datasets.raw import DataError, RawData
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


@dataclass(frozen=True)
class Division:
    """The rows outside the test part in the order of their folds.

    ``order`` are the row numbers, those that validate together side by side; ``folds`` are (first,
    last, end) of each fold in that order, as in ``Fold``.
    """

    order: np.ndarray
    folds: tuple[tuple[int, int, int], ...]
    stratified: bool = True


def split_rows(raw: RawData, spec: DatasetSpec) -> RawData:
    """The rows that are divided into parts.

    All of them when the spec asks for a share as the test part, else those outside the dataset's
    own test part. In a nested cross-validation those outside any test part; in the order of time,
    none after the outer fold.
    """
    if spec.outer is not None:
        return _nested(raw, spec)[0]
    return raw if spec.test is None else raw.pooled()


def split(raw: RawData, spec: DatasetSpec) -> SplitIndices:
    """The seeded split of ``split_rows(raw, spec)``; classes keep their shares in every part.

    The shares are of all divided rows. Groups stay together, so that their parts only come near
    the shares; rows in the order of time give their newest as the test part and those before as
    validation. An outer fold is the test part of its search, and the validation share one of all
    rows beside it. Raises DataError when a part would be empty.
    """
    if spec.outer is not None:
        return _nested(raw, spec)[1]
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


def _nested(raw: RawData, spec: DatasetSpec) -> tuple[RawData, SplitIndices]:
    """The rows of the search of an outer fold, and how they are divided."""
    assert spec.outer is not None
    whole = spec.model_copy(update={"outer": None})
    every = split_rows(raw, whole)
    outside, division = division_of(every, whole, spec.outer.folds, split(raw, whole))
    first, last, end = division.folds[spec.outer.fold - 1]
    numbers = np.sort(outside[division.order[: max(last, end)]])
    rows = replace(
        every,
        x=every.rows(numbers),
        y=every.y[numbers],
        test=None,
        groups=None if every.groups is None else every.groups[numbers],
    )
    order = np.searchsorted(numbers, outside[division.order])
    test, left = order[first:last], np.sort(order[train_rows(first, last, end)])
    classes = rows.y if raw.info.task == "classification" else None
    count = round(len(left) * spec.validation)
    if not 0 < count < len(left):
        raise DataError(
            f"dataset.validation: {len(left)} rows beside an outer fold leave none for training or "
            f"validation ({spec.validation:g}); give more rows, or fewer outer folds."
        )
    if rows.ordered:
        train, validation = np.split(left, [len(left) - count])
        return rows, SplitIndices(train, validation, test, stratified=False)
    if rows.groups is not None:
        train, validation = _cut_groups(left, rows.groups, spec.validation, spec.seed)
        return rows, SplitIndices(train, validation, test, stratified=False)
    train, validation, stratified = _cut(left, classes, count, spec.seed)
    return rows, SplitIndices(train, validation, test, stratified and division.stratified)


def _cut_groups(
    rows: np.ndarray, groups: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """(rows left, those of a share of the groups)."""
    from sklearn.model_selection import GroupShuffleSplit

    found = len(np.unique(groups[rows]))
    if found < 2:
        raise DataError("dataset.group: one group beside an outer fold; give fewer outer folds.")
    count = min(max(1, round(found * share)), found - 1)
    shuffle = GroupShuffleSplit(n_splits=1, test_size=count, random_state=seed)
    left, cut = next(shuffle.split(rows, groups=groups[rows]))
    return rows[left], rows[cut]


def outside_test(indices: SplitIndices) -> np.ndarray:
    """Numbers of the rows outside the test part, in ascending order."""
    return np.sort(np.concatenate([indices.train, indices.validation]))


def fold_parts(raw: RawData, spec: DatasetSpec, folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(training, validation) row numbers of each fold, into ``split_rows``; raises DataError."""
    outside, division = division_of(split_rows(raw, spec), spec, folds, split(raw, spec))
    order = outside[division.order]
    return [
        (order[train_rows(first, last, end)], order[first:last])
        for first, last, end in division.folds
    ]


def share_of(rows: RawData, train: np.ndarray, share: float, seed: int) -> np.ndarray:
    """A share of the training rows ``train``, numbers into ``rows``; smaller ones lie in larger.

    Each class keeps its share, and one row at least; groups stay together; of rows in the order of
    time they are the newest.
    """
    count = max(1, round(share * len(train)))
    if share >= 1.0:
        return train
    if rows.ordered:
        return np.sort(train)[-count:]
    rng = np.random.default_rng(seed)
    if rows.groups is not None:
        groups = rows.groups[train]
        names, sizes = np.unique(groups, return_counts=True)
        order = rng.permutation(len(names))
        nearest = int(np.abs(np.cumsum(sizes[order]) - count).argmin())
        return train[np.isin(groups, names[order[: nearest + 1]])]
    drawn = train[rng.permutation(len(train))]
    if rows.info.task != "classification":
        return drawn[:count]
    classes = rows.y[drawn]
    kept = [
        drawn[classes == label][: max(1, round(share * int((classes == label).sum())))]
        for label in np.unique(classes)
    ]
    return np.concatenate(kept)


def division_of(
    rows: RawData, spec: DatasetSpec, folds: int, indices: SplitIndices
) -> tuple[np.ndarray, Division]:
    """(numbers of the rows outside the test part, how they are divided)."""
    outside = outside_test(indices)
    division = divide(
        len(outside),
        folds,
        spec.seed,
        classes=rows.y[outside] if rows.info.task == "classification" else None,
        groups=None if rows.groups is None else rows.groups[outside],
        ordered=rows.ordered,
    )
    return outside, division


def divide(
    count: int,
    folds: int,
    seed: int,
    *,
    classes: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    ordered: bool = False,
) -> Division:
    """Divides ``count`` rows into folds, the same for the same seed. Raises DataError.

    With ``classes`` (count,) each fold has its share of every class, unless one has fewer rows
    than there are folds. Rows of one of the ``groups`` (count,) stay together. Rows that are
    ``ordered`` in time validate what was trained on all rows before them (scikit-learn's
    ``TimeSeriesSplit``): the first rows never validate, the last are never trained on.
    """
    # Imported late: it takes a second, which a page that divides nothing need not pay.
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

    kind, have = "rows", count
    if ordered:
        have = count - 1
    elif groups is not None:
        kind, have = "groups", len(np.unique(groups))
    if have < folds:
        raise DataError(
            f"cross_validation.folds: {max(have, 0)} {kind} outside the test part are too few for "
            f"{folds} folds; give more {kind} or fewer folds."
        )
    numbers = np.arange(count)
    if ordered:
        parts = [part for _, part in TimeSeriesSplit(folds).split(numbers)]
        spans = tuple((int(part[0]), int(part[-1]) + 1, int(part[0])) for part in parts)
        return Division(numbers, spans)
    options = {"n_splits": folds, "shuffle": True, "random_state": seed}
    labels, splitter = None, KFold(**options)
    if groups is not None:
        labels, splitter = groups, GroupKFold(**options)
    elif classes is not None and np.unique(classes, return_counts=True)[1].min() >= folds:
        labels, splitter = classes, StratifiedKFold(**options)
    parts = [part for _, part in splitter.split(numbers, classes, groups)]
    ends = np.cumsum([len(part) for part in parts]).tolist()
    spans = tuple(zip([0, *ends[:-1]], ends, [count] * folds, strict=True))
    return Division(np.concatenate(parts), spans, classes is None or labels is classes)


def train_rows(first: int, last: int, end: int) -> np.ndarray:
    """Numbers of the rows that a fold is trained on: those before ``end`` outside [first, last)."""
    rows = np.arange(end)
    return rows[(rows < first) | (rows >= last)]


def can_stratify(labels: np.ndarray, count: int) -> bool:
    """scikit-learn's conditions: two rows of each class, room for each class on both sides."""
    sizes = np.unique(labels, return_counts=True)[1]
    return bool(sizes.min() >= 2) and len(sizes) <= min(count, len(labels) - count)


def _cut(
    rows: np.ndarray, classes: np.ndarray | None, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray, bool]:
    """(rows left, ``count`` rows cut off, whether every class kept its share)."""
    # Imported late: it takes a second, which a page that splits nothing need not pay.
    from sklearn.model_selection import train_test_split

    if count == 0:
        return rows, rows[:0], True
    labels = None if classes is None else classes[rows]
    enough = labels is not None and can_stratify(labels, count)
    left, cut = train_test_split(
        rows, test_size=count, random_state=seed, stratify=labels if enough else None
    )
    return left, cut, enough or labels is None


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
    groups_left = found
    for share in (test_share, spec.validation):
        # At least one group for this part, and one for each of those after it.
        count = min(max(1, round(found * share)), groups_left - (2 if not parts else 1))
        shuffle = GroupShuffleSplit(n_splits=1, test_size=count, random_state=spec.seed)
        left, cut = next(shuffle.split(rows, groups=groups[rows]))
        parts.append(rows[cut])
        rows, groups_left = rows[left], groups_left - count
    return SplitIndices(rows, parts[1], parts[0], stratified=False)
