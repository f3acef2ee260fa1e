"""Tunescape's engine: searches, datasets, models and charts, without any page.

``import tuning_core; study = tuning_core.run(spec)`` runs a study; ``docs/api.md`` says more.
``tuning_core.watch(tuner)`` records a search that runs in a script; ``docs/watching.md`` does.
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
    from tuning_core.watching import watch, watch_optuna

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
    "watch",
    "watch_optuna",
]


def __getattr__(name: str) -> Any:
    """What ``__all__`` names is imported when it is first used: rooms import no others by this."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name.startswith("watch"):
        from tuning_core import watching

        return getattr(watching, name)
    from tuning_core import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
