"""What goes wrong with data, in words for the person who asked for it."""

from __future__ import annotations


class DataError(Exception):
    """Data that cannot be had or used; ``str()`` is one sentence that says what to do next."""
