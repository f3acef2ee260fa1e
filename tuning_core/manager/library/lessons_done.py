"""Which lessons each browser has done."""

from __future__ import annotations

from pathlib import Path

from tuning_core.manager.library.user_files import UserFiles

MOST_BROWSERS = 5_000


class LessonsDone:
    """Lessons that were done, by browser."""

    def __init__(self, folder: Path) -> None:
        self._files = UserFiles(folder, MOST_BROWSERS)

    def done(self, browser: str) -> frozenset[str]:
        """Ids of the lessons that the browser has done."""
        found = self._files.read(browser)
        ids = found if isinstance(found, list) else []
        return frozenset(lesson for lesson in ids if isinstance(lesson, str))

    def mark(self, browser: str, lesson: str) -> None:
        """Note that the browser has done a lesson."""
        done = self.done(browser)
        if lesson not in done:
            self._files.write(browser, sorted({*done, lesson}))

    def forget(self, browser: str) -> None:
        """Begin anew."""
        self._files.forget(browser)
