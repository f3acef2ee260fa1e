"""What can be wrong with an export, in words for the person who asked for it."""

from __future__ import annotations


class ExportError(Exception):
    """Nothing can be exported; ``str()`` is one sentence that says what to do next."""
