"""Starts, supervises, queues and resumes the workers that train."""

from __future__ import annotations

from tuning_core.manager.errors import HomeError, ManagerError
from tuning_core.manager.home import PROJECT_ROOT, default_home
from tuning_core.manager.manager import Manager
from tuning_core.manager.planned import Planned
from tuning_core.manager.progress import EpochProgress
from tuning_core.manager.trainings import Training, Trainings
from tuning_core.manager.trainings_queue import TrainingState

__all__ = [
    "PROJECT_ROOT",
    "EpochProgress",
    "HomeError",
    "Manager",
    "ManagerError",
    "Planned",
    "Training",
    "TrainingState",
    "Trainings",
    "default_home",
]
