"""All trials of a study as a CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from tuning_core.datasets.spreadsheet import safe_text
from tuning_core.study_export.record import Exporter, StudyRecord


def trials_csv(record: StudyRecord) -> str:
    """One line a trial: its result, what it cost, and every hyperparameter, searched ones first.

    A cell is empty where a trial has no such value. No text is one that a spreadsheet would run.
    """
    searched = [parameter.name for parameter in record.spec.search_space.searched]
    names = list(dict.fromkeys([*searched, *(n for t in record.trials for n in t.config)]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ["number", "status", "score", "best_epoch"]
    tail = ["trained_epochs", "seconds", "parent", "parameters", "note"]
    taken = {*head, *tail}
    titles = [f"{name} (hyperparameter)" if name in taken else name for name in names]
    writer.writerow([*head, *map(safe_text, titles), *tail])
    for trial in record.trials:
        row: list[Any] = [trial.number, str(trial.status), trial.score, trial.best_epoch]
        row += [trial.config.get(name) for name in names]
        row += [trial.epochs, trial.seconds, trial.parent, trial.parameters, trial.message]
        writer.writerow([safe_text(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def _write(record: StudyRecord, path: Path) -> None:
    path.write_text(trials_csv(record), encoding="utf-8", newline="")


EXPORTER = Exporter(
    id="trials",
    label="Trials as CSV",
    opens_in="a spreadsheet",
    help="Write all trials of a study as a CSV.",
    ending="-trials.csv",
    write=_write,
    mime="text/csv",
    trials_only=True,
)
