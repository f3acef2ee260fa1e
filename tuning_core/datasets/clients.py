"""Lets a package manager of the machine fetch a package file, for where only its mirror is known.

Nothing is installed and no script of a package runs: the file is put into a temporary folder and
moved from it only when its hash is right. Only processes that ``offer`` it do so: those that train.
The one that serves pages downloads nothing.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tuning_core.child_process import ChildProcess
from tuning_core.datasets.download import Progress, UnavailableError, offer_client
from tuning_core.datasets.sources import Source

_SECONDS = 120.0
_REPORT_SECONDS = 0.5


def offer() -> None:
    """Lets the downloads of this process ask package managers last."""
    offer_client(fetch_with_client)


def fetch_with_client(source: Source, folder: Path, report: Progress) -> Path:
    """The path in ``folder`` of the one file of ``source``, fetched by ``source.command``.

    ``report`` gets the bytes that the command has brought so far; what it raises ends the command.
    Raises UnavailableError when the command is missing, fails, takes over two minutes or brings
    something else.
    """
    program = Path(source.command[0]).name
    if shutil.which(source.command[0]) is None:
        raise UnavailableError(f"{program}: not installed")
    file = source.files[0]
    with tempfile.TemporaryDirectory(dir=folder) as workplace:
        _run(source, Path(workplace), report)
        brought = Path(workplace) / file.name
        if not brought.is_file():
            raise UnavailableError(f"{program}: did not bring {file.name}")
        if hashlib.sha256(brought.read_bytes()).hexdigest() != file.sha256:
            raise UnavailableError(f"{program}: brought another {file.name} than expected")
        return Path(shutil.move(brought, folder / file.name))


def _run(source: Source, workplace: Path, report: Progress) -> None:
    command = source.command
    nowhere = subprocess.DEVNULL
    child = ChildProcess(command, stdin=nowhere, output=nowhere, errors=nowhere, folder=workplace)
    end = time.monotonic() + _SECONDS
    try:
        while not child.ended.wait(_REPORT_SECONDS):
            report(min(_bytes_in(workplace), source.size), source.size)
            if time.monotonic() > end:
                raise UnavailableError(f"{command[0]}: not done after {_SECONDS:g} s")
    finally:
        # Its children (npm's node, apt's methods) have to end with it.
        child.kill()
    if child.returncode != 0:
        raise UnavailableError(f"{command[0]}: failed with status {child.returncode}")


def _bytes_in(folder: Path) -> int:
    sizes = 0
    for path in folder.rglob("*"):
        try:
            sizes += path.lstat().st_size
        except OSError:  # The command has moved it meanwhile.
            continue
    return sizes
