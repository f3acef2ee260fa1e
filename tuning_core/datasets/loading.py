"""One way to every dataset, whatever its source."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tuning_core.catalog.datasets import DATASETS, DatasetInfo
from tuning_core.datasets.embedded import EMBEDDED, load_embedded
from tuning_core.datasets.errors import DataError
from tuning_core.datasets.image_folder import ImageFolder
from tuning_core.datasets.images import Progress, obtain
from tuning_core.datasets.planes import PLANES, make_plane
from tuning_core.datasets.raw import RawData
from tuning_core.datasets.sources import DOWNLOADS


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


def is_available(dataset_id: str, home: Path) -> bool:
    """Whether ``load`` would need no download; False also where the home cannot be read."""
    find_info(dataset_id)
    try:
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
    train_x, train_y, test_x, test_y = obtain(image_folder(dataset_id, home), progress)
    return RawData(info, train_x, train_y.astype(np.int64), (test_x, test_y.astype(np.int64)))
