"""Cross-validation: the rows outside the test part, in folds that take turns to validate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.attempts import Progress
from tuning_core.datasets.class_weights import class_weights
from tuning_core.datasets.errors import DataError
from tuning_core.datasets.loading import load_rows
from tuning_core.datasets.preparation import (
    Preprocessing,
    TargetScale,
    fit_preprocessing,
    fit_target,
    outside_test,
    row_shape,
    scaled_target,
)
from tuning_core.datasets.raw import RawData, take_rows
from tuning_core.datasets.splitting import SplitIndices, split, split_rows
from tuning_core.spec.dataset import DatasetSpec

if TYPE_CHECKING:
    from tuning_core.datasets.tables.encoding import TablePreprocessing


@dataclass(frozen=True)
class Fold:
    """One turn: rows [first, last) validate, those of the first ``end`` that do not are trained on.

    ``x`` float32 (n, d) and ``y`` (n,) are all rows outside the test part, in the same order in
    every fold; folds with the same preprocessing share one ``x``. ``weights`` are those of the
    rows in the training loss, or None.
    """

    x: np.ndarray
    y: np.ndarray
    first: int
    last: int
    end: int
    preprocessing: Preprocessing | TablePreprocessing
    target: TargetScale
    weights: np.ndarray | None = None

    @property
    def train_rows(self) -> np.ndarray:
        """Numbers of the rows that are trained on."""
        return _train_rows(self.first, self.last, self.end)


@dataclass(frozen=True)
class FoldedData:
    """What a search with cross-validation may see: never a test row.

    ``sizes`` counts the rows of "train", "validation" and "test" in the first fold.
    ``stratified`` is False when a class had too few rows to be in every fold.
    """

    info: DatasetInfo
    folds: tuple[Fold, ...]
    outputs: int
    sizes: dict[str, int]
    stratified: bool = True

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of a row as a network may see it: of a picture, or (d,)."""
        return row_shape(self.info, self.folds[0].x.shape[1])


@dataclass(frozen=True)
class Division:
    """``order`` are the row numbers, those that validate together side by side; ``turns`` are
    (first, last, end) of each fold in that order, as in ``Fold``."""

    order: np.ndarray
    turns: tuple[tuple[int, int, int], ...]
    stratified: bool = True


def prepare_folds(
    spec: DatasetSpec, folds: int, home: Path, progress: Progress | None = None
) -> FoldedData:
    """Loads (``progress`` as in ``load``), divides and preprocesses a dataset; raises DataError."""
    return fold_rows(load_rows(spec, home, progress), spec, folds)


def fold_rows(raw: RawData, spec: DatasetSpec, folds: int) -> FoldedData:
    """Divides and preprocesses rows that are already loaded; raises DataError.

    Preprocessing, target scale and weights of a fold are of its own training rows. Rows of a
    group stay together, rows in the order of time stay in it, as in ``divide``.
    """
    info, rows, indices = raw.info, split_rows(raw, spec), split(raw, spec)
    outside, division = _division(rows, spec, folds, indices)
    order = outside[division.order]
    raw_x, raw_y = rows.rows(order), rows.y[order]
    made: list[Fold] = []
    for first, last, end in division.turns:
        train = _train_rows(first, last, end)
        if info.full_scale is not None and made:
            # The same for all rows, so that pictures are in memory once.
            preprocessing, x = made[0].preprocessing, made[0].x
        else:
            preprocessing = fit_preprocessing(info, take_rows(raw_x, train))
            x = preprocessing.apply(raw_x)
        target = fit_target(info, raw_y[train])
        weights = class_weights(spec, raw_y, raw_y[train])
        y = scaled_target(raw_y, info, target)
        made.append(Fold(x, y, first, last, end, preprocessing, target, weights))
    first, last, _ = division.turns[0]
    return FoldedData(
        info=info,
        folds=tuple(made),
        outputs=info.outputs,
        sizes={
            "train": len(made[0].train_rows),
            "validation": last - first,
            "test": len(indices.test) if rows.test is None else len(rows.test[1]),
        },
        stratified=division.stratified,
    )


def fold_parts(raw: RawData, spec: DatasetSpec, folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(training, validation) row numbers of each fold, into ``split_rows``; raises DataError."""
    outside, division = _division(split_rows(raw, spec), spec, folds, split(raw, spec))
    order = outside[division.order]
    return [
        (order[_train_rows(first, last, end)], order[first:last])
        for first, last, end in division.turns
    ]


def _division(
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
        turns = tuple((int(part[0]), int(part[-1]) + 1, int(part[0])) for part in parts)
        return Division(numbers, turns)
    options = {"n_splits": folds, "shuffle": True, "random_state": seed}
    labels, splitter = None, KFold(**options)
    if groups is not None:
        labels, splitter = groups, GroupKFold(**options)
    elif classes is not None and np.unique(classes, return_counts=True)[1].min() >= folds:
        labels, splitter = classes, StratifiedKFold(**options)
    parts = [part for _, part in splitter.split(numbers, classes, groups)]
    ends = np.cumsum([len(part) for part in parts]).tolist()
    turns = tuple(zip([0, *ends[:-1]], ends, [count] * folds, strict=True))
    return Division(np.concatenate(parts), turns, classes is None or labels is classes)


def _train_rows(first: int, last: int, end: int) -> np.ndarray:
    rows = np.arange(end)
    return rows[(rows < first) | (rows >= last)]
