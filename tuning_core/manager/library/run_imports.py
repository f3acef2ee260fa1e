"""Taking in what other tools recorded, read by a process of its own: data only."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import BinaryIO

from tuning_core.child_process import run_child
from tuning_core.files import DRAFTS
from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.access import OPERATOR, Person
from tuning_core.manager.library.study_archive import StudyArchive
from tuning_core.study_import import ReadOptions

_COMMAND = (sys.executable, "-m", "tuning_core.study_import")
_SECONDS = 300


@dataclass(frozen=True)
class FoundRuns:
    """What was recognised: ``label`` is the kind of files, ``notes`` say what is missing."""

    label: str
    name: str
    trials: int
    objective: str
    direction: str
    hyperparameters: int
    notes: list[str]


class RunsRefusedError(ManagerError):
    """Files that are not taken in; ``needs`` names an option that is to be one of ``choices``."""

    def __init__(self, sentence: str, needs: str = "", choices: list[str] | None = None) -> None:
        super().__init__(sentence)
        self.needs = needs
        self.choices = choices or []


class RunImports:
    """Searches of other tools as studies of this home. Methods raise ManagerError."""

    def __init__(self, home: Home, archive: StudyArchive) -> None:
        self._home = home
        self._archive = archive
        # Reading may take a lot of memory: one at a time.
        self._reading = Lock()

    def look(self, path: Path, options: ReadOptions) -> FoundRuns:
        """What would be taken in. Raises RunsRefusedError too."""
        return self._read(path, options)

    def take_in(
        self, path: Path, options: ReadOptions, *, by: Person = OPERATOR
    ) -> tuple[str, FoundRuns]:
        """Make a study of what is at a path, ``by`` whom it then is; its id, and what was found."""
        with self._place() as place:
            study_file = place / "study"
            found = self._read(path, options, study_file)
            return self._archive.import_study(study_file, user=by.user), found

    @contextmanager
    def kept(self, file: BinaryIO, name: str) -> Iterator[Path]:
        """A place where an uploaded file lies, under its own ending, for as long as needed."""
        with self._place() as place:
            stem = "".join(c for c in Path(name).stem if c.isalnum() or c in " _-.")[:100]
            ending = "".join(c for c in Path(name).suffix if c.isalnum() or c == ".")[:10]
            path = place / f"{stem.strip(' .') or 'runs'}{ending}"
            file.seek(0)
            with path.open("wb") as copy:
                shutil.copyfileobj(file, copy)
            yield path

    @contextmanager
    def _place(self) -> Iterator[Path]:
        try:
            # What a killed process leaves of it is gone at a later start.
            with TemporaryDirectory(dir=self._home.path, prefix=DRAFTS) as place:
                yield Path(place)
        except OSError as error:
            raise ManagerError(
                f"Nothing can be written in {self._home.path} ({error.strerror or error}): make "
                "room there and try again."
            ) from error

    def _read(self, path: Path, options: ReadOptions, target: Path | None = None) -> FoundRuns:
        given = json.dumps(asdict(options))
        command = [*_COMMAND, str(path.absolute()), given, *([str(target)] if target else [])]
        try:
            # Killed by a limit, it does not clear away what it has unpacked.
            with self._reading, self._place() as place:
                scratch = {"TMPDIR": str(place)}
                done = run_child(command, _SECONDS, own_session=True, environment=scratch)
        except TimeoutError:
            raise RunsRefusedError(
                f"{path.name} took more than {_SECONDS} s to read: leave out what is no trial."
            ) from None
        if done.returncode:
            # Killed by a limit, as a rule.
            raise RunsRefusedError(
                f"{path.name} takes more memory or time to read than one import may: {done.reason}"
            )
        answer = json.loads(done.output)
        if "error" in answer:
            raise RunsRefusedError(answer["error"], answer.get("needs", ""), answer.get("choices"))
        return FoundRuns(**answer)
