"""What a search trains on: rows loaded, divided and preprocessed, by a split or by folds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.columns import TablePreprocessing
from tuning_core.datasets.download import Progress
from tuning_core.datasets.loading import load_rows
from tuning_core.datasets.preprocessing import (
    Preprocessing,
    TargetScale,
    fit_preprocessing,
    fit_target,
    row_shape,
    scaled_target,
)
from tuning_core.datasets.raw import RawData, RawRows, take_rows
from tuning_core.datasets.splitting import (
    SplitIndices,
    division_of,
    fold_parts,
    outside_test,
    share_of,
    split,
    split_rows,
    train_rows,
)
from tuning_core.spec.dataset import DatasetSpec


@dataclass(frozen=True)
class Part:
    """``x`` float32 (n, d) preprocessed; ``y`` (n,) int32 classes or float32 standardised."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class PreparedData:
    """What a search may see: never a test row.

    ``outputs`` is the number of classes, or 1. ``sizes`` counts the rows of "train",
    "validation" and "test". ``stratified`` is False when a class had too few rows for it.
    ``weights`` float32 (n,) are those of the training rows in the loss, 1 in the mean, or None.
    ``points`` are x and y of the training and the validation rows (n, 2) of a plane, or None.
    """

    info: DatasetInfo
    train: Part
    validation: Part
    preprocessing: Preprocessing | TablePreprocessing
    target: TargetScale
    outputs: int
    sizes: dict[str, int]
    stratified: bool = True
    weights: np.ndarray | None = None
    points: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of a row as a network may see it: of a picture, or (d,)."""
        return row_shape(self.info, self.train.x.shape[1])


@dataclass(frozen=True)
class Fold:
    """One fold: rows [first, last) validate, those of the first ``end`` that do not are trained on.

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
        return train_rows(self.first, self.last, self.end)


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
class TestPart:
    """The untouched rows: ``x_raw`` (n, *input_shape) or a DataFrame, ``y`` (n,) as it came."""

    __test__ = False  # pytest takes classes named Test... for tests

    x_raw: RawRows
    y: np.ndarray


def prepare(spec: DatasetSpec, home: Path, progress: Progress | None = None) -> PreparedData:
    """Loads (``progress`` as in ``load``), splits and preprocesses a dataset; raises DataError."""
    return prepare_rows(load_rows(spec, home, progress), spec)


def prepare_rows(raw: RawData, spec: DatasetSpec) -> PreparedData:
    """Splits and preprocesses rows that are already loaded; raises DataError."""
    return _prepared(raw, spec, split(raw, spec))


def prepare_all(spec: DatasetSpec, home: Path) -> PreparedData:
    """Like ``prepare``, with all rows outside the test part for training and none to validate."""
    return prepare_all_rows(load_rows(spec, home), spec)


def prepare_all_rows(raw: RawData, spec: DatasetSpec) -> PreparedData:
    """As ``prepare_all``, of rows that are already loaded."""
    indices = split(raw, spec)
    train = outside_test(indices)
    return _prepared(raw, spec, replace(indices, train=train, validation=train[:0]))


