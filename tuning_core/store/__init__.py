"""SQLite store of studies, trials, executions and epochs."""

from __future__ import annotations

from tuning_core.store.errors import StoreError
from tuning_core.store.rows import Changes, EpochRow, ExecutionRow, StudyRow, TrialRow
from tuning_core.store.store import Store

__all__ = [
    "Changes",
    "EpochRow",
    "ExecutionRow",
    "Store",
    "StoreError",
    "StudyRow",
    "TrialRow",
]
