"""What takes seconds and memory is exported by a process of its own.

``python -m tuning_core.study_export EXPORTER DATABASE STUDY TARGET``, or ``follow`` in place of the
exporter for TensorBoard's logs of a study that runs.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tuning_core.store import Store
from tuning_core.study_export import find_exporter, read_record
from tuning_core.study_export.tensorboard import FOLLOW, follow


def main(id: str, database: str, study_id: str, target: str) -> None:
    """Write a study, or what it still records as it goes."""
    store = Store(Path(database))
    try:
        if id == FOLLOW:
            follow(store, study_id, Path(target))
            return
        record = read_record(store, study_id)
    finally:
        store.close()
    find_exporter(id).write(record, Path(target))


main(*sys.argv[1:])
