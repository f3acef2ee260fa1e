"""A dataset like MNIST of 250 kB, in every container that the real ones travel in."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import numpy as np

from tuning_core.datasets.archives import encode
from tuning_core.datasets.images import ImageFolder
from tuning_core.datasets.sources import IdxPart, ImageDownload, RemoteFile, Source

_RANDOM = np.random.RandomState(0)
ARRAYS = (
    _RANDOM.randint(0, 256, (300, 28, 28)).astype(np.uint8),
    _RANDOM.randint(0, 10, 300).astype(np.uint8),
    _RANDOM.randint(0, 256, (10, 28, 28)).astype(np.uint8),
    _RANDOM.randint(0, 10, 10).astype(np.uint8),
)
NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_NPZ = ("x_train", "y_train", "x_test", "y_test")
CONTENTS = {name: encode(array) for name, array in zip(NAMES, ARRAYS, strict=True)}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _part(index: int) -> IdxPart:
    name = NAMES[index]
    return IdxPart(name, _NPZ[index], ARRAYS[index].shape, _sha256(CONTENTS[name]))


PARTS = (_part(0), _part(1), _part(2), _part(3))


def npz() -> bytes:
    stream = io.BytesIO()
    x_train, y_train, x_test, y_test = ARRAYS
    np.savez_compressed(stream, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return stream.getvalue()


def tar(mode: str, folder: str, pack: bool) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=f"w:{mode}") as archive:  # type: ignore[call-overload]
        for name, content in {"../../outside": b"no", **CONTENTS}.items():
            body = gzip.compress(content) if pack else content
            member = tarfile.TarInfo(f"{folder}/{name}{'.gz' if pack else ''}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return stream.getvalue()


def deb() -> bytes:
    package = b"!<arch>\n"
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": b"odd",
        "data.tar.xz": tar("xz", "./usr/share/datasets/tiny", pack=True),
    }
    for name, body in members.items():
        package += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(body):<10}`\n".encode()
        package += body + b"\n" * (len(body) % 2)
    return package


CONTAINERS = {
    "tiny.npz": npz(),
    "tiny-1.0.tgz": tar("gz", "package/data", pack=False),
    "tiny_1.0_all.deb": deb(),
}
IDX_FILES = {
    "plain": CONTENTS,
    "gz": {f"{name}.gz": gzip.compress(content) for name, content in CONTENTS.items()},
    "mixed": {
        name if index % 2 else f"{name}.gz": content if index % 2 else gzip.compress(content)
        for index, (name, content) in enumerate(CONTENTS.items())
    },
}


def source(files: dict[str, bytes], url: str, command: tuple[str, ...] = ()) -> Source:
    """The right hashes of ``files``, said to be below the address ``url``."""
    remote = [
        RemoteFile(name, url + name, _sha256(body), len(body)) for name, body in files.items()
    ]
    return Source(tuple(remote), "none", command)


def container(name: str, url: str, command: tuple[str, ...] = ()) -> Source:
    """The source of one of ``CONTAINERS``."""
    return source({name: CONTAINERS[name]}, url, command)


def tiny_folder(path: Path, *sources: Source) -> ImageFolder:
    return ImageFolder(ImageDownload("tiny", PARTS, sources), path)


def is_tiny(arrays: list[np.ndarray]) -> bool:
    return all(np.array_equal(got, want) for got, want in zip(arrays, ARRAYS, strict=True))
