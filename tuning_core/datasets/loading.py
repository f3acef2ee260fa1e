"""One way to every dataset, whatever its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tuning_core.catalog.datasets import DATASETS, DatasetInfo
from tuning_core.datasets.archives import pictures
from tuning_core.datasets.download import Progress
from tuning_core.datasets.downloaded_tables import (
    archive_path,
    load_archive,
    read_archive,
    stored_archive,
)
from tuning_core.datasets.embedded import load_embedded
from tuning_core.datasets.images import ImageFolder, obtain
from tuning_core.datasets.own import load_own
from tuning_core.datasets.planes import load_plane
from tuning_core.datasets.raw import DataError, RawData
from tuning_core.datasets.sources import DOWNLOADS, TABLES
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.plane import POINTS_SEED


def find_info(dataset_id: str) -> DatasetInfo:
    """What the catalog knows of a dataset; raises DataError for an unknown id."""
    info = DATASETS.get(dataset_id)
    if info is None:
        raise DataError(
            f"dataset.id: expected one of {', '.join(DATASETS)}, received {dataset_id!r}."
        )
    return info


def image_folder(dataset_id: str, home: Path) -> ImageFolder:
    """The folder of a downloaded dataset; raises KeyError for an embedded one."""
    return ImageFolder(DOWNLOADS[dataset_id], home / "data" / dataset_id)


def image_arrays(arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """(training images, their labels, test images, their labels) of the parts of a download."""
    if arrays[0].ndim == 2:
        return (*pictures(arrays[:-1]), *pictures(arrays[-1:]))
    return tuple(arrays)


def is_available(dataset_id: str, home: Path) -> bool:
    """Whether ``load`` would need no download; False also where the home cannot be read."""
    find_info(dataset_id)
    try:
        if dataset_id in TABLES:
            return archive_path(TABLES[dataset_id], home / "data" / dataset_id) is not None
        return dataset_id not in DOWNLOADS or image_folder(dataset_id, home).available()
    except OSError:
        return False


def load(dataset_id: str, home: Path, progress: Progress | None = None) -> RawData:
    """The raw rows of a dataset, downloaded to ``home``/data when it is not embedded.

    ``progress(done, total)`` gets bytes; (0, 0) while another process downloads. Raises DataError.
    """
    info = find_info(dataset_id)
    if info.embedded:
        return load_embedded(info)
    if dataset_id in TABLES:
        return load_archive(info, home / "data" / dataset_id, progress)
    return _pictures(info, obtain(image_folder(dataset_id, home), progress))


def load_present(dataset_id: str, home: Path) -> RawData | None:
    """The raw rows of a dataset that is on this machine, None of one that is not.

    For the process that serves pages, which downloads nothing. Raises DataError for an unknown id.
    """
    info = find_info(dataset_id)
    if info.embedded:
        return load_embedded(info)
    try:
        if dataset_id in TABLES:
            content = stored_archive(TABLES[dataset_id], home / "data" / dataset_id)
            return None if content is None else read_archive(info, content)
        arrays = image_folder(dataset_id, home).read([])
    except OSError:
        return None
    return None if arrays is None else _pictures(info, arrays)


def _pictures(info: DatasetInfo, arrays: Sequence[np.ndarray]) -> RawData:
    train_x, train_y, test_x, test_y = image_arrays(arrays)
    return RawData(info, train_x, train_y.astype(np.int64), (test_x, test_y.astype(np.int64)))


def load_rows(spec: DatasetSpec, home: Path, progress: Progress | None = None) -> RawData:
    """The raw rows of the dataset of a spec, of the catalog or of the user's own; as ``load``."""
    if spec.own:
        return load_own(spec, home)
    if spec.info.kind == "plane":
        return load_plane(spec)
    raw = load(spec.id, home, progress)
    if spec.amount is None:
        return raw
    kept = rows_taken(spec.amount, len(raw.y))
    return replace(raw, info=spec.info, x=raw.rows(kept), y=raw.y[kept])


def rows_taken(amount: int, rows: int) -> np.ndarray:
    """Which of ``rows`` rows are taken where a spec asks for an ``amount``, in order.

    Of two amounts the smaller is part of the larger: scores show what more rows are worth.
    """
    return np.sort(np.random.RandomState(POINTS_SEED).permutation(rows)[:amount])
