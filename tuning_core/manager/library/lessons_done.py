"""Which lessons each browser has done, and which of their aims it has reached."""

from __future__ import annotations

from pathlib import Path

from tuning_core.manager.library.user_files import UserFiles

MOST_BROWSERS = 5_000
_DONE, _REACHED = "done", "reached"


class LessonsDone:
    """Lessons whose question was answered and those whose aim was reached, by browser."""

    def __init__(self, folder: Path) -> None:
        self._files = UserFiles(folder, MOST_BROWSERS)

    def done(self, browser: str) -> frozenset[str]:
        """Ids of the lessons that the browser has done."""
        return self._read(browser)[_DONE]

    def reached(self, browser: str) -> frozenset[str]:
        """Ids of the lessons whose aim the browser has reached."""
        return self._read(browser)[_REACHED]

    def mark(self, browser: str, lesson: str) -> None:
        """Note that the browser has done a lesson."""
        self._add(browser, lesson, _DONE)

    def reach(self, browser: str, lesson: str) -> bool:
        """Note that the browser has reached a lesson's aim; whether it had not before."""
        return self._add(browser, lesson, _REACHED)

    def forget(self, browser: str) -> None:
        """Begin anew."""
        self._files.forget(browser)

    def _add(self, browser: str, lesson: str, kind: str) -> bool:
        known = self._read(browser)
        if lesson in known[kind]:
            return False
        known[kind] |= {lesson}
        self._files.write(browser, {name: sorted(ids) for name, ids in known.items()})
        return True

    def _read(self, browser: str) -> dict[str, frozenset[str]]:
        found = self._files.read(browser)
        # What was written before there were aims is a list of the lessons done.
        parts = {_DONE: found} if isinstance(found, list) else found
        parts = parts if isinstance(parts, dict) else {}
        listed = {kind: parts.get(kind) for kind in (_DONE, _REACHED)}
        return {
            kind: frozenset(id for id in ids if isinstance(id, str))
            if isinstance(ids, list)
            else frozenset()
            for kind, ids in listed.items()
        }
