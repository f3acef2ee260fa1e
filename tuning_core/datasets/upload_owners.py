"""Whose an upload is: everybody's who has uploaded these very bytes. Marks in the home say so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path


def uploads_folder(home: Path) -> Path:
    """Where uploads lie, each under the hash of its bytes."""
    return home / "data" / "uploads"


def marks_of(home: Path, user: str) -> Path:
    """The folder of a user's marks: an empty file for each upload, named by its hash."""
    return _marks(home) / hashlib.sha256(user.encode()).hexdigest()[:24]


def owns(home: Path, user: str, sha256: str) -> bool:
    """Whether the user has uploaded this content."""
    return bool(user) and (marks_of(home, user) / sha256).is_file()


def owned(home: Path, sha256: str) -> bool:
    """Whether any user has."""
    return any(_all(home, sha256))


def give(home: Path, user: str, sha256: str) -> None:
    """Make an upload one of a user's as well. Raises OSError."""
    marks = marks_of(home, user)
    marks.mkdir(parents=True, exist_ok=True)
    (marks / sha256).touch()


def take_from(home: Path, user: str | None, sha256: str) -> None:
    """Make an upload none of a user's any more, or of nobody's."""
    marks = _all(home, sha256) if user is None else iter([marks_of(home, user) / sha256])
    for mark in list(marks):
        mark.unlink(missing_ok=True)


def _marks(home: Path) -> Path:
    return uploads_folder(home) / "readers"


def _all(home: Path, sha256: str) -> Iterator[Path]:
    return _marks(home).glob(f"*/{sha256}")
