"""Files that a person puts into the data folder: found, checked, never trusted."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.file_server import closed_port_url, serving
from tests.datasets.tiny_images import (
    ARRAYS,
    CONTAINERS,
    CONTENTS,
    IDX_FILES,
    NAMES,
    container,
    is_tiny,
    tiny_folder,
)
from tuning_core.datasets.images import ImageFolder, obtain
from tuning_core.datasets.raw import DataError

BY_HAND: dict[str, dict[str, bytes]] = {
    **IDX_FILES,
    **{name: {name: content} for name, content in CONTAINERS.items()},
}


@pytest.fixture
def folder(tmp_path: Path) -> ImageFolder:
    """A dataset whose sources cannot be reached."""
    return tiny_folder(tmp_path, *(container(name, closed_port_url("")) for name in CONTAINERS))


def put(folder: ImageFolder, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder.path / name).write_bytes(content)


@pytest.mark.parametrize("kind", BY_HAND)
def test_files_put_there_by_hand_are_picked_up(kind: str, folder: ImageFolder) -> None:
    assert not folder.available()
    put(folder, BY_HAND[kind])
    assert folder.available()
    assert is_tiny(obtain(folder))
    assert folder.complete()
    mapped = folder.mapped()
    assert all(np.array_equal(got, want) for got, want in zip(mapped, ARRAYS, strict=True))


@pytest.mark.parametrize("kind", BY_HAND)
def test_files_by_hand_are_read_even_where_nothing_can_be_written(
    kind: str, folder: ImageFolder
) -> None:
    put(folder, BY_HAND[kind])
    (folder.path / ".lock").mkdir()
    assert is_tiny(obtain(folder))


@pytest.mark.parametrize("kind", BY_HAND)
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_damaged_files_are_refused_by_name(kind: str, damage: str, folder: ImageFolder) -> None:
    damaged = dict(BY_HAND[kind])
    name, content = next(iter(damaged.items()))
    middle = len(content) // 2
    damaged[name] = {
        "cut": content[:middle],
        "flipped": content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :],
        "empty": b"",
    }[damage]
    put(folder, damaged)
    with pytest.raises(DataError, match="in the folder: ") as caught:
        obtain(folder)
    assert str(folder.path) in str(caught.value)


def test_damaged_files_are_replaced_as_soon_as_a_source_answers(tmp_path: Path) -> None:
    with serving() as server:
        server.files = CONTAINERS
        folder = tiny_folder(tmp_path, container("tiny-1.0.tgz", server.url("")))
        put(folder, {**CONTENTS, NAMES[0]: CONTENTS[NAMES[0]][::-1], "tiny.npz": b"nothing"})
        assert is_tiny(obtain(folder))
        assert is_tiny(obtain(folder))
        assert len(server.ranges) == 1


class Trap:
    """Marks the folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.mark,)


def test_pickles_are_never_loaded(folder: ImageFolder) -> None:
    mark = folder.path / "unpickled"
    body = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        body, {"descr": "|O", "fortran_order": False, "shape": (1,)}
    )
    body.write(pickle.dumps(Trap(mark)))
    with zipfile.ZipFile(folder.path / "tiny.npz", "w") as archive:
        archive.writestr("x_train.npy", body.getvalue())
    with pytest.raises(DataError, match=r"tiny\.npz cannot be read"):
        obtain(folder)
    assert not mark.exists()


@pytest.mark.parametrize(
    "x_train",
    [np.zeros((300, 28, 28)), np.zeros((301, 28, 28), np.uint8), np.zeros(5_000_000, np.uint8)],
)
def test_arrays_of_another_kind_or_shape_are_refused(
    x_train: np.ndarray, folder: ImageFolder
) -> None:
    _, y_train, x_test, y_test = ARRAYS
    np.savez_compressed(
        folder.path / "tiny.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test
    )
    with pytest.raises(DataError, match="in the folder: "):
        obtain(folder)
