"""What went wrong in somebody's file: one sentence, with the line of theirs."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_LETTERS = 300
"""Of a message that came with an exception."""

_QUOTED_FRAME = re.compile(r'File "([^"]+)", line (\d+)')


class OwnModelError(Exception):
    """A model of one's own cannot be used; ``str()`` is one sentence and fit for a page."""


def explained(error: BaseException, folder: Path) -> str:
    """The last line that a traceback would have, after the last of its lines within ``folder``.

    As in ``dense.py:24: ZeroDivisionError: division by zero``.
    """
    place = their_line(error, folder)
    last = _last_line(error)
    return f"{place}: {last}" if place else last


def their_line(error: BaseException, folder: Path) -> str:
    """The file in ``folder`` and the line of it at which an exception came up, or ""."""
    if isinstance(error, SyntaxError) and error.filename:
        return _place(error.filename, error.lineno or 0, folder)
    frames = [(f.filename, f.lineno or 0) for f in traceback.extract_tb(error.__traceback__)]
    # What TensorFlow traces says where it was written only in its message.
    frames += [(file, int(line)) for file, line in _QUOTED_FRAME.findall(str(error))]
    places = [place for file, line in frames if (place := _place(file, line, folder))]
    if places:
        return places[-1]
    cause = error.__cause__ or error.__context__
    return "" if cause is None else their_line(cause, folder)


def line_that_runs(folder: Path) -> str:
    """The file in ``folder`` and the line of it from which this is called."""
    places = (_place(f.filename, f.lineno or 0, folder) for f in traceback.extract_stack())
    return [place for place in places if place][-1]


@contextmanager
def told(what: str, folder: Path) -> Iterator[None]:
    """Turns what somebody's code raises into an OwnModelError that begins with ``what``."""
    try:
        yield
    except OwnModelError:
        raise
    except (Exception, SystemExit) as error:
        raise OwnModelError(f"{what}: {explained(error, folder)}") from error


def _place(file: str, line: int, folder: Path) -> str:
    path = Path(file)
    inside = path.is_relative_to(folder) and "site-packages" not in path.parts
    return f"{path.relative_to(folder)}:{line}" if inside else ""


def _last_line(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # A message about traced code quotes the code first and says at its end what was wrong.
    quoted = bool(lines) and lines[0].endswith("in user code:")
    said = (lines[-1] if quoted else lines[0])[:MOST_LETTERS] if lines else ""
    if quoted and re.match(r"\w+(Error|Exception): ", said):
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