def prepare_share(
    raw: RawData, spec: DatasetSpec, folds: int, share: float, seed: int
) -> list[PreparedData]:
    """Loaded rows with a share of the training rows alone, for each fold; raises DataError.

    The validation rows are those of the study, preprocessing is fitted on what is trained on.
    """
    rows, indices = split_rows(raw, spec), split(raw, spec)
    parts = [(indices.train, indices.validation)]
    if folds > 1:
        parts = fold_parts(raw, spec, folds)
    return [
        _prepared(
            raw,
            spec,
            replace(indices, train=share_of(rows, train, share, seed), validation=validation),
        )
        for train, validation in parts
    ]


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
    outside, division = division_of(rows, spec, folds, indices)
    order = outside[division.order]
    raw_x, raw_y = rows.rows(order), rows.y[order]
    made: list[Fold] = []
    for first, last, end in division.folds:
        train = train_rows(first, last, end)
        if info.full_scale is not None and made:
            # The same for all rows, so that pictures are in memory once.
            preprocessing, x = made[0].preprocessing, made[0].x
        else:
            preprocessing = fit_preprocessing(info, take_rows(raw_x, train), raw_y[train])
            x = preprocessing.apply(raw_x)
            if isinstance(preprocessing, TablePreprocessing):
                x = preprocessing.without_own_answers(x, train)
        target = fit_target(info, raw_y[train])
        weights = _class_weights(spec, raw_y, raw_y[train])
        y = scaled_target(raw_y, info, target)
        made.append(Fold(x, y, first, last, end, preprocessing, target, weights))
    first, last, _ = division.folds[0]
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


def _prepared(raw: RawData, spec: DatasetSpec, indices: SplitIndices) -> PreparedData:
    rows = split_rows(raw, spec)
    train_x, train_y = rows.rows(indices.train), rows.y[indices.train]
    preprocessing = fit_preprocessing(raw.info, train_x, train_y)
    target = fit_target(raw.info, train_y)
    train = part_of(train_x, train_y, raw.info, preprocessing, target)
    if isinstance(preprocessing, TablePreprocessing):
        preprocessing.without_own_answers(train.x, slice(None))
    points = (train_x, rows.rows(indices.validation)) if raw.info.kind == "plane" else None
    # Of a large table this is memory that the validation rows need next.
    del train_x
    return PreparedData(
        info=raw.info,
        train=train,
        validation=part_of(
            rows.rows(indices.validation),
            rows.y[indices.validation],
            raw.info,
            preprocessing,
            target,
        ),
        preprocessing=preprocessing,
        target=target,
        outputs=raw.info.outputs,
        sizes={
            "train": len(indices.train),
            "validation": len(indices.validation),
            "test": len(indices.test) if rows.test is None else len(rows.test[1]),
        },
        stratified=indices.stratified,
        weights=_class_weights(spec, train_y, train_y),
        points=points,
    )


def test_part(spec: DatasetSpec, home: Path) -> TestPart:
    """The rows that a search never saw: the dataset's own test part, or the split's share."""
    return untouched_rows(load_rows(spec, home), spec)


def untouched_rows(raw: RawData, spec: DatasetSpec) -> TestPart:
    """As ``test_part``, of rows that are already loaded."""
    rows = split_rows(raw, spec)
    if rows.test is not None:
        return TestPart(*rows.test)
    indices = split(raw, spec).test
    return TestPart(rows.rows(indices), rows.y[indices])


def part_of(
    x: RawRows,
    y: np.ndarray,
    info: DatasetInfo,
    preprocessing: Preprocessing | TablePreprocessing,
    target: TargetScale,
) -> Part:
    """Raw rows and answers as a network trains on them."""
    return Part(preprocessing.apply(x), scaled_target(y, info, target))


def _class_weights(spec: DatasetSpec, y: np.ndarray, train_y: np.ndarray) -> np.ndarray | None:
    """The weight of each row of ``y`` (n,), float32; None when the spec asks for none.

    Balanced: training rows / (classes * training rows of the class), so that the mean over the
    training rows is 1 (scikit-learn's ``compute_class_weight``; King and Zeng 2001, "Logistic
    Regression in Rare Events Data"). A class without training rows weighs nothing.
    """
    if spec.class_weights == "none":
        return None
    # Imported late: it takes a second, which a page that weighs nothing need not pay.
    from sklearn.utils.class_weight import compute_class_weight

    classes = np.unique(train_y)
    weights = np.zeros(max(int(y.max(initial=0)), int(classes.max())) + 1, np.float32)
    weights[classes] = compute_class_weight("balanced", classes=classes, y=train_y)
    return np.asarray(weights[y])
