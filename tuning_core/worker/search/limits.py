"""The time of a search, and what is wanted of its trials."""

from __future__ import annotations

import time
from collections.abc import Callable

from tuning_core.planning.limits import study_seconds
from tuning_core.training import Control
from tuning_core.worker.pipes import Inbox


class Clock:
    """Seconds that a study has searched: those of earlier runs and of this one."""

    def __init__(self, elapsed: float, budget: float | None) -> None:
        self._elapsed = elapsed
        self._started = time.monotonic()
        self.allow(budget)

    def allow(self, budget: float | None) -> None:
        """Take the seconds of a study's budget, None for no end; the server's cap holds besides."""
        self.limit = study_seconds(budget)

    def leave_out(self, seconds: float) -> None:
        """Do not count so much of the time since the start."""
        self._started += seconds

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return self._elapsed + time.monotonic() - self._started

    @property
    def over(self) -> bool:
        """Whether the limit is reached."""
        return self.seconds >= self.limit

    @property
    def exhausted(self) -> bool:
        """Whether the study has had all the time that this server gives, whatever its budget."""
        return self.seconds >= study_seconds(None)


def wanted_of(inbox: Inbox, study: str, clock: Clock) -> Callable[[], Control]:
    """What the user, the manager and the clock want of all trials that run."""

    def wanted() -> Control:
        if inbox.wants_stop(study):
            return Control.STOP
        return Control.TIME if clock.over else Control.CONTINUE

    return wanted
