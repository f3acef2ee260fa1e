"""Studies for other tools, written at once or, for TensorBoard, while they run. No Keras."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from threading import RLock

from tuning_core.child_process import ChildProcess, run_child
from tuning_core.home.export_targets import written_to
from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.spec.model import Ability
from tuning_core.store import Store
from tuning_core.study_export import EXPORTERS, Exporter, find_exporter, read_record
from tuning_core.study_export.tensorboard import FOLLOW

FOLDER = "tensorboard"
SWITCH = "tensorboard.on"
"""A file that is there while the switch is on."""

_COMMAND = (sys.executable, "-m", "tuning_core.study_export")
_SECONDS = 900
_END_SECONDS = 5.0


class StudyExports:
    """Writes studies with the exporters of :data:`EXPORTERS`, by id.

    A process of its own does what takes long. Methods raise ManagerError.
    """

    def __init__(self, home: Home, store: Store) -> None:
        self._home = home
        self._store = store

    def write(self, id: str, study_id: str, target: Path) -> None:
        """Write a new or empty folder, or a file that replaces the one that is there."""
        exporter = _known(id)
        with written_to(target, folder=exporter.folder) as draft:
            self._write(exporter, study_id, draft)

    def content(self, id: str, study_id: str) -> bytes:
        """The file that ``write`` would make; a folder as a zip."""
        exporter = _known(id)
        try:
            with tempfile.TemporaryDirectory(dir=self._home.path) as place:
                made = Path(place) / "export"
                self._write(exporter, study_id, made)
                return made.read_bytes() if not exporter.folder else _zipped(made, study_id)
        except OSError as error:
            raise ManagerError(
                f"The study could not be written in {self._home.path} ({error.strerror or error}): "
                "make room there and try again."
            ) from error

    def _write(self, exporter: Exporter, study_id: str, target: Path) -> None:
        if exporter.trials_only:
            exporter.write(read_record(self._store, study_id, whole=False), target)
            return
        database, place = str(self._home.database), str(target.absolute())
        try:
            done = run_child([*_COMMAND, exporter.id, database, study_id, place], _SECONDS)
        except TimeoutError:
            raise ManagerError(f"Writing the study took more than {_SECONDS} s.") from None
        if done.returncode:
            raise ManagerError(f"The study could not be written for {exporter.id}: {done.reason}")


def _zipped(folder: Path, study_id: str) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(file, f"tunescape-{study_id}/{file.relative_to(folder)}")
    return packed.getvalue()


def _known(id: str) -> Exporter:
    try:
        return find_exporter(id)
    except KeyError:
        ids = ", ".join(exporter.id for exporter in EXPORTERS)
        raise ManagerError(f"exporter: expected one of {ids}, received {id[:40]!r}.") from None


class LiveTensorBoard:
    """Starts a small process for each running study whose switch is on; it ends with the study.

    Methods may be called from any thread; they raise ManagerError.
    """

    def __init__(self, home: Home, access: Access) -> None:
        self._home = home
        self._access = access
        # Held while a writer ends or starts: of two at once, one would be lost and write on.
        self._lock = RLock()
        self._writers: dict[str, ChildProcess] = {}

    def folder(self, study_id: str) -> Path:
        """Where the event files of a study are, or will be."""
        return self._home.study(study_id).folder / FOLDER

    def wanted(self, study_id: str) -> bool:
        """Whether the switch is on."""
        return self._switch(study_id).exists()

    def switch(self, study_id: str, on: bool, *, by: Person = OPERATOR) -> None:
        """Turn it on and write what there is, or off; files that are written stay."""
        self._access.refuse(study_id, by, Ability.TRAIN)
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
        command = [*_COMMAND, FOLLOW, database, study_id, place]
        try:
            with self._lock, self._home.worker_log.open("ab") as log:
                self._end(study_id)
                self._writers[study_id] = ChildProcess(command, output=log, errors=log)
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
