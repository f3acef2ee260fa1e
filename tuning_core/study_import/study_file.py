"""A recorded search as a study file, which is then taken in like any other."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

from tuning_core.catalog import StudyStatus
from tuning_core.journal.writing import encoded
from tuning_core.study_export.archive.members import JOURNAL, MANIFEST, SPEC, Manifest
from tuning_core.study_import.runs import RecordedSearch, events_of, spec_of

_NO_STUDY = "recorded"
"""Stands for the id of the exported study, which there was none of."""


def write_study_file(search: RecordedSearch, path: Path) -> None:
    """Write the study that a search becomes. Raises SpecError, OSError."""
    now = time.time()
    spec = spec_of(search)
    manifest = Manifest(
        id=_NO_STUDY,
        name=spec.name,
        status=str(StudyStatus.FINISHED),
        created=now,
        exported=now,
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(MANIFEST, manifest.model_dump_json())
        archive.writestr(SPEC, spec.to_json())
        with archive.open(JOURNAL, "w", force_zip64=True) as stream:
            for event in events_of(search, spec, now=now):
                stream.write(encoded(event.document()))
