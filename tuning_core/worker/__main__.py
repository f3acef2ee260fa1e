"""The worker's process: ``python -m tuning_core.worker --events-fd N``."""

from __future__ import annotations

import argparse
import os
import sys


def main() -> None:
    """Serve commands until standard input closes."""
    parser = argparse.ArgumentParser(prog="python -m tuning_core.worker")
    parser.add_argument("--events-fd", type=int, required=True, help="descriptor for events")
    events_fd = parser.parse_args().events_fd
    _prepare_environment()

    # Listening starts before the imports, which take seconds: the manager may leave meanwhile.
    from tuning_core.worker.pipes import EventPipe, Inbox

    inbox = Inbox(sys.stdin.buffer)
    inbox.start()

    pipe = EventPipe(events_fd)
    pipe.beat()

    from tuning_core.datasets import clients
    from tuning_core.worker.service import Service

    clients.offer()
    Service(inbox, pipe).serve()
    sys.stdout.flush()
    sys.stderr.flush()
    # A thread may still wait for commands, and Python aborts when it ends under such a thread.
    os._exit(0)


def _prepare_environment() -> None:
    """Settings that must stand before TensorFlow and NumPy are imported."""
    os.nice(5)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    for name in [name for name in os.environ if name.startswith("KERASTUNER_")]:
        # Left over from someone's distributed search, they would make Keras Tuner wait for it.
        del os.environ[name]
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        # The matrices of the Gaussian process are small: a second thread costs more than it gives.
        os.environ[name] = "1"


if __name__ == "__main__":
    main()
