"""The server's log: one JSON object a line, kept in the home, never more than a few files."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from tuning_core.home.home import HomeFiles

NAME = "tunescape"
_BYTES = 5_000_000
_FILES = 4


def log_event(event: str, **fields: Any) -> None:
    """Log something that happened; ``fields`` are plain values: ids, numbers, one sentence."""
    logging.getLogger(NAME).info(event, extra={"fields": fields})


def keep_log(home: Path) -> Path:
    """Write what is logged to ``tunescape.log`` in a home from now on, and to no other home's.

    At 5 MB the file is renamed to ``tunescape.log.1`` and so on; the fifth is forgotten. A
    full disk loses lines, never the server.
    """
    path = HomeFiles(home).log
    logger = logging.getLogger(NAME)
    for handler in [h for h in logger.handlers if isinstance(h, _Lines)]:
        logger.removeHandler(handler)
        handler.close()
    handler = _Lines(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8", delay=True)
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    return path


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time in UTC, level, event, its fields, and a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line without its end."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _Lines(RotatingFileHandler):
    """Drops what cannot be written: nobody reads standard error of a server in service."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Nothing: a full disk is told where it hinders someone."""
