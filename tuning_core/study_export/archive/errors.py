"""What is wrong with a study file, in words."""

from __future__ import annotations

from tuning_core.home.errors import ManagerError


class ArchiveError(ManagerError):
    """A file that is not imported; ``str()`` is one sentence that names the part of it."""
