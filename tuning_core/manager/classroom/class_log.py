"""One class and its journal: what is appended is at once what the class is."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

from tuning_core.classroom.event import ClassEvent
from tuning_core.classroom.events import ClassOpened, folded, replayed
from tuning_core.classroom.state import ClassState
from tuning_core.files import write_whole
from tuning_core.home.home import ManagerError
from tuning_core.home.server_log import log_event
from tuning_core.home.study_files import JOURNAL
from tuning_core.journal.events import EventDict
from tuning_core.journal.reading import damaged_copy, read_journal
from tuning_core.journal.writing import Journal


class ClassLog:
    """A class in its folder, whose journal is opened at the first event. One thread at a time."""

    def __init__(self, folder: Path, state: ClassState, events: int) -> None:
        self.state = state
        self.events = events
        self._path = folder / JOURNAL
        self._journal: Journal | None = None

    @classmethod
    def read(cls, folder: Path) -> ClassLog | None:
        """The class of a folder; None where there is none."""
        lines = _whole_lines(folder / JOURNAL)
        state = replayed(lines)
        return None if state is None else cls(folder, state, len(lines))

    @classmethod
    def begin(cls, folder: Path, opened: ClassOpened) -> ClassLog:
        """A new class. Raises ManagerError where it cannot be stored."""
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise _unstored(error) from error
        log = cls(folder, opened.begun(), 0)
        log.state = opened.model_copy(update={"time": log.append(opened)}).begun()
        return log

    def append(self, event: ClassEvent) -> float:
        """Record an event; its time. Raises ManagerError where it cannot be stored."""
        try:
            if self._journal is None:
                self._journal = Journal(self._path, self.state.id, lambda _: None)
                self._journal.recorded.clear()  # The state is all that is made of them.
            line = self._journal.record(event)
        except OSError as error:
            raise _unstored(error) from error
        self.events += 1
        self.state = folded(self.state, event.model_copy(update={"time": line["time"]}))
        return float(line["time"])

    def close(self) -> None:
        """Close the journal; the next event opens it again."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None


def _whole_lines(path: Path) -> list[EventDict]:
    """The events of a journal, those behind a damage too; it is made whole for the next event.

    Nothing else knows of them. The damaged file is kept beside it.
    """
    found = read_journal(path)
    if not found.damaged:
        return found.events
    numbered = [{**event, "seq": n} for n, event in enumerate([*found.events, *found.later], 1)]
    with suppress(OSError):
        shutil.copyfile(path, damaged_copy(path))
        write_whole(path, "".join(json.dumps(event) + "\n" for event in numbered))
        log_event("journal completed", of_class=path.parent.name)
    return numbered


def _unstored(error: OSError) -> ManagerError:
    return ManagerError(
        f"The class cannot be stored ({error.strerror or error}). Free some space on the server's "
        "disk, or have its home folder made writable, and try again."
    )
