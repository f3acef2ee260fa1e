"""Axis titles of metrics, with the unit where there is one."""

from __future__ import annotations

from tuning_core.catalog.objectives import METRIC_LABELS

UNITS = {
    "accuracy": "0 to 1",
    "mae": "target units",
    "mse": "target units²",
    "r2": "1 is perfect",
}
"""What one step on a metric's axis means, where it means something."""


def metric_title(metric: str, label: str | None = None) -> str:
    """``accuracy (0 to 1)``: the label of a metric and its unit."""
    words = label or METRIC_LABELS.get(metric, metric)
    return f"{words} ({UNITS[metric]})" if metric in UNITS else words
