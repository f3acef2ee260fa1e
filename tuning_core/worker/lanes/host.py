"""``python -m tuning_core.worker.lanes.host FD``: the process that lanes are forked from.

It imports what a lane needs and never runs an operation of TensorFlow, so that a lane starts in
milliseconds and shares the imported code: 50 MB of its own in place of 300.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from multiprocessing.connection import Connection


def main() -> None:
    """Fork a lane for every descriptor that arrives, until the connection closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    # The worker that has started this process has prepared its environment.
    import keras  # noqa: F401

    from tuning_core.worker.device import set_up_device
    from tuning_core.worker.lanes.lane import Lane

    os.nice(5)  # What-if, which trains in a worker itself, goes before many trials at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # No lane stays as a zombie.
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            status = 1
            try:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                set_up_device()
                Lane(Connection(descriptors[0])).serve()
                status = 0
            finally:
                with suppress(OSError):
                    sys.stderr.flush()
                os._exit(status)
        os.close(descriptors[0])


if __name__ == "__main__":
    main()
