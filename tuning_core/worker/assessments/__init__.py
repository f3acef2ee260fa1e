"""What computes each assessment of a study: a file and a line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuning_core.worker.assessments.asked import Asked

ASSESS: dict[str, Callable[[Asked], dict[str, Any]]] = {}
"""By the assessment's id: the result as JSON. Raises ExportError where it has no meaning."""
