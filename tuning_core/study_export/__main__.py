"""What takes seconds and memory is exported by a process of its own.

``python -m tuning_core.study_export EXPORTER DATABASE STUDY TARGET``, or ``follow`` in place of the
exporter for TensorBoard's logs of a study that runs. ``log EXPORTER DATABASE STUDY PLACE [MODEL]``
adds it to what a place has, and prints what was done.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tuning_core.store import Store
from tuning_core.study_export import find_exporter, read_record
from tuning_core.study_export.record import LOG
from tuning_core.study_export.tensorboard import FOLLOW, follow


def main(id: str, database: str, study_id: str, target: str, model: str = "", *, log: bool) -> None:
    """Write a study, or what it still records as it goes, or log it."""
    store = Store(Path(database))
    try:
        if id == FOLLOW:
            follow(store, study_id, Path(target))
            return
        record = read_record(store, study_id)
    finally:
        store.close()
    exporter = find_exporter(id)
    try:
        if log and exporter.log is not None:
            print(exporter.log(record, target, Path(model) if model else None))
        else:
            exporter.write(record, Path(target))
    except OSError as error:
        sys.exit(str(error))


_logs = sys.argv[1] == LOG
main(*sys.argv[2 if _logs else 1 :], log=_logs)
