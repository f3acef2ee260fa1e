"""Training: the compiled epoch, executions, trials and what is kept of them."""

from __future__ import annotations

from tuning_core.training.checkpoints import ExecutionState, load_best, save_best
from tuning_core.training.compiled.cache import compiled_epoch, warm
from tuning_core.training.compiled.epoch import CompiledEpoch
from tuning_core.training.compiled.range_test import RatePoint
from tuning_core.training.early_stopping import renewed
from tuning_core.training.execution import (
    Control,
    EpochProgress,
    EpochReport,
    Execution,
    ExecutionOutcome,
    TrainingError,
    TrialOutcome,
    TrialTask,
)
from tuning_core.training.inside import Inside, importance
from tuning_core.training.losses_and_metrics import area_under_curve
from tuning_core.training.rows import free_bytes
from tuning_core.training.trainer import Trainer

__all__ = [
    "CompiledEpoch",
    "Control",
    "EpochProgress",
    "EpochReport",
    "Execution",
    "ExecutionOutcome",
    "ExecutionState",
    "Inside",
    "RatePoint",
    "Trainer",
    "TrainingError",
    "TrialOutcome",
    "TrialTask",
    "area_under_curve",
    "compiled_epoch",
    "free_bytes",
    "importance",
    "load_best",
    "renewed",
    "save_best",
    "warm",
]
