"""A study as TensorBoard's HParams plugin shows it, written at once or while the study runs."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

from tuning_core.spec.study import parse_spec
from tuning_core.store import Store
from tuning_core.study_export.record import Exporter, StudyRecord

FOLLOW = "follow"
"""Asks the process that exports for :func:`follow`."""

LOOK_SECONDS = 1.0
"""Between two looks at the store."""


def write_tensorboard(record: StudyRecord, folder: Path) -> None:
    """Write event files below ``folder``, a run for each training. Raises OSError."""
    from tuning_core.study_export.tensorboard_events import Board

    with Board(folder, record.study, record.spec) as board:
        epochs = [row for rows in record.epochs.values() for row in rows]
        executions = [row for rows in record.executions.values() for row in rows]
        board.update(record.trials, epochs, executions)


EXPORTER = Exporter(
    id="tensorboard",
    label="TensorBoard",
    opens_in="TensorBoard's HParams tab",
    hint="Unpack it, then: tensorboard --logdir FOLDER",
    help="Write a study as TensorBoard's HParams plugin shows it.",
    ending="-tensorboard.zip",
    write=write_tensorboard,
    mime="application/zip",
    folder=True,
)


def follow(store: Store, study_id: str, folder: Path) -> None:
    """Write what a study has and what it still records, until it runs no more.

    Ends early when standard input closes: its server is gone. Raises KeyError for a study that
    does not exist, OSError, StoreError.
    """
    from tuning_core.study_export.tensorboard_events import Board

    changes = store.changes(study_id)
    with Board(folder, changes.study, parse_spec(changes.study.spec, local_files=True)) as board:
        while True:
            # A trial whose epochs are new is not among the changed ones until it ends.
            seen = {trial.number for trial in changes.trials}
            new = {row.trial for row in changes.epochs} - seen
            trials = [*changes.trials]
            if new:
                trials += [trial for trial in store.trials(study_id) if trial.number in new]
            ended = [trial.number for trial in trials if trial.status.ended]
            board.update(
                sorted(trials, key=lambda trial: trial.number),
                changes.epochs,
                store.executions(study_id, ended) if ended else [],
            )
            if not changes.study.status.active or _server_gone():
                return
            changes = store.changes(study_id, changes.cursor)


def _server_gone() -> bool:
    """Wait a little; whether standard input has closed meanwhile."""
    readable, _, _ = select.select([sys.stdin], [], [], LOOK_SECONDS)
    return bool(readable) and not os.read(sys.stdin.fileno(), 1)
