"""Studies for other tools: CSV, TensorBoard, Optuna. No Keras, so no worker."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Literal

from tuning_core.child_process import run_child
from tuning_core.home.errors import ManagerError
from tuning_core.home.export_targets import written_to
from tuning_core.home.home import Home
from tuning_core.store import Store
from tuning_core.study_export import read_record, trials_csv

Format = Literal["tensorboard", "optuna"]

_SECONDS = 900


class Exchanges:
    """Writes studies in formats that other tools open; a process of its own does the work.

    Methods raise ManagerError.
    """

    def __init__(self, home: Home, store: Store) -> None:
        self._home = home
        self._store = store

    def trials(self, study_id: str) -> str:
        """All trials as the text of a CSV."""
        return trials_csv(read_record(self._store, study_id, whole=False))

    def tensorboard(self, study_id: str, folder: Path) -> None:
        """Event files with the HParams plugin's summaries, in a new or empty folder."""
        with written_to(folder, folder=True) as draft:
            self._write("tensorboard", study_id, draft)

    def optuna(self, study_id: str, path: Path) -> None:
        """An SQLite file that Optuna opens; one that is there is replaced."""
        with written_to(path) as draft:
            self._write("optuna", study_id, draft)

    def tensorboard_zip(self, study_id: str) -> bytes:
        """The folder of ``tensorboard`` as a zip."""
        with tempfile.TemporaryDirectory(dir=self._home.path) as place:
            folder = Path(place) / "tensorboard"
            self._write("tensorboard", study_id, folder)
            packed = Path(place) / "tensorboard.zip"
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted(folder.rglob("*.tunescape")):
                    archive.write(file, f"tunescape-{study_id}/{file.relative_to(folder)}")
            return packed.read_bytes()

    def optuna_file(self, study_id: str) -> bytes:
        """The file of ``optuna``."""
        with tempfile.TemporaryDirectory(dir=self._home.path) as place:
            path = Path(place) / "study.db"
            self._write("optuna", study_id, path)
            return path.read_bytes()

    def _write(self, kind: Format, study_id: str, target: Path) -> None:
        database, place = str(self._home.database), str(target.absolute())
        command = [sys.executable, "-m", "tuning_core.study_export"]
        try:
            done = run_child([*command, kind, database, study_id, place], _SECONDS)
        except TimeoutError:
            raise ManagerError(f"Writing the study took more than {_SECONDS} s.") from None
        if done.returncode:
            raise ManagerError(f"The study could not be written for {kind}: {done.reason}")
