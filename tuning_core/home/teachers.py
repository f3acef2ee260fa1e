"""The key of a home that makes a user a teacher, and who has shown it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

TRIES, TRIES_SECONDS = 5, 60.0
"""Keys that a user may try in so many seconds."""
_MOST_USERS = 1_000


class Teachers:
    """Who may change everybody's studies. Whoever removes the key's file dismisses them all.

    Methods may be called by any thread.
    """

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = home / "teacher.key"
        self._known = home / "teachers"
        self._clock = clock
        self._tries: dict[str, deque[float]] = {}
        self._lock = Lock()

    @property
    def key(self) -> str:
        """The key, made at the first call; for the machine's own user to read. Raises OSError."""
        with suppress(FileExistsError):
            place = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(place, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(24))
        return self._read() or self._anew()

    def knows(self, user: str) -> bool:
        """Whether a user has shown the key that holds now."""
        key = self._read()
        return bool(key and user) and (self._known / _mark(key, user)).exists()

    def admit(self, user: str, given: str) -> str:
        """Make a user who shows the key a teacher, for good; a sentence where it is not the key."""
        if self._too_often(user):
            return "Too many keys were tried: wait a minute, then open the address again."
        key = self._read()
        if not key or not user or not hmac.compare_digest(given.encode(), key.encode()):
            return (
                "This is not the key of this server. Whoever runs it finds the address with the "
                "key where the server was started."
            )
        try:
            self._known.mkdir(exist_ok=True)
            (self._known / _mark(key, user)).touch()
        except OSError as error:
            return f"It cannot be kept that you are a teacher ({error.strerror or error})."
        return ""

    def _read(self) -> str:
        """The key; "" when there is none."""
        try:
            return self._file.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""

    def _anew(self) -> str:
        """A key in place of a file that was cut short."""
        self._file.unlink(missing_ok=True)
        return self.key

    def _too_often(self, user: str) -> bool:
        now = self._clock()
        with self._lock:
            tries = self._tries.pop(user, deque(maxlen=TRIES))
            self._tries[user] = tries
            while len(self._tries) > _MOST_USERS:
                self._tries.pop(next(iter(self._tries)))
            if len(tries) == TRIES and now - tries[0] < TRIES_SECONDS:
                return True
            tries.append(now)
            return False


def _mark(key: str, user: str) -> str:
    """What stands for a user who has shown this key: it says nothing under another."""
    return hmac.new(key.encode(), user.encode(), hashlib.sha256).hexdigest()
