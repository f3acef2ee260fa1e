"""What takes seconds and memory is exported by a process of its own.

``python -m tuning_core.study_export FORMAT DATABASE STUDY TARGET``
"""

from __future__ import annotations

import sys
from pathlib import Path

from tuning_core.store import Store
from tuning_core.study_export.record import read_record


def main(kind: str, database: str, study_id: str, target: str) -> None:
    """Writes a study in one of the formats "tensorboard" and "optuna"; "follow" writes the first
    while the study runs."""
    store = Store(Path(database))
    try:
        if kind == "follow":
            from tuning_core.study_export.follow import follow

            follow(store, study_id, Path(target))
            return
        record = read_record(store, study_id)
    finally:
        store.close()
    # Imported late: each takes a second that the other need not pay.
    if kind == "tensorboard":
        from tuning_core.study_export.tensorboard import write_tensorboard

        write_tensorboard(record, Path(target))
    else:
        from tuning_core.study_export.optuna import write_optuna

        write_optuna(record, Path(target))


main(*sys.argv[1:])
