"""Ways to get the files of a dataset, one after the other, by one process at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from tuning_core.datasets.clients import fetch_with_client
from tuning_core.datasets.download import fetch
from tuning_core.datasets.sources import Source

Progress = Callable[[int, int], None]
_WAIT_SECONDS = 0.5


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


@contextmanager
def alone_in(folder: Path, report: Progress) -> Iterator[None]:
    """Makes the folder and keeps other processes out; ``report`` gets (0, 0) while one is in."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    while True:
        try:
            lock.acquire(timeout=_WAIT_SECONDS)
            break
        except Timeout:
            report(0, 0)
    try:
        yield
    finally:
        lock.release()


def attempts(
    sources: Sequence[Source], folder: Path, report: Progress
) -> Iterator[Callable[[], list[Path]]]:
    """Calls that each bring all files of one source into the folder, or raise UnavailableError."""
    for source in sources:
        yield partial(_fetch_all, source, folder, report)
        if source.command:
            yield partial(_fetch_package, source, folder)


def _fetch_all(source: Source, folder: Path, report: Progress) -> list[Path]:
    files: list[Path] = []
    before = 0
    for file in source.files:
        files.append(fetch(file, folder, partial(_report_rest, report, before, source.size)))
        before += file.size
    return files


def _report_rest(report: Progress, before: int, total: int, done: int) -> None:
    report(before + done, total)


def _fetch_package(source: Source, folder: Path) -> list[Path]:
    return [fetch_with_client(source, folder)]
