"""Numbers, times and states as words."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from tuning_core.catalog import DATASETS, FAMILIES, HYPERPARAMETERS, OBJECTIVES, STRATEGIES

STATUS_WORDS: dict[str, str] = {
    "queued": "Queued",
    "running": "Running",
    "paused": "Paused",
    "stopped": "Stopped",
    "interrupted": "Interrupted",
    "failed": "Failed",
    "finished": "Finished",
}


def number(value: Any, digits: int = 4) -> str:
    """A value as a reader expects it: 0.001, 3.2e-05, 12,345, relu."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "not a number"
        if value != 0 and (abs(value) < 1e-4 or abs(value) >= 1e6):
            return f"{value:.3g}"
        return f"{value:,.{digits}g}" if abs(value) < 1000 else f"{value:,.1f}"
    return str(value)


def score(value: float | None, objective: str) -> str:
    """A score of ``objective``; a dash when there is none yet."""
    if value is None:
        return "-"
    if OBJECTIVES[objective].metric in ("accuracy", "r2"):
        return f"{value:.4f}"
    return number(value)


def duration(seconds: float | None) -> str:
    """Seconds as 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return "-"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, rest = divmod(whole // 60, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def ago(moment: float | None, now: float | None = None) -> str:
    """A time as just now, 5 min ago, 3 h ago or a date."""
    if moment is None:
        return "-"
    passed = (time.time() if now is None else now) - moment
    if passed < 60:
        return "just now"
    if passed < 3600:
        return f"{int(passed // 60)} min ago"
    if passed < 86_400:
        return f"{int(passed // 3600)} h ago"
    return time.strftime("%d %b %Y", time.localtime(moment))


def count(amount: int, word: str, plural: str = "") -> str:
    """1 trial, 1,200 trials."""
    return f"{amount:,} {word if amount == 1 else plural or word + 's'}"


def compact(amount: int) -> str:
    """A large number in few characters: 650, 4.8 k, 1.2 M."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if amount >= size:
            return f"{amount / size:.1f}".rstrip("0").rstrip(".") + f" {unit}"
    return str(amount)


def label(hyperparameter: str) -> str:
    """The catalog's label of a hyperparameter within a sentence; L2 and Gaussian keep theirs."""
    words = HYPERPARAMETERS[hyperparameter].label
    proper = words.startswith(("L1", "L2", "Gaussian", "Nesterov"))
    return words if proper else words[0].lower() + words[1:]


def short_label(hyperparameter: str) -> str:
    """A hyperparameter's name for a narrow column."""
    return hyperparameter.replace("_", " ")


def study_line(spec: Mapping[str, Any]) -> str:
    """Data, model and strategy of a spec in one line."""
    return " · ".join(
        (
            DATASETS[spec["dataset"]["id"]].title,
            FAMILIES[spec["model"]["family"]].title,
            STRATEGIES[spec["strategy"]["id"]].title,
        )
    )
