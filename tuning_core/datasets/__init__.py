"""Datasets: where they come from, how they are split and what a network gets to see.

Knows no Keras. ``prepare`` gives a search its training and validation rows; ``test_part`` gives
the untouched rows to whoever reveals the test score.
"""

from tuning_core.datasets.errors import DataError
from tuning_core.datasets.loading import is_available, load
from tuning_core.datasets.preparation import (
    Part,
    PreparedData,
    Preprocessing,
    TargetScale,
    TestPart,
    prepare,
    test_part,
)
from tuning_core.datasets.preview import Preview, preview
from tuning_core.datasets.raw import RawData
from tuning_core.datasets.splitting import SplitIndices, split, split_rows

__all__ = [
    "DataError",
    "Part",
    "PreparedData",
    "Preprocessing",
    "Preview",
    "RawData",
    "SplitIndices",
    "TargetScale",
    "TestPart",
    "is_available",
    "load",
    "prepare",
    "preview",
    "split",
    "split_rows",
    "test_part",
]
