"""Texts in files that people open with a spreadsheet."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_text(text: str) -> str:
    """Text that no spreadsheet runs as a formula: with an apostrophe where it would."""
    return f"'{text}" if text.startswith(_FORMULA) else text
