"""Studies for other tools, written at once or, for TensorBoard, while they run. No Keras."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from threading import RLock

from tuning_core.child_process import ChildProcess, run_child
from tuning_core.home.export_targets import written_to
from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.manager.workers.requests import BackgroundRequests
from tuning_core.spec.model import Ability
from tuning_core.store import Store
from tuning_core.study_export import EXPORTERS, Exporter, find_exporter, read_record
from tuning_core.study_export.record import LOG
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

    def __init__(
        self, home: Home, store: Store, access: Access, export_model: Callable[[str], Path]
    ) -> None:
        self._home = home
        self._store = store
        self._access = access
        self._export_model = export_model
        self._requests = BackgroundRequests("logging")
        self._logged: dict[tuple[str, str], str] = {}

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

    def log(self, id: str, study_id: str, place: str = "", *, by: Person = OPERATOR) -> str:
        """Add a study to what a folder or an address has, the operator's where none is named.

        The best model goes with it where there is one; a sentence says what was done.
        """
        exporter = _known(id)
        self._access.refuse(study_id, by)
        named, place = place, place or exporter.place
        if exporter.log is None or not place:
            raise ManagerError(
                f"{exporter.label}: nowhere to log to. Name a folder or an http(s) address with "
                f"--to, or set {exporter.variable}."
            )
        if not _is_place(place):
            # What the operator has set may hold a password, and a page shows this.
            raise ManagerError(
                f"--to: expected a folder, there or to be made, or an http(s) address, received "
                f"{named[:200]!r}."
                if named
                else f"{exporter.variable}: expected a folder, there or to be made, or an http(s) "
                "address; it is set to something else where this server was started."
            )
        command = [*_COMMAND, LOG, exporter.id, str(self._home.database), study_id, place]
        with suppress(ManagerError):  # A study may have no model, or none that may be seen.
            command.append(str(self._export_model(study_id)))
        return self._run(exporter, command).strip()

    def begin_log(self, id: str, study_id: str, *, by: Person) -> None:
        """Log to the operator's place, beside the caller; ``logged`` says what came of it."""

        def log() -> None:
            self._logged[id, study_id] = self.log(id, study_id, by=by)

        self._logged.pop((id, study_id), None)
        self._requests.begin((id, study_id), log)

    def logging(self, id: str, study_id: str) -> bool:
        """Whether a study is being logged."""
        return self._requests.running((id, study_id))

    def logged(self, id: str, study_id: str) -> str:
        """What came of the last time that a study was logged, in a sentence; "" before."""
        key = (id, study_id)
        return self._logged.get(key, "") or self._requests.refusal(key)

    def _write(self, exporter: Exporter, study_id: str, target: Path) -> None:
        if exporter.trials_only:
            exporter.write(read_record(self._store, study_id, whole=False), target)
            return
        database, place = str(self._home.database), str(target.absolute())
        self._run(exporter, [*_COMMAND, exporter.id, database, study_id, place])

    def _run(self, exporter: Exporter, command: Sequence[str]) -> str:
        if exporter.missing:
            raise ManagerError(exporter.missing)
        try:
            done = run_child(command, _SECONDS)
        except TimeoutError:
            raise ManagerError(f"Writing the study took more than {_SECONDS} s.") from None
        if done.returncode:
            raise ManagerError(f"The study could not be written for {exporter.id}: {done.reason}")
        return done.output


def _is_place(place: str) -> bool:
    """Whether it is the address of a server, or a folder that is there or can be made."""
    if place.startswith(("http://", "https://")):
        return True
    folder = Path(place).absolute()
    if "://" in place or "\0" in place:
        return False
    return folder.is_dir() if folder.exists() else folder.parent.is_dir()


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
