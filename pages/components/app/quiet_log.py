"""A log that does not repeat itself: whoever makes a server complain cannot fill its disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

EACH_SECONDS = 60.0
MOST = 5
"""Records from one place in the code in so many seconds."""
_NOISY = ("uvicorn", "streamlit", "asyncio", "tunescape", "websockets")


class Sparing(logging.Filter):
    """Lets the first records of a kind through; the next minute's first says how many were not."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a record. Its kind is where it was made, and what was raised."""
        if record.levelno < logging.WARNING:
            return True
        raised = record.exc_info[0] if record.exc_info else None
        kind = (record.pathname, record.lineno, raised)
        now = self._clock()
        since, count = self._seen.get(kind, (now, 0))
        if now - since >= EACH_SECONDS:
            if count > MOST:
                record.msg = f"{record.getMessage()} (and {count - MOST} more like it)"
                record.args = ()
            since, count = now, 0
        self._seen[kind] = (since, count + 1)
        return count < MOST


def keep_log_short() -> None:
    """From now on no logger of the server repeats itself; call when they have been made."""
    sparing = Sparing()
    for name in ("uvicorn.error", *logging.root.manager.loggerDict, "asyncio"):
        logger = logging.getLogger(name)
        if name.partition(".")[0] in _NOISY and not logger.filters:
            logger.addFilter(sparing)
