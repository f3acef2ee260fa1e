"""The table of caps: the most that a study may ask of a machine."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import lru_cache

VARIABLE = "TUNESCAPE_LIMITS"


class LimitsError(ValueError):
    """``TUNESCAPE_LIMITS`` cannot be understood; ``str()`` is one sentence."""


@dataclass(frozen=True)
class Limit:
    """No more than ``most`` of what ``words`` name. A server may lower it, never raise it."""

    id: str
    most: float
    words: str


LIMITS: dict[str, Limit] = {
    limit.id: limit
    for limit in (
        Limit("parameters", 100_000_000, "parameters of a network"),
        Limit("layers", 8, "hidden layers"),
        Limit("epochs", 10_000, "epochs of a trial"),
        Limit("batch", 65_536, "rows of a batch"),
        Limit("rows", 5_000_000, "rows of a table"),
        Limit("upload_mb", 512, "megabytes of an upload"),
        Limit("uploads_mb", 2_048, "megabytes of a reader's uploads"),
        Limit("uploads", 500, "uploads of a reader"),
        Limit("waiting", 100, "waiting studies of a reader"),
        Limit("pictures", 20_000, "pictures of an upload"),
        Limit("picture_mb", 64, "megabytes of a picture's file"),
        Limit("picture_megapixels", 50, "million pixels of a picture"),
        Limit("trials", 100_000, "trials of a study"),
        Limit("trial_seconds", 7 * 24 * 3600, "seconds of a trial"),
        Limit("study_seconds", 30 * 24 * 3600, "seconds of a study"),
    )
}

TEMPERATURES = (0.05, 20.0)
"""Between what a softmax's logits may be divided; beyond, a network knows all or nothing."""


def most(name: str) -> float:
    """The cap ``name`` on this server: the table's, or a lower one of ``TUNESCAPE_LIMITS``."""
    lowered = _lowered(os.environ.get(VARIABLE, ""))
    return min(LIMITS[name].most, lowered.get(name, math.inf))


def check_variable() -> None:
    """Raises LimitsError for a ``TUNESCAPE_LIMITS`` that cannot be understood."""
    _lowered(os.environ.get(VARIABLE, ""))


def beyond(name: str, value: float) -> str:
    """One sentence on a value above its cap; "" when it is not above."""
    cap = most(name)
    if value <= cap:
        return ""
    return (
        f"expected at most {cap:,.0f} {LIMITS[name].words} on this server, received {value:,.0f}."
    )


@lru_cache(maxsize=4)
def _lowered(text: str) -> dict[str, float]:
    """The caps in a text such as ``trials=200 trial_seconds=600``."""
    caps = {}
    for part in text.replace(",", " ").split():
        name, _, number = part.partition("=")
        if name not in LIMITS:
            raise LimitsError(
                f"{VARIABLE}: expected {', '.join(LIMITS)} with a number each, such as trials=200, "
                f"received {part[:40]!r}."
            )
        if not number.isascii() or not number.isdigit() or not 1 <= int(number[:15]) < 10**15:
            raise LimitsError(
                f"{VARIABLE}: {name}: expected a whole number from 1, received {number[:40]!r}."
            )
        caps[name] = float(number[:15])
    return caps
