"""Where exports are written: checked before the work, and only ever seen whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuning_core.files import whole
from tuning_core.home.home import ManagerError


@contextmanager
def written_to(target: Path, *, folder: bool = False) -> Iterator[Path]:
    """A path for the draft of a file, or ``folder``, which takes its place at the end.

    Raises ManagerError, one sentence, for a target that cannot be written.
    """
    try:
        _check(target, folder=folder)
        with whole(target) as draft:
            yield draft
    except OSError as error:
        raise ManagerError(
            f"--to: {str(target)[:300]} cannot be written ({error.strerror or error})."
        ) from error


def _check(target: Path, *, folder: bool) -> None:
    what = "folder" if folder else "file"
    if target.name in ("", "..") or "\0" in str(target):
        raise ManagerError(
            f"--to: expected the name of a {what} to write, received {str(target)[:80]!r}."
        )
    if not target.absolute().parent.is_dir():
        raise ManagerError(
            f"--to: {target} cannot be written: {target.parent} is no folder. Make it first, or "
            "name another."
        )
    if folder and target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ManagerError(
            f"--to: {target} is not empty, and what is there would be mixed with this study; name "
            "a new folder."
        )
    if not folder and target.is_dir():
        raise ManagerError(f"--to: {target} is a folder; name a file to write in it.")
    if not folder and target.exists() and not target.is_file():
        raise ManagerError(f"--to: {target} is no plain file; name another.")
