"""Notes, tags and stars: all may read them, whoever may change a study writes them."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from pydantic import ValidationError

from tuning_core.home.home import Home, ManagerError
from tuning_core.home.marks import Mark, Marks, problem, read_marks, write_marks
from tuning_core.manager.access import OPERATOR, Access, Person

_Kept = tuple[int, int, Marks]


class StudyMarks:
    """What is noted of the studies of a home and of their trials. Methods raise ManagerError."""

    def __init__(self, home: Home, access: Access) -> None:
        self._home = home
        self._access = access
        self._lock = Lock()
        self._read: dict[str, _Kept] = {}

    def of(self, study_id: str) -> Marks:
        """What is noted of a study; cheap to ask often."""
        path = self._home.study(study_id).marks
        try:
            found = path.stat()
        except OSError:
            return Marks()
        known = self._read.get(study_id)
        if known is None or known[:2] != (found.st_mtime_ns, found.st_ino):
            known = (found.st_mtime_ns, found.st_ino, read_marks(path))
            self._read[study_id] = known
        return known[2]

    def note(
        self,
        study_id: str,
        trial: int | None = None,
        *,
        note: str | None = None,
        tags: Sequence[str] | None = None,
        star: bool | None = None,
        by: Person = OPERATOR,
    ) -> None:
        """Note something of a study, or of a trial; what is None stays as it is."""
        self._access.refuse(study_id, by)
        given = {"note": note, "tags": None if tags is None else tuple(tags), "star": star}
        changes = {name: value for name, value in given.items() if value is not None}
        path = self._home.study(study_id).marks
        with self._lock:
            marks = read_marks(path)
            before = marks.study if trial is None else marks.of(trial)
            try:
                mark = Mark.model_validate({**before.model_dump(), **changes})
                write_marks(path, marks.changed(trial, mark))
            except ValidationError as error:
                raise ManagerError(problem(error)) from None
            except OSError as error:
                raise ManagerError(f"The note cannot be kept ({error.strerror}).") from error
