"""A whole study as one file: written for others, read as if a stranger had made it."""

from __future__ import annotations

from tuning_core.study_export.archive.errors import ArchiveError
from tuning_core.study_export.archive.study_archive import StudyArchive

__all__ = ["ArchiveError", "StudyArchive"]
