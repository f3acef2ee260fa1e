"""What is kept of each user from visit to visit: a small JSON file, in a folder of the home."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from tuning_core.files import write_whole

MOST_BYTES = 256_000
"""What one file may take."""

_USER = re.compile(r"[0-9a-f]{24}(?:[0-9a-f]{8})?")


class UserFiles:
    """A folder of small documents by user, made when it is first needed.

    It holds ``most`` files; those longest untouched make room.

    A user is 24 hexadecimal digits, a browser 32; for any other name nothing is kept. What cannot
    be read counts as none, what cannot be written is forgotten: a page works without it.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most

    def read(self, user: str) -> Any:
        """What was written last for a user; None where there is nothing that can be read."""
        path = self._path(user)
        if path is None:
            return None
        try:
            if path.stat().st_size > MOST_BYTES:
                return None
            return json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return None

    def write(self, user: str, document: Any) -> None:
        """Keep a document of a user, in place of the one before."""
        path, content = self._path(user), json.dumps(document, separators=(",", ":"))
        if path is None or len(content) > MOST_BYTES:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                self._make_room()
            write_whole(path, content, durable=False)

    def forget(self, user: str) -> None:
        """Begin anew."""
        path = self._path(user)
        if path is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _path(self, user: str) -> Path | None:
        return self._folder / f"{user}.json" if _USER.fullmatch(user) else None

    def _make_room(self) -> None:
        files = list(self._folder.glob("*.json"))
        if len(files) < self._most:
            return
        files.sort(key=lambda path: path.stat().st_mtime)
        for path in files[: len(files) - self._most + max(1, self._most // 10)]:
            path.unlink(missing_ok=True)
