"""One way to every dataset, whatever its source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tuning_core.catalog.datasets import DATASETS, DatasetInfo
from tuning_core.datasets.attempts import Progress
from tuning_core.datasets.cifar import pictures
from tuning_core.datasets.downloaded_tables import archive_path, load_archive
from tuning_core.datasets.embedded import EMBEDDED, load_embedded
from tuning_core.datasets.errors import DataError
from tuning_core.datasets.image_folder import ImageFolder
from tuning_core.datasets.images import obtain
from tuning_core.datasets.planes import PLANES, make_plane
from tuning_core.datasets.raw import RawData
from tuning_core.datasets.sources import DOWNLOADS, TABLES
from tuning_core.spec.dataset import DatasetSpec


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
    if dataset_id in EMBEDDED:
        return load_embedded(info)
    if dataset_id in PLANES:
        return make_plane(info)
    if dataset_id in TABLES:
        return load_archive(info, home / "data" / dataset_id, progress)
    arrays = obtain(image_folder(dataset_id, home), progress)
    train_x, train_y, test_x, test_y = image_arrays(arrays)
    return RawData(info, train_x, train_y.astype(np.int64), (test_x, test_y.astype(np.int64)))


def load_rows(spec: DatasetSpec, home: Path, progress: Progress | None = None) -> RawData:
    """The raw rows of the dataset of a spec, of the catalog or of the user's own; as ``load``."""
    if not spec.own:
        return load(spec.id, home, progress)
    from tuning_core.datasets.tables.rows import load_table

    return load_table(spec, home)
