"""Datasets: where they come from, how they are split and what a network gets to see.

Knows no Keras. ``prepare`` gives a search its training and validation rows; ``test_part`` gives
the untouched rows to whoever reveals the test score.
"""

from tuning_core.datasets.loading import is_available, load, load_present, load_rows
from tuning_core.datasets.own import check_own, describe, resolve
from tuning_core.datasets.preparation import (
    Fold,
    FoldedData,
    Part,
    PreparedData,
    TestPart,
    fold_rows,
    prepare,
    prepare_all,
    prepare_all_rows,
    prepare_folds,
    prepare_rows,
    prepare_share,
    test_part,
    untouched_rows,
)
from tuning_core.datasets.preprocessing import Preprocessing, TargetScale
from tuning_core.datasets.preview import Preview, preview, preview_own
from tuning_core.datasets.raw import DataError, RawData, take_rows
from tuning_core.datasets.splitting import SplitIndices, divide, split, split_rows
from tuning_core.datasets.tables import read_table, reading_once, store_upload

__all__ = [
    "DataError",
    "Fold",
    "FoldedData",
    "Part",
    "PreparedData",
    "Preprocessing",
    "Preview",
    "RawData",
    "SplitIndices",
    "TargetScale",
    "TestPart",
    "check_own",
    "describe",
    "divide",
    "fold_rows",
    "is_available",
    "load",
    "load_present",
    "load_rows",
    "prepare",
    "prepare_all",
    "prepare_all_rows",
    "prepare_folds",
    "prepare_rows",
    "prepare_share",
    "preview",
    "preview_own",
    "read_table",
    "reading_once",
    "resolve",
    "split",
    "split_rows",
    "store_upload",
    "take_rows",
    "test_part",
    "untouched_rows",
]
