"""Fetches the files of a dataset, by one process at a time, from its sources in their order.

Each file comes by pooch: checked by its hash, resumed where it stopped, never half there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import requests
from filelock import FileLock, Timeout

from tuning_core.datasets.sources import RemoteFile, Source
from tuning_core.files import move_whole

Progress = Callable[[int, int], None]
"""Gets (bytes that are there, bytes in all), and (0, 0) while another process is at it."""
Client = Callable[[Source, Path, Progress], Path]

CONNECT_SECONDS = 5
READ_SECONDS = 20
_ATTEMPTS = 5
# What is lost when a connection breaks: the chunk under way.
_CHUNK = 1 << 16
_INTERRUPTED = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)
_WAIT_SECONDS = 0.5
_clients: list[Client] = []


class UnavailableError(Exception):
    """A file that could not be had; ``str()`` is short: "host: reason"."""


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


def offer_client(client: Client) -> None:
    """Lets the downloads of this process ask ``client`` last, after all hosts of a source."""
    if client not in _clients:
        _clients.append(client)


def attempts(
    sources: Sequence[Source], folder: Path, report: Progress
) -> Iterator[Callable[[], list[Path]]]:
    """Calls that each bring all files of one source into the folder, or raise UnavailableError."""
    for source in sources:
        yield partial(_fetch_all, source, folder, report)
        if source.command:
            for client in _clients:
                yield partial(_fetch_package, client, source, folder, report)


def _fetch_all(source: Source, folder: Path, report: Progress) -> list[Path]:
    files: list[Path] = []
    before = 0
    for file in source.files:
        files.append(_fetch(file, folder, partial(_report_rest, report, before, source.size)))
        before += file.size
    return files


def _report_rest(report: Progress, before: int, total: int, done: int) -> None:
    report(before + done, total)


def _fetch_package(client: Client, source: Source, folder: Path, report: Progress) -> list[Path]:
    return [client(source, folder, report)]


def _fetch(file: RemoteFile, folder: Path, report: Callable[[int], None]) -> Path:
    """The path of ``file`` in ``folder``, downloaded unless it is there with the right hash.

    ``report`` gets the bytes that are there so far; when it raises, the download ends and the
    next call takes it up where it stopped. Raises UnavailableError, or OSError from the disk.
    """
    # Not sooner: the progress bars that it brings warn, in a notebook, of widgets they miss.
    import pooch

    # pooch logs every download on standard error; the progress is ours to show.
    pooch.get_logger().setLevel(logging.WARNING)
    host = urlsplit(file.url).netloc
    downloader = _ResumingDownloader(folder / f"{file.name}.part", file.size, report)
    while True:
        try:
            path = pooch.retrieve(
                file.url, f"sha256:{file.sha256}", file.name, folder, downloader=downloader
            )
            report(file.size)
            return Path(path)
        except requests.RequestException as error:
            raise UnavailableError(f"{host}: {_reason(error)}") from error
        except ValueError as error:
            if not downloader.finished:
                raise  # not the hash, but something that ``report`` objects to
            # A beginning left by an earlier call may be of another file: once more, from nothing.
            if downloader.resumed:
                continue
            raise UnavailableError(f"{host}: {file.name} there is not the expected file") from error


class _ResumingDownloader:
    """Downloads beside the target and asks only for the bytes that are missing (pooch protocol)."""

    def __init__(self, part: Path, size: int, report: Callable[[int], None]) -> None:
        self.resumed = False
        self.finished = False
        self._part = part
        self._size = size
        self._report = report

    def __call__(self, url: str, output_file: str, pooch: object, check_only: bool = False) -> None:
        self.resumed = self._done() > 0
        self.finished = False
        for attempt in range(1, _ATTEMPTS + 1):
            before = self._done()
            try:
                self._download(url, before)
                break
            except _INTERRUPTED:
                if attempt == _ATTEMPTS or self._done() <= before:
                    raise
        move_whole(self._part, Path(output_file))
        self.finished = True

    def _done(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _download(self, url: str, start: int) -> None:
        if start >= self._size:
            return
        # The file as it is, not as some server packs it for the way: its hash is of that.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
            if start and response.status_code == requests.codes.requested_range_not_satisfiable:
                self._part.unlink()
                return self._download(url, 0)
            response.raise_for_status()
            done = start if response.status_code == requests.codes.partial else 0
            with self._part.open("ab" if done else "wb") as stream:
                for chunk in response.iter_content(_CHUNK):
                    done += len(chunk)
                    # Without end, or simply another file: the hash will say so.
                    if done > self._size:
                        return
                    stream.write(chunk)
                    self._report(done)
        if done < self._size:
            raise requests.ConnectionError("the download ended early")


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"answered {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate was not accepted"
    if isinstance(error, requests.exceptions.ChunkedEncodingError) or "early" in str(error):
        return "the download broke off"
    return "not reachable"
