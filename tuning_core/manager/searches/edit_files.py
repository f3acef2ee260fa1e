"""Edits of a study on their way to its worker: files, so that none is lost whatever dies."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from tuning_core.files import write_whole
from tuning_core.home.study_files import StudyFiles
from tuning_core.space import SpecError
from tuning_core.spec.edits import Edit, parse_edit

_TRIES = 5


def ask_edit(files: StudyFiles, edit: Edit) -> None:
    """Leave an edit for the worker that runs the study, now or when it is resumed.

    The worker records it in the journal, which is its only writer, and then removes the file.
    Raises OSError.
    """
    now = time.time()
    document = {"asked": now, **edit.model_dump(mode="json", exclude_none=True)}
    name = f"{int(now * 1e6):017d}-{uuid4().hex[:8]}.json"
    for attempt in range(_TRIES):
        files.edits.mkdir(exist_ok=True)
        try:
            write_whole(files.edits / name, json.dumps(document))
            return
        except FileNotFoundError:
            # The worker has just emptied the folder and removed it.
            if attempt == _TRIES - 1:
                raise


def waiting_edits(files: StudyFiles) -> list[Edit]:
    """Edits that no worker has recorded yet, in the order in which they were asked."""
    edits = []
    for path in sorted(files.edits.glob("*.json")):
        document = _read(path)
        with suppress(SpecError):  # The worker records why it is none.
            if document is not None:
                edits.append(parse_edit(document))
    return edits


def _read(path: Path) -> dict[str, Any] | None:
    """The edit in a file; None when a worker has just taken it or nothing can read it."""
    try:
        document = json.loads(path.read_bytes())
        document.pop("asked", None)
    except (OSError, ValueError, AttributeError):
        return None
    return document if isinstance(document, dict) else None
