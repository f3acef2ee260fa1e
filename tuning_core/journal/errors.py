"""What is wrong with a journal, in words."""

from __future__ import annotations


class EventError(ValueError):
    """A line of a journal that is no event; ``str()`` is one sentence that names line and field."""
