"""Searches of other tools, read as data and without any tool's package."""

from __future__ import annotations

from pathlib import Path

from tuning_core.study_export.archive.members import MANIFEST
from tuning_core.study_import import (
    csv_trials,
    keras_tuner,
    optuna_journal,
    optuna_sqlite,
    tensorboard_runs,
)
from tuning_core.study_import.reader import ReadOptions, RunsReader
from tuning_core.study_import.run_files import RunsError, opened
from tuning_core.study_import.runs import RecordedSearch

READERS: list[RunsReader] = [
    keras_tuner.READER,
    tensorboard_runs.READER,
    optuna_sqlite.READER,
    optuna_journal.READER,
    csv_trials.READER,
]
"""The first that recognises the files reads them."""

STUDY_FILE = "import-study"
"""What ``RunsError.needs`` says of a study file, which is taken in another way."""


def read_runs(path: Path, options: ReadOptions) -> tuple[RunsReader, RecordedSearch]:
    """The search at a path, and what has read it. Raises RunsError."""
    with opened(path) as files:
        if MANIFEST in files.names:
            raise RunsError(
                "This is a study file, not another tool's: take it in with import-study.",
                STUDY_FILE,
            )
        for reader in READERS:
            if reader.recognises(files):
                return reader, reader.read(files, options)
    labels = ", ".join(reader.label for reader in READERS)
    raise RunsError(f"{path.name} is nothing that is known here. Expected one of: {labels}.")


__all__ = ["READERS", "STUDY_FILE", "ReadOptions", "RunsError", "RunsReader", "read_runs"]
