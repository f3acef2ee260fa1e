"""Tunescape's engine: searches, datasets, models and charts, without any page.

``import tuning_core; study = tuning_core.run(spec)`` runs a study; ``docs/api.md`` says more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuning_core.api import (
        Best,
        HomeError,
        LimitsError,
        ManagerError,
        SpecError,
        StoreError,
        Study,
        open_study,
        run,
        studies,
    )

__all__ = [
    "Best",
    "HomeError",
    "LimitsError",
    "ManagerError",
    "SpecError",
    "StoreError",
    "Study",
    "open_study",
    "run",
    "studies",
]


def __getattr__(name: str) -> Any:
    """What ``__all__`` names is imported when it is first used: rooms import no others by this."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tuning_core import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
