"""Starts, supervises, queues and resumes the workers that train."""

from __future__ import annotations

from tuning_core.home.home import PROJECT_ROOT, HomeError, ManagerError, default_home
from tuning_core.home.launch_plan import Planned
from tuning_core.manager.access import OPERATOR, Person
from tuning_core.manager.manager import Manager
from tuning_core.manager.searches.progress import EpochProgress
from tuning_core.manager.trainings.job_queue import TrainingSnapshot, TrainingState
from tuning_core.manager.trainings.trainings import Trainings

__all__ = [
    "OPERATOR",
    "PROJECT_ROOT",
    "EpochProgress",
    "HomeError",
    "Manager",
    "ManagerError",
    "Person",
    "Planned",
    "TrainingSnapshot",
    "TrainingState",
    "Trainings",
    "default_home",
]
