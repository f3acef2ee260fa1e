"""TensorBoard logs that grow with a study: a switch for each study, remembered in its folder."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import RLock

from tuning_core.child_process import ChildProcess
from tuning_core.home.errors import ManagerError
from tuning_core.home.home import Home

FOLDER = "tensorboard"
SWITCH = "tensorboard.on"
"""A file that is there while the switch is on."""

_END_SECONDS = 5.0


class Boards:
    """Starts a small process for each running study whose switch is on; it ends with the study.

    Methods may be called from any thread; they raise ManagerError.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        # Held while a writer ends or starts: of two at once, one would be lost and write on.
        self._lock = RLock()
        self._writers: dict[str, ChildProcess] = {}

    def folder(self, study_id: str) -> Path:
        """Where the event files of a study are, or will be."""
        return self._home.study(study_id).folder / FOLDER

    def wanted(self, study_id: str) -> bool:
        """Whether the switch is on."""
        return self._switch(study_id).exists()

    def switch(self, study_id: str, on: bool) -> None:
        """Turn it on and write what there is, or off; files that are written stay."""
        with self._lock:
            try:
                if on:
                    self._switch(study_id).touch()
                else:
                    self._switch(study_id).unlink(missing_ok=True)
            except OSError as error:
                raise ManagerError(f"The switch cannot be kept ({error.strerror}).") from error
            if on:
                self.begin(study_id)
            else:
                self._end(study_id)

    def begin(self, study_id: str) -> None:
        """Write beside a study that starts to run, if its switch is on."""
        if not self.wanted(study_id):
            return
        database, place = str(self._home.database), str(self.folder(study_id))
        command = [sys.executable, "-m", "tuning_core.study_export", "follow", database, study_id]
        try:
            with self._lock, self._home.worker_log.open("ab") as log:
                self._end(study_id)
                self._writers[study_id] = ChildProcess([*command, place], output=log, errors=log)
        except OSError as error:
            raise ManagerError(f"TensorBoard logs cannot be written: {error}.") from error

    def writing(self, study_id: str) -> bool:
        """Whether a process writes this study now."""
        writer = self._writers.get(study_id)
        return writer is not None and not writer.ended.is_set()

    def close(self) -> None:
        """End all writers; what they wrote is whole up to its last event."""
        for study_id in list(self._writers):
            self._end(study_id)

    def _end(self, study_id: str) -> None:
        with self._lock:
            writer = self._writers.pop(study_id, None)
            if writer is None:
                return
            writer.close()
            if not writer.ended.wait(_END_SECONDS):
                writer.kill()

    def _switch(self, study_id: str) -> Path:
        return self._home.study(study_id).folder / SWITCH
