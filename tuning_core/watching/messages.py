"""What is said of an exception: what it says, and where in the script's own code it came from."""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence

_FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+)')
_PACKAGE = re.compile(r"^(?:\w+\.)+(?=\w+(?::|$))")
_NOT_THEIRS = ("site-packages", "dist-packages", "/lib/python", "tuning_core/watching", "<frozen")


def last_line(error: BaseException) -> str:
    """What kind of exception it is, and the first and last line of what it says."""
    return _shortened("".join(traceback.format_exception_only(error)).strip().splitlines())


def of_traceback(text: str | None) -> str:
    """The exception of a printed traceback, with the last place in it that is no library's."""
    lines = (text or "").strip().splitlines()
    found, said = "", 0
    for number, line in enumerate(lines):
        frame = _FRAME.match(line)
        if frame is None:
            continue
        said = number + 1
        if not any(part in frame["file"].replace("\\", "/") for part in _NOT_THEIRS):
            name = re.split(r"[\\/]", frame["file"])[-1]
            found = f" ({name}, line {frame['line']})"
    # The lines of a frame are indented.
    while said < len(lines) and lines[said][:1] in ("", " "):
        said += 1
    return f"{_shortened(lines[said:] or lines[-1:])}{found}"


def _shortened(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    first, last = _PACKAGE.sub("", lines[0].strip()), lines[-1].strip()
    return first if len(lines) == 1 else f"{first} … {last}"
