"""A trial as a strategy asks for it, and as it is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from keras_tuner.src.engine import oracle as kt_oracle

from tuning_core.catalog.statuses import TrialStatus
from tuning_core.space import Config


class RecordError(ValueError):
    """Recorded trials that cannot be of this study; ``str()`` is a sentence for the user."""


@dataclass(frozen=True)
class Suggestion:
    """One trial as its strategy asked for it.

    Trials are numbered from 1. ``epochs`` is the epoch to train up to, ``initial_epoch`` the one
    that the ``parent`` reached (0 without one). ``bracket`` and ``round`` are Hyperband's, None for
    the others. ``added``: the user asked for it, beside the budget.
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


class NumbersTrials(kt_oracle.Oracle):
    """The part of a :class:`ReplayableOracle` that numbers trials from 1; Keras Tuner has ids."""

    def number(self, trial_id: str) -> int:
        """The trial's number, from 1."""
        return int(trial_id) + 1

    def trial_id(self, number: int) -> str:
        """Keras Tuner's name for the trial with this number."""
        return f"{number - 1:0{len(str(self.max_trials))}d}"
