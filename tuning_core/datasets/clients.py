"""Lets a package manager of the machine fetch a package file, for where only its mirror is known.

Nothing is installed and no script of a package runs: the file is put into a temporary folder and
kept only when its hash is right.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tuning_core.datasets.download import UnavailableError
from tuning_core.datasets.sources import Source

_SECONDS = 120


def fetch_with_client(source: Source, folder: Path) -> Path:
    """The path in ``folder`` of the one file of ``source``, fetched by ``source.command``.

    Raises UnavailableError when the command is missing, fails, takes over two minutes or brings
    something else.
    """
    program = Path(source.command[0]).name
    if shutil.which(source.command[0]) is None:
        raise UnavailableError(f"{program}: not installed")
    file = source.files[0]
    with tempfile.TemporaryDirectory(dir=folder) as workplace:
        _run(source.command, workplace)
        brought = Path(workplace) / file.name
        if not brought.is_file():
            raise UnavailableError(f"{program}: did not bring {file.name}")
        if hashlib.sha256(brought.read_bytes()).hexdigest() != file.sha256:
            raise UnavailableError(f"{program}: brought another {file.name} than expected")
        return Path(shutil.move(brought, folder / file.name))


def _run(command: tuple[str, ...], workplace: str) -> None:
    process = subprocess.Popen(
        command,
        cwd=workplace,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = process.wait(timeout=_SECONDS)
    except BaseException as error:
        # Its children (npm's node, apt's methods) have to end with it.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise UnavailableError(f"{command[0]}: not done after {_SECONDS} s") from error
        raise
    if code != 0:
        raise UnavailableError(f"{command[0]}: failed with status {code}")
