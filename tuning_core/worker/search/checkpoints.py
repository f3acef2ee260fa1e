"""The training states of trials that may go on: ``states/<trial>-<execution>.npz``."""

from __future__ import annotations

import logging
import shutil
import zipfile
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from tuning_core.files import drafts_in
from tuning_core.home.home import StudyFiles
from tuning_core.journal.events import EventDict
from tuning_core.training import ExecutionState

_LOG = logging.getLogger(__name__)


class StateFiles:
    """The state files of a study."""

    def __init__(self, files: StudyFiles) -> None:
        self._folder = files.states

    def save(self, trial: int, execution: int, state: ExecutionState) -> None:
        """Write a state, whole or not at all; raises OSError."""
        self._folder.mkdir(exist_ok=True)
        state.save(self._path(trial, execution))

    def load(self, trial: int, execution: int) -> ExecutionState | None:
        """The state, None when there is none that can be read."""
        path = self._path(trial, execution)
        if not path.exists():
            return None
        try:
            return ExecutionState.load(path)
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            _LOG.exception("%s cannot be read; the trial starts from its seed", path.name)
            return None

    def keep_only(self, trials: Collection[int]) -> None:
        """Delete the states of all other trials, and what a killed process left half written."""
        for draft in drafts_in(self._folder):
            shutil.rmtree(draft, ignore_errors=True)
        for path in self._folder.glob("*"):
            number = path.name.partition("-")[0]
            if path.suffix != ".npz" or not number.isdigit() or int(number) not in trials:
                path.unlink(missing_ok=True)
        if not trials:
            with suppress(OSError):
                self._folder.rmdir()

    def _path(self, trial: int, execution: int) -> Path:
        return self._folder / f"{trial}-{execution}.npz"


def reached_epochs(events: Iterable[EventDict]) -> dict[tuple[int, int], int]:
    """The last epoch that a journal has of each execution, by trial and execution."""
    reached: dict[tuple[int, int], int] = {}
    for event in events:
        if event["kind"] == "epoch":
            place = (event["trial"], event["execution"])
            reached[place] = max(event["epoch"], reached.get(place, 0))
    return reached
