"""SQLite store of studies, trials, executions and epochs."""

from __future__ import annotations

from tuning_core.store.connections import DamagedStoreError, StoreError
from tuning_core.store.rows import Changes, EpochRow, ExecutionRow, HistoryRow, StudyRow, TrialRow
from tuning_core.store.store import Store

__all__ = [
    "Changes",
    "DamagedStoreError",
    "EpochRow",
    "ExecutionRow",
    "HistoryRow",
    "Store",
    "StoreError",
    "StudyRow",
    "TrialRow",
]
