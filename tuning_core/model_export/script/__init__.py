"""``train.py``: a configuration as a script that a person can read, change and run."""

from __future__ import annotations

from tuning_core.model_export.script.facts import SearchSummary
from tuning_core.model_export.script.script import NAME, packages, train_script

__all__ = ["NAME", "SearchSummary", "packages", "train_script"]
