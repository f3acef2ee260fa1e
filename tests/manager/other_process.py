"""A second process on a home: ``python -m tests.manager.other_process HOME server|plain NAME``.

Launches a study of that name, prints the study's id and stays until it is ended.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from tests.manager.conftest import SCRIPTED, eventually, spec_named
from tuning_core.manager import HomeError, Manager

if __name__ == "__main__":
    home, kind, name = sys.argv[1:]
    try:
        manager = Manager(Path(home), server=kind == "server", spare=False, worker_command=SCRIPTED)
        study_id = manager.launch(spec_named(name))
        eventually(lambda: len(manager.store.epochs(study_id, 2)) == 2)
    except HomeError as error:
        sys.exit(str(error))
    print(study_id, flush=True)
    threading.Event().wait()
