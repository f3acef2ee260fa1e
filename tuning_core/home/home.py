"""The home folder: where everything of an installation lies, and whether it can be used."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import string
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from uuid import uuid4

from filelock import FileLock, Timeout

from tuning_core.catalog.limits import LimitsError, check_variable
from tuning_core.files import gone, remove_old_drafts
from tuning_core.home.study_files import StudyFiles
from tuning_core.planning.limits import check_limits
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec

_PACKAGE = Path(__file__).resolve().parents[1]
PROJECT_ROOT = _PACKAGE.parent
_WEB = _PACKAGE / "_web"
"""Where a wheel has the app that lies beside the package in a checkout."""

_STUDY_ID = re.compile(r"[a-z0-9]{8}")
_CHANGE_SECONDS = 20.0


def default_home() -> Path:
    """``TUNESCAPE_HOME``, or ``.tunescape`` in the project; in a user's folder where installed."""
    chosen = os.environ.get("TUNESCAPE_HOME", "").strip()
    if chosen:
        return Path(chosen).expanduser()
    return (Path(os.path.expanduser("~")) if installed() else PROJECT_ROOT) / ".tunescape"


def installed() -> bool:
    """Whether this is a package that was installed from a wheel, not a checkout."""
    return _WEB.is_dir()


def server_script() -> Path:
    """What serves the app: inside an installed package, beside it in a checkout."""
    return (_WEB if installed() else PROJECT_ROOT) / "server.py"


def serve_command(setting: str, value: object) -> str:
    """The command that serves the app with a setting, such as ``port``, for a sentence."""
    if installed():
        return f"tunescape serve --{setting} {value}"
    return f"make run {setting.upper()}={value}"


class HomeError(Exception):
    """The home folder cannot be used; ``str()`` is one sentence that says what to do."""


class ManagerError(Exception):
    """A request about a study cannot be met; ``str()`` is one sentence that says why."""


class HomeFiles:
    """Where things lie in a home folder, which need not be there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def database(self) -> Path:
        """The store."""
        return self.path / "tunescape.db"

    @property
    def data(self) -> Path:
        """Downloaded datasets."""
        return self.path / "data"

    @property
    def studies(self) -> Path:
        """One folder per study."""
        return self.path / "studies"

    @property
    def classes(self) -> Path:
        """One folder per class."""
        return self.path / "classes"

    @property
    def server_lock(self) -> Path:
        """Held by the one server of this home."""
        return self.path / "server.lock"

    @property
    def server_pid(self) -> Path:
        """Names the process that holds it."""
        return self.path / "server.pid"

    @property
    def trash(self) -> Path:
        """What is about to go; emptied at the start of a server."""
        return self.path / "trash"

    @property
    def worker_log(self) -> Path:
        """What workers print while they run no study."""
        return self.path / "worker.log"

    @property
    def log(self) -> Path:
        """What the server logs."""
        return self.path / "tunescape.log"

    @property
    def races(self) -> Path:
        """One file per race."""
        return self.path / "races"

    def race(self, race_id: str) -> Path:
        """The file of a race; ManagerError for an id that is not 8 of ``a-z0-9``."""
        if not _STUDY_ID.fullmatch(race_id):
            raise ManagerError(
                f"race: expected an id of 8 letters and digits, received {race_id[:40]!r}."
            )
        return self.races / f"{race_id}.json"

    def study(self, study_id: str) -> StudyFiles:
        """Files of the study; ManagerError for an id that is not 8 of ``a-z0-9``."""
        if not _STUDY_ID.fullmatch(study_id):
            raise ManagerError(
                f"study: expected an id of 8 letters and digits, received {study_id[:40]!r}. "
                "The list of studies shows the ids."
            )
        return StudyFiles(self.studies / study_id)


class Home(HomeFiles):
    """A home folder that exists and can be written.

    Raises HomeError when it cannot be made, written or has no room.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path.absolute())
        self._changing = Lock()
        try:
            for folder in (self.path, self.studies, self.data):
                folder.mkdir(parents=True, exist_ok=True)
            self._probe()
        except OSError as error:
            raise HomeError(_explain(self.path, error)) from error

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Alone of all threads and processes, look at what studies do and change it.

        Held for moments, never while anybody is waited for; not to be entered twice. Raises
        ManagerError.
        """
        try:
            self.check()
        except HomeError as error:
            raise ManagerError(str(error)) from None
        with self._changing:
            # A lock of its own each time: one object would let all threads of a process in.
            lock = FileLock(self.path / "change.lock")
            try:
                lock.acquire(timeout=_CHANGE_SECONDS)
            except Timeout:
                raise ManagerError(
                    f"Another process has been changing studies of {self.path} for "
                    f"{_CHANGE_SECONDS:.0f} seconds. Try again, or end that process."
                ) from None
            except OSError as error:
                raise ManagerError(_explain(self.path, error)) from error
            try:
                yield
            finally:
                lock.release()

    def check(self) -> None:
        """Raises HomeError once somebody has deleted or moved the folder."""
        if not self.studies.is_dir():
            raise HomeError(gone(self.path))

    def discard(self, folder: Path) -> None:
        """Remove a folder inside the home; it disappears at once or not at all."""
        trash = self.trash / f"{folder.name}-{uuid4().hex}"
        trash.parent.mkdir(exist_ok=True)
        try:
            folder.rename(trash)
        except FileNotFoundError:
            return
        shutil.rmtree(trash, ignore_errors=True)

    def empty_trash(self) -> None:
        """Remove what an earlier process did not finish removing, or writing an hour ago."""
        shutil.rmtree(self.trash, ignore_errors=True)
        folders = (*self.data.glob("*"), *self.studies.glob("*"), *self.studies.glob("*/*"))
        for folder in (self.path, *folders):
            remove_old_drafts(folder)

    def _probe(self) -> None:
        """Write as much as a first study needs: a full disk must be known before it starts."""
        with TemporaryFile(dir=self.path) as probe:
            probe.write(b"\0" * 65_536)


def no_study(study_id: str, home: Path) -> ManagerError:
    """The error of an id that no study of a home has."""
    return ManagerError(
        f"study: expected the id of a study in {home}, received {study_id[:40]!r}. "
        "The list of studies shows the ids."
    )


def new_id() -> str:
    """An id for a study: eight letters and digits that no other has, but for a rare chance."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(8))


def _explain(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk of {path} is full. Free some space, or set TUNESCAPE_HOME to a folder "
            "on another disk."
        )
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return (
            f"{path} is, or lies in, a file and not a folder. Set TUNESCAPE_HOME to a folder "
            "that can be written."
        )
    return (
        f"{path} cannot be written ({error.strerror}). Give this user write permission, "
        "or set TUNESCAPE_HOME to a folder that can be written."
    )


def read_caps() -> None:
    """Raises HomeError for a ``TUNESCAPE_LIMITS`` that cannot be understood."""
    try:
        check_variable()
    except LimitsError as error:
        raise HomeError(str(error)) from None


def refuse_beyond_caps(spec: StudySpec, *, added: int = 0) -> None:
    """Raises ManagerError for a study that asks for more than this server gives.

    ``added`` are the trials that users added beside its budget.
    """
    try:
        check_limits(spec, added=added)
    except SpecError as error:
        raise ManagerError(str(error)) from None
