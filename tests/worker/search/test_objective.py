"""An objective that only the loaded data can refuse."""

from __future__ import annotations

import pytest

from tuning_core.datasets import DataError
from tuning_core.spec.study import parse_spec
from tuning_core.worker.study_rows import check_objective


def test_a_metric_of_two_classes_is_refused_once_the_table_has_three() -> None:
    table = {"id": "upload:" + "0" * 64, "target": "kind", "task": "classification"}
    spec = parse_spec({"dataset": table, "objective": "val_auc"})
    check_objective(spec, 2)
    with pytest.raises(DataError, match="objective: expected one of val_accuracy, val_loss"):
        check_objective(spec, 3)
