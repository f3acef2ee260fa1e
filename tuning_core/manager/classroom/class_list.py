"""All classes of a home, read when they are first asked for; one lock for all that changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from threading import RLock

from tuning_core.classroom.event import ClassEvent
from tuning_core.classroom.events import ClassEnded, ClassOpened, Joined, Returned
from tuning_core.classroom.names import drawn_code
from tuning_core.classroom.state import ClassState
from tuning_core.home.home import ManagerError, new_id
from tuning_core.home.study_files import JOURNAL
from tuning_core.manager.classroom.class_log import ClassLog

IDLE_SECONDS = 24 * 3600.0
"""A class in which nothing has happened for so long is over."""
MOST_OPEN = 100
MOST_EVENTS = 300_000
"""Events of one class: thirty students who move a knob every five seconds for a whole day make
half a million; deeds beyond are not noted."""


class ClassList:
    """The classes in ``folder``. ``lock`` is held for moments, by whoever looks and then changes.

    ``latest`` is the code of the class that each user joined or taught last, by role.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.lock = RLock()
        self.clock = clock
        self._folder = folder
        self._folders: dict[str, Path] = {}
        self._logs: dict[str, ClassLog] = {}
        self._joined: dict[str, str] = {}
        self._taught: dict[str, str] = {}
        self._read = False

    def open(self, title: str, teacher: str) -> ClassState:
        """A new class with a code of its own. Raises ManagerError."""
        with self.lock:
            self._look()
            for code in [*self._logs]:
                self.find(code)  # Ends those that are over.
            live = [log for log in self._logs.values() if log.state.ended is None]
            if len(live) >= MOST_OPEN:
                raise ManagerError(
                    f"{MOST_OPEN} classes are open on this server, which is the most. "
                    "End one that is over."
                )
            code = drawn_code(self._folders)
            opened = ClassOpened(
                id=f"{code.lower()}{new_id()[:4]}", code=code, title=title, teacher=teacher
            )
            self._folders[code] = folder = self._folder / opened.id
            self._logs[code] = log = ClassLog.begin(folder, opened)
            self._taught[teacher] = code
            return log.state

    def find(self, code: str) -> ClassState | None:
        """The class of a code, over or not; None where there is none."""
        with self.lock:
            log = self._log(code)
            return None if log is None else log.state

    def append(self, code: str, event: ClassEvent) -> ClassState:
        """Record an event of a class that is not over. Raises ManagerError."""
        with self.lock:
            log = self._log(code)
            if log is None:
                raise no_class(code)
            if log.state.ended is not None:
                raise has_ended(code)
            log.append(event)
            if isinstance(event, Joined | Returned):
                self._joined[event.user] = code
            if isinstance(event, ClassEnded):
                log.close()
            return log.state

    def is_full_of_events(self, code: str) -> bool:
        """Whether no deed of a class is noted any more."""
        log = self._logs.get(code)
        return log is not None and log.events >= MOST_EVENTS

    def joined(self, user: str) -> ClassState | None:
        """The class that a user joined last."""
        with self.lock:
            self._look()
            code = self._joined.get(user)
            return None if code is None else self.find(code)

    def taught(self, user: str) -> ClassState | None:
        """The class that a user opened or took up last."""
        with self.lock:
            self._look()
            code = self._taught.get(user)
            return None if code is None else self.find(code)

    def attend(self, code: str, user: str) -> None:
        """Remember that a student is in a class now."""
        with self.lock:
            self._joined[user] = code

    def teach(self, code: str, teacher: str) -> None:
        """Remember that a user teaches a class now."""
        with self.lock:
            self._taught[teacher] = code

    def close(self) -> None:
        """Close all journals."""
        with self.lock:
            for log in self._logs.values():
                log.close()

    def _log(self, code: str) -> ClassLog | None:
        self._look()
        log = self._logs.get(code)
        if log is None and code in self._folders:
            log = ClassLog.read(self._folders[code])
            if log is not None:
                self._logs[code] = log
        if log is not None and log.state.ended is None:
            over = log.state.last + IDLE_SECONDS
            if self.clock() > over:
                # Nothing need be written: whoever reads it later comes to the same.
                log.state = ClassEnded(time=over).applied(log.state)
                log.close()
        return log

    def _look(self) -> None:
        """See once what classes there are; those that may go on are read whole."""
        if self._read:
            return
        self._read = True
        paths = [*self._folder.glob(f"*/{JOURNAL}")]
        found = [(path, opened) for path in paths if (opened := _opened(path)) is not None]
        for path, opened in sorted(found, key=lambda pair: pair[1].time):
            self._folders[opened.code] = path.parent
            self._taught[opened.teacher] = opened.code
        for path, opened in found:
            if self.clock() - path.stat().st_mtime < IDLE_SECONDS:
                self._log(opened.code)
        live = sorted((log.state for log in self._logs.values()), key=lambda state: state.opened)
        for state in live:
            self._taught |= dict.fromkeys(state.teachers, state.code)
        members = [(member, state.code) for state in live for member in state.members.values()]
        # Who is in several is in the one where they did something last.
        for member, code in sorted(members, key=lambda pair: pair[0].seen):
            self._joined |= dict.fromkeys(member.users, code)


def _opened(path: Path) -> ClassOpened | None:
    """The first line of a journal of a class."""
    try:
        with path.open("rb") as file:
            return ClassOpened.model_validate(json.loads(file.readline(10_000)))
    except (OSError, ValueError):
        return None


def no_class(code: str) -> ManagerError:
    """The error of a code that no class has."""
    return ManagerError(
        f"There is no class {code[:10]}. The code stands on the board: four letters, no digits."
    )


def has_ended(code: str) -> ManagerError:
    """The error of a class that is over."""
    return ManagerError(f"The class {code} has ended. Ask your teacher for the code of the next.")


def was_removed(state: ClassState) -> ManagerError:
    """The error of a student whom the teacher has taken out."""
    return ManagerError(
        f"Your teacher has taken you out of the class {state.code}. Ask them to let you in again."
    )
