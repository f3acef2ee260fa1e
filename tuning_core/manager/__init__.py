"""Starts, supervises, queues and resumes the workers that train."""

from __future__ import annotations

from tuning_core.manager.errors import HomeError, ManagerError
from tuning_core.manager.home import PROJECT_ROOT, default_home
from tuning_core.manager.manager import Manager
from tuning_core.manager.planned import Planned
from tuning_core.manager.progress import EpochProgress

__all__ = [
    "PROJECT_ROOT",
    "EpochProgress",
    "HomeError",
    "Manager",
    "ManagerError",
    "Planned",
    "default_home",
]
