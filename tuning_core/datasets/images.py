"""Loads the image datasets that are downloaded once: MNIST, its relatives and CIFAR-10."""

from __future__ import annotations

import shutil

import numpy as np

from tuning_core.datasets.archives import read_parts
from tuning_core.datasets.attempts import Progress, alone_in, attempts, silent
from tuning_core.datasets.download import UnavailableError
from tuning_core.datasets.errors import DataError
from tuning_core.datasets.idx import WrongContentError
from tuning_core.datasets.image_folder import ImageFolder


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
            f"{folder.download.dataset} cannot be stored in {folder.path} ({said(error)}): make "
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


def said(error: OSError) -> str:
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
