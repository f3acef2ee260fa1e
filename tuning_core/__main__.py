"""``python -m tuning_core``: the command line."""

from __future__ import annotations

import sys
from contextlib import suppress

from tuning_core.child_process import StartedWorker, start_worker

TRAINING = ("run", "resume", "race")
"""Commands that need a worker, whose imports take longer than all that is done before."""


def run() -> int:
    """Run the command that the program was called with; its exit status."""
    worker: StartedWorker | None = None
    if sys.argv[1:2] and sys.argv[1] in TRAINING and not {"-h", "--help"} & {*sys.argv}:
        with suppress(OSError):  # The manager will try again, and say so.
            worker = start_worker()
    try:
        # Imported while the worker imports what it needs.
        from tuning_core.cli.main import main

        return main(worker=worker)
    finally:
        if worker is not None:
            worker.process.kill()


if __name__ == "__main__":
    sys.exit(run())
