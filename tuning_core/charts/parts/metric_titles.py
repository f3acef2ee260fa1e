"""Axis titles of metrics, with the unit where there is one."""

from __future__ import annotations

import textwrap

from tuning_core.catalog.objectives import METRIC_LABELS

UNITS = {
    "accuracy": "0 to 1",
    "mae": "target units",
    "mse": "target units²",
    "r2": "1 is perfect",
}
"""What one step on a metric's axis means, where it means something."""


LETTER = 6.8
"""Pixels that a letter of a title takes, about."""


def metric_title(metric: str, label: str | None = None) -> str:
    """``accuracy (0 to 1)``: the label of a metric and its unit."""
    words = label or METRIC_LABELS.get(metric, metric)
    return f"{words} ({UNITS[metric]})" if metric in UNITS else words


def title_lines(title: str, pixels: float) -> list[str]:
    """A title broken into lines that fit along an axis of so many pixels."""
    return textwrap.wrap(title, max(int(pixels / LETTER), 8), break_long_words=False)
