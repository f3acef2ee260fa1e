"""What a manager refuses, in words."""

from __future__ import annotations


class HomeError(Exception):
    """The home folder cannot be used; ``str()`` is one sentence that says what to do."""


class ManagerError(Exception):
    """A request about a study cannot be met; ``str()`` is one sentence that says why."""
