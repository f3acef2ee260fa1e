"""What ``import tuning_core`` offers: studies in Python, and the errors that they raise."""

from __future__ import annotations

from tuning_core.api.study import Best, Study, open_study, run, studies
from tuning_core.catalog.limits import LimitsError
from tuning_core.home.home import HomeError, ManagerError
from tuning_core.space import SpecError
from tuning_core.store import StoreError

__all__ = [
    "Best",
    "HomeError",
    "LimitsError",
    "ManagerError",
    "SpecError",
    "StoreError",
    "Study",
    "open_study",
    "run",
    "studies",
]
