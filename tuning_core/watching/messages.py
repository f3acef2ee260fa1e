"""What is said of an exception: its last line, and where in the script's own code it came from."""

from __future__ import annotations

import re
import traceback

_FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+)')
_NOT_THEIRS = ("site-packages", "dist-packages", "/lib/python", "tuning_core/watching", "<frozen")


def last_line(error: BaseException) -> str:
    """What kind of exception it is, and the first and last line of what it says."""
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    if len(lines) < 2:
        return lines[0] if lines else type(error).__name__
    return f"{lines[0].strip()} … {lines[-1].strip()}"


def of_traceback(text: str | None) -> str:
    """The last line of a printed traceback, with the last place in it that is no library's."""
    lines = (text or "").strip().splitlines()
    if not lines:
        return ""
    found = ""
    for line in lines:
        frame = _FRAME.match(line)
        if frame and not any(part in frame["file"].replace("\\", "/") for part in _NOT_THEIRS):
            name = re.split(r"[\\/]", frame["file"])[-1]
            found = f" ({name}, line {frame['line']})"
    return f"{lines[-1].strip()}{found}"
