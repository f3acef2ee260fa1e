"""What the best model says to new rows: a request, because it takes Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tuning_core.model_export import score_table
from tuning_core.spec.study import StudySpec
from tuning_core.worker.inbox import Command
from tuning_core.worker.pipe import EventPipe
from tuning_core.worker.search.refit import refit_best

PREDICTIONS = "predictions"
"""Folder in a study's folder: a file per table, so that one reader's never replaces another's."""


def score(
    command: Command, folder: Path, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    """Answers ``score``: the rows of the command's ``table`` with the best model's answers."""
    refit_best(folder, spec, home)
    table = Path(str(command["table"]))
    made = score_table(folder, spec, home, table)
    kept = folder / PREDICTIONS / f"{table.stem}.csv"
    kept.parent.mkdir(exist_ok=True)
    return {"path": str(made.replace(kept))}
