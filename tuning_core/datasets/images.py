"""Loads the image datasets that are downloaded once: MNIST, its relatives and CIFAR-10.

Each lives in a folder that ends up with plain IDX files. A person may also put files there by hand:
the IDX files, plain or as .gz, or a container of the table of sources. Contents are checked by hash
at every read (0.03 s for MNIST), so a torn, truncated or wrong file is never taken for the data.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tuning_core.datasets.archives import (
    WrongContentError,
    byte_count,
    decode,
    read_parts,
    start_of,
)
from tuning_core.datasets.download import Progress, UnavailableError, alone_in, attempts, silent
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.sources import ImageDownload
from tuning_core.files import drafts_in, write_whole


@dataclass(frozen=True)
class ImageFolder:
    """The files of ``download`` in the folder ``path``."""

    download: ImageDownload
    path: Path

    def complete(self) -> bool:
        """Whether all plain IDX files are there in full length, unread."""
        files = [self.path / part.name for part in self.download.parts]
        sizes = [byte_count(part) for part in self.download.parts]
        return all(file.is_file() for file in files) and sizes == [
            file.stat().st_size for file in files
        ]

    def available(self) -> bool:
        """Whether a load would find files here, before their contents are checked."""
        return self.complete() or bool(self._candidates())

    def mapped(self) -> list[np.memmap]:
        """The plain IDX files mapped into memory, unread and unchecked; uint8."""
        return [
            np.memmap(self.path / part.name, np.uint8, "r", len(start_of(part)), part.shape)
            for part in self.download.parts
        ]

    def read(self, problems: list[str]) -> list[np.ndarray] | None:
        """The checked arrays of the plain IDX files; None, with a problem noted, when wrong."""
        if not all((self.path / part.name).is_file() for part in self.download.parts):
            return None
        contents = {part.name: (self.path / part.name).read_bytes() for part in self.download.parts}
        try:
            return self.decode(contents)
        except WrongContentError as error:
            problems.append(f"in the folder: {error}")
            return None

    def read_by_hand(self, problems: list[str]) -> dict[str, bytes] | None:
        """The checked contents of files put there by hand, by part name; None when there are none.

        What is wrong with a file that cannot be used is added to ``problems``.
        """
        for files in self._candidates():
            try:
                contents = read_parts(files, self.download.parts)
                self.decode(contents)
                return contents
            except WrongContentError as error:
                problems.append(f"in the folder: {error}")
        return None

    def decode(self, contents: dict[str, bytes]) -> list[np.ndarray]:
        """The checked arrays of ``contents``; raises WrongContentError."""
        return [decode(contents.get(part.name, b""), part) for part in self.download.parts]

    def store(self, contents: dict[str, bytes]) -> None:
        """Writes the plain IDX files, each whole or not at all."""
        for name, content in contents.items():
            write_whole(self.path / name, content)

    def remove_leftovers(self) -> None:
        """Removes what a killed process left of a write; call with the folder locked."""
        for leftover in self.path.glob(".*.tmp"):  # Of version 1.0 and before.
            leftover.unlink(missing_ok=True)
        for leftover in drafts_in(self.path):
            shutil.rmtree(leftover, ignore_errors=True)

    def _candidates(self) -> list[list[Path]]:
        """Groups of existing files, each of which should hold the whole dataset."""
        groups = [[file.name for file in source.files] for source in self.download.sources]
        groups.append([f"{self.download.dataset}.npz"])
        groups.append(
            [
                packed if (self.path / (packed := f"{part.name}.gz")).is_file() else part.name
                for part in self.download.parts
            ]
        )
        unique = list(dict.fromkeys(tuple(group) for group in groups))
        plain = tuple(part.name for part in self.download.parts)
        return [
            [self.path / name for name in group]
            for group in unique
            if group != plain and all((self.path / name).is_file() for name in group)
        ]


def obtain(folder: ImageFolder, progress: Progress | None = None) -> list[np.ndarray]:
    """The arrays of the dataset's parts (uint8, read-only), downloaded if need be.

    ``progress(done, total)`` is called in bytes, and with (0, 0) while another process is at it;
    what it raises ends the download, which a later call takes up where it stopped.
    Raises DataError when the data cannot be had.
    """
    problems: list[str] = []
    try:
        arrays = folder.read(problems)
        if arrays is not None:
            return arrays
        return _obtain_locked(folder, progress or silent)
    except OSError as error:
        # Files put by hand into a home that cannot be written to are still good to read.
        contents = _readable_by_hand(folder)
        if contents is not None:
            return folder.decode(contents)
        raise DataError(
            f"{folder.download.dataset} cannot be stored in {folder.path} ({_reason(error)}): make "
            "room and the folder writable, or set TUNESCAPE_HOME to another folder, and try again."
        ) from error


def _obtain_locked(folder: ImageFolder, report: Progress) -> list[np.ndarray]:
    with alone_in(folder.path, report):
        return _obtain_alone(folder, report)


def _obtain_alone(folder: ImageFolder, report: Progress) -> list[np.ndarray]:
    folder.remove_leftovers()
    problems: list[str] = []
    # Another process may have brought the data while this one waited for the lock.
    arrays = folder.read(problems)
    if arrays is not None:
        return arrays
    contents = folder.read_by_hand(problems)
    if contents is None:
        contents = _first_good(folder, report, problems)
    folder.store(contents)
    shutil.rmtree(folder.path / "downloads", ignore_errors=True)
    return folder.decode(contents)


def _first_good(folder: ImageFolder, report: Progress, problems: list[str]) -> dict[str, bytes]:
    downloads = folder.path / "downloads"
    downloads.mkdir(exist_ok=True)
    for attempt in attempts(folder.download.sources, downloads, report):
        try:
            contents = read_parts(attempt(), folder.download.parts)
            folder.decode(contents)
            return contents
        except (UnavailableError, WrongContentError) as error:
            problems.append(str(error))
    raise DataError(_not_found(folder, problems))


def _readable_by_hand(folder: ImageFolder) -> dict[str, bytes] | None:
    try:
        return folder.read_by_hand([])
    except OSError:
        return None


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _not_found(folder: ImageFolder, problems: list[str]) -> str:
    source = folder.download.sources[0]
    container = source.files[0]
    parts = [part.name for part in folder.download.parts]
    idx = f"the {len(parts)} files {', '.join(parts[:-1])} and {parts[-1]} (plain or .gz)"
    if len(source.files) == 1:
        by_hand = f"{container.name} (from {container.url}) or {idx}"
    else:
        by_hand = f"{idx}, from {container.url.rsplit('/', 1)[0]}/,"
    return (
        f"{folder.download.dataset} could not be downloaded ({'; '.join(problems)}): connect this "
        f"machine to the internet and try again, or put {by_hand} into {folder.path} by hand."
    )
