"""What a strategy is told about a recorded trial and what it asks for next."""

from __future__ import annotations

from dataclasses import dataclass

from tuning_core.catalog.statuses import TrialStatus
from tuning_core.space import Config


class RecordError(ValueError):
    """Recorded trials that cannot be of this study; ``str()`` is a sentence for the user."""


@dataclass(frozen=True)
class Suggestion:
    """One trial as its strategy asked for it.

    Trials are numbered from 1. ``epochs`` is the epoch number to train up to and
    ``initial_epoch`` the one that the ``parent`` reached (0 without a parent). ``bracket`` and
    ``round`` are Hyperband's, None for the others. ``added``: the reader asked for it, beside
    the budget.
    """

    number: int
    config: Config
    epochs: int
    initial_epoch: int = 0
    parent: int | None = None
    bracket: int | None = None
    round: int | None = None
    added: bool = False


@dataclass(frozen=True)
class TrialRecord:
    """A suggestion and what became of it; ``score`` None when there is no finite one."""

    suggestion: Suggestion
    status: TrialStatus
    score: float | None = None
