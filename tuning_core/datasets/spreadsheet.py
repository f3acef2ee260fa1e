"""Texts in files that people open with a spreadsheet or read as Markdown."""

from __future__ import annotations

import re

FORMULA = r"(^|[;\t\r\n])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])"
"""Before a formula: at the start, and after what separates cells for some spreadsheets.

Many separate by semicolons and then see no quotes that begin behind a comma.
"""

NUMBER = r"[+-]|[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?"

_FORMULA, _NUMBER = re.compile(FORMULA), re.compile(NUMBER)
_MARKS = re.compile(r"([\\`*_\[\]|~#]|(?<=:)/(?=/)|(?<=www)\.)")


def safe_text(text: str) -> str:
    """Text that no spreadsheet runs as a formula: with an apostrophe where it would.

    A number stays as it is, and a sign alone.
    """
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub(r"\1'", text)


def markdown(text: str) -> str:
    """Text that Markdown shows letter by letter, on one line: no mark, link, picture or HTML."""
    line = " ".join(text.split())
    marked = _MARKS.sub(r"\\\1", line)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
