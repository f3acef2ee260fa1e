"""Reports of studies: one HTML file each, written by a process of its own. No Keras."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from tuning_core.child_process import run_child
from tuning_core.home.export_targets import written_to
from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.manager.questions.best_model import Part, Predictions
from tuning_core.store import StudyRow

ENDING = "-report.html"
SECONDS = 300
"""What writing a report may take."""

AT_ONCE = 2
"""Reports that are written at a time: each takes a process and some hundred megabytes."""

_COMMAND = (sys.executable, "-m", "tuning_core.report")
_PARTS: tuple[Part, ...] = ("validation", "test")

Assessed = Callable[[str], dict[str, dict[str, Any]]]
"""The fresh results of a study's assessments, by their ids."""


class StudyReports:
    """Writes reports. Methods raise ManagerError."""

    def __init__(
        self,
        home: Home,
        access: Access,
        study: Callable[[str], StudyRow],
        predictions: Predictions,
        assessed: Assessed,
    ) -> None:
        self._home = home
        self._access = access
        self._study = study
        self._predictions = predictions
        self._assessed = assessed
        self._places = BoundedSemaphore(AT_ONCE)

    def write(self, study_id: str, target: Path, *, by: Person = OPERATOR) -> None:
        """Write a new file, or one that replaces the one that is there."""
        study = self._study(study_id)
        with written_to(target) as draft:
            self._write(study, draft, by)

    def content(self, study_id: str, *, by: Person) -> bytes:
        """The file that ``write`` would make."""
        study = self._study(study_id)
        try:
            with tempfile.TemporaryDirectory(dir=self._home.path) as place:
                made = Path(place) / "report.html"
                self._write(study, made, by)
                return made.read_bytes()
        except OSError as error:
            raise ManagerError(
                f"The report could not be written in {self._home.path} "
                f"({error.strerror or error}): make room there and try again."
            ) from error

    def _write(self, study: StudyRow, target: Path, by: Person) -> None:
        facts = {
            "rows": self._access.may_see_rows(study, by),
            "assessments": self._assessed(study.id),
            "predictions": self._answers(study),
        }
        with self._places, tempfile.TemporaryDirectory(dir=self._home.path) as place:
            asked = Path(place) / "facts.json"
            asked.write_text(json.dumps(facts), encoding="utf-8")
            paths = [str(self._home.path), study.id, str(asked), str(target.absolute())]
            try:
                done = run_child([*_COMMAND, *paths], SECONDS, own_session=True)
            except TimeoutError:
                raise ManagerError(f"Writing the report took more than {SECONDS} s.") from None
        if done.returncode:
            raise ManagerError(f"The report could not be written: {done.reason}")

    def _answers(self, study: StudyRow) -> dict[str, str]:
        """Files of what the best model predicts; of the test part only once it was revealed."""
        revealed = study.test is not None and study.test_trial == study.best_trial
        parts = [part for part in _PARTS if part != "test" or revealed]
        found = {part: self._predictions.cached(study.id, part) for part in parts}
        held_out = self._home.study(study.id).answers("held_out")
        if held_out.is_file():
            found["held_out"] = held_out
        return {part: str(path.absolute()) for part, path in found.items() if path is not None}
