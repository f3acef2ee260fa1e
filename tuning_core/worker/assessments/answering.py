"""The request for an assessment: computed, going on with what was kept, and written whole."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tuning_core.files import write_whole
from tuning_core.home.study_files import StudyFiles
from tuning_core.model_export import ExportError
from tuning_core.spec.assessments import ASSESSMENTS, chosen_options, options_key, wrong_assessment
from tuning_core.spec.study import StudySpec
from tuning_core.worker.assessments import ASSESS
from tuning_core.worker.assessments.asked import Asked, Stopped
from tuning_core.worker.pipes import Command, EventPipe


def assess(
    command: Command,
    files: StudyFiles,
    spec: StudySpec,
    home: Path,
    pipe: EventPipe,
    stops: Callable[[], bool],
) -> dict[str, Any]:
    """Answers ``assess``: writes the result of the ``assessment`` with its ``options``.

    ``complete`` is False when ``stops`` ended it; what it had computed is kept for the next time
    that it is ``made_of`` the same. Raises ExportError, SpecError.
    """
    info = ASSESSMENTS.get(id := str(command.get("assessment")))
    if info is None:
        raise wrong_assessment(id)
    options = chosen_options(info, command.get("options") or {})
    path = files.assessment(id, options_key(options))
    path.parent.mkdir(exist_ok=True)
    draft, made_of = path.with_suffix(".part"), str(command.get("made_of"))
    lock = FileLock(path.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0.5)
    except Timeout:
        raise ExportError("Another process is computing this.") from None
    try:
        asked = Asked(
            study=str(command["study"]),
            files=files,
            spec=spec,
            home=home,
            options=options,
            kept=_kept(draft, made_of),
            stops=stops,
            report=lambda share, doing: pipe.send(
                {
                    "kind": "assessing",
                    "request": command["request"],
                    "share": min(1.0, max(0.0, share)),
                    "doing": doing,
                }
            ),
            write=lambda kept: _write(draft, {"made_of": made_of, "kept": kept}),
        )
        try:
            result = ASSESS[id](asked)
        except Stopped:
            return {"complete": False}
        document = {"made_of": made_of, "options": options.model_dump(mode="json")}
        _write(path, {**document, "time": time.time(), "result": result})
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        return {"complete": True}
    finally:
        lock.release()


def _kept(draft: Path, made_of: str) -> dict[str, Any]:
    try:
        found = json.loads(draft.read_bytes())
        same = found["made_of"] == made_of and isinstance(found["kept"], dict)
        return found["kept"] if same else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(path: Path, document: dict[str, Any]) -> None:
    """As JSON; what is no number there (NaN, infinity) raises ValueError."""
    write_whole(path, json.dumps(document, allow_nan=False), durable=False)
