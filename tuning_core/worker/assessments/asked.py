"""One assessment as it was asked for: its study, its options, and what was computed before."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuning_core.home.study_files import StudyFiles
from tuning_core.spec.study import StudySpec

REPORT_SECONDS = 0.25
"""At least between two reports of progress."""


class Stopped(Exception):  # noqa: N818 - it is no error: what was computed is kept
    """Somebody has stopped the assessment, or a search needs its worker."""


@dataclass
class Asked:
    """What an assessment gets. ``options`` are those of its :class:`AssessmentInfo`.

    ``kept`` is what an earlier attempt at the same has kept; what is put into it lasts from the
    next :meth:`keep` on. ``stops`` says whether it is to end, ``report`` takes its progress and
    ``write`` what is kept.
    """

    study: str
    files: StudyFiles
    spec: StudySpec
    home: Path
    options: Any
    kept: dict[str, Any] = field(default_factory=dict)
    stops: Callable[[], bool] = lambda: False
    report: Callable[[float, str], None] = lambda share, doing: None
    write: Callable[[dict[str, Any]], None] = lambda kept: None
    _reported: float = -REPORT_SECONDS

    def progress(self, share: float, doing: str = "") -> None:
        """Say how far it is (0 to 1) and what it is at, at least once a second while it computes.

        Raises Stopped when it is to end.
        """
        if self.stops():
            raise Stopped
        if time.monotonic() - self._reported >= REPORT_SECONDS:
            self._reported = time.monotonic()
            self.report(share, doing)

    def keep(self) -> None:
        """Write ``kept``, so that an assessment that is stopped goes on with it."""
        self.write(self.kept)
