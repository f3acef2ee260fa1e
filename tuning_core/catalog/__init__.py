"""What can be chosen: ids, types, limits, defaults, help and plan arithmetic."""

from __future__ import annotations

from tuning_core.catalog.datasets import DATASETS, DatasetInfo
from tuning_core.catalog.families import FAMILIES, ModelFamily
from tuning_core.catalog.hyperparameters import HYPERPARAMETERS, Hyperparameter, Value
from tuning_core.catalog.objectives import METRICS, OBJECTIVES, Objective
from tuning_core.catalog.presets import PRESETS, Preset
from tuning_core.catalog.settings import StrategySetting
from tuning_core.catalog.statuses import StudyStatus, TrialStatus
from tuning_core.catalog.strategies import STRATEGIES
from tuning_core.catalog.strategy import Extent, StrategyInfo, WaitsFor
from tuning_core.catalog.termination import TERMINATION_RULES, TerminationRule

__all__ = [
    "DATASETS",
    "FAMILIES",
    "HYPERPARAMETERS",
    "METRICS",
    "OBJECTIVES",
    "PRESETS",
    "STRATEGIES",
    "TERMINATION_RULES",
    "DatasetInfo",
    "Extent",
    "Hyperparameter",
    "ModelFamily",
    "Objective",
    "Preset",
    "StrategyInfo",
    "StrategySetting",
    "StudyStatus",
    "TerminationRule",
    "TrialStatus",
    "Value",
    "WaitsFor",
]
