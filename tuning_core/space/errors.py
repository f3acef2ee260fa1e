"""The one error that says what is wrong with a spec."""

from __future__ import annotations

import json
from typing import Any


class SpecError(ValueError):
    """A spec that cannot be run.

    ``field`` is the path of the offending field (``budget.trials``), ``message`` what was
    expected and received; ``str()`` joins both in one line.
    """

    def __init__(self, field: str, message: str) -> None:
        # A field's name may be a stranger's text: keep it printable and on one line.
        self.field = json.dumps(field)[1:-1][:120]
        super().__init__(f"{self.field}: {message}")
        self.message = message


def shown(value: Any, limit: int = 60) -> str:
    """A value as an error message shows it: JSON, one line, at most ``limit`` characters."""
    try:
        text = json.dumps(value, ensure_ascii=True)
    except (TypeError, ValueError):
        text = type(value).__name__
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def expected(field: str, what: str, value: Any) -> SpecError:
    """A SpecError that reads "field: expected what, received value."."""
    return SpecError(field, f"expected {what}, received {shown(value)}.")
