"""Which lessons each browser has done: one small file for each browser, in the home folder."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

from tuning_core.files import write_whole

MOST_BROWSERS = 5_000
"""Files that are kept; those longest untouched make room."""

_BROWSER = re.compile(r"[0-9a-f]{32}")


class LessonsDone:
    """Lessons that were done, by browser. ``folder`` is made when it is first needed.

    A browser is 32 hexadecimal digits; for any other nothing is kept. What cannot be read counts
    as nothing done, what cannot be written is forgotten: a lesson works without it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def done(self, browser: str) -> frozenset[str]:
        """Ids of the lessons that the browser has done."""
        path = self._path(browser)
        if path is None:
            return frozenset()
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError):
            return frozenset()
        ids = found if isinstance(found, list) else []
        return frozenset(lesson for lesson in ids if isinstance(lesson, str))

    def mark(self, browser: str, lesson: str) -> None:
        """Note that the browser has done a lesson."""
        path = self._path(browser)
        done = self.done(browser)
        if path is None or lesson in done:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                self._make_room()
            write_whole(path, json.dumps(sorted({*done, lesson})))

    def forget(self, browser: str) -> None:
        """Begin anew."""
        path = self._path(browser)
        if path is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _path(self, browser: str) -> Path | None:
        return self._folder / f"{browser}.json" if _BROWSER.fullmatch(browser) else None

    def _make_room(self) -> None:
        files = list(self._folder.glob("*.json"))
        if len(files) < MOST_BROWSERS:
            return
        files.sort(key=lambda path: path.stat().st_mtime)
        for path in files[: len(files) - MOST_BROWSERS + MOST_BROWSERS // 10]:
            path.unlink(missing_ok=True)
