"""What computes each assessment of a study: a file and a line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuning_core.worker.assessments import (
    ablation,
    baselines,
    columns,
    dependence,
    ensemble,
    held_out,
    rows_curve,
    slices,
)
from tuning_core.worker.assessments.asked import Asked

ASSESS: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "columns": columns.assess,
    "dependence": dependence.assess,
    "slices": slices.assess,
    "ablation": ablation.assess,
    "rows_curve": rows_curve.assess,
    "baselines": baselines.assess,
    "ensemble": ensemble.assess,
    "held_out": held_out.assess,
}
"""By the assessment's id: the result as JSON. Raises ExportError where it has no meaning."""
