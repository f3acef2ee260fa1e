"""A trainer that keeps to the limits of the server: size, time, and the memory that is free."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tuning_core.catalog import TrialStatus
from tuning_core.catalog.limits import most
from tuning_core.own_models.training import OwnTrainer
from tuning_core.planning.cost import Work
from tuning_core.planning.limits import config_refusal
from tuning_core.training import Control, Trainer, TrialOutcome, TrialTask, free_bytes

RESERVE_BYTES = 200_000_000
"""Memory that stays free beside a network."""


AnyTrainer = Trainer | OwnTrainer
"""What trains the trials of a study: of a family's networks, or of a model of one's own."""


def refused(
    task: TrialTask,
    work: Work,
    free: Callable[[], int] = free_bytes,
    *,
    sharers: int = 1,
    own: bool = False,
) -> TrialOutcome | None:
    """The failure of a trial that is beyond a cap or would not fit in memory; None if it may run.

    The memory that is free is for so many ``sharers``. The search goes on with the next trial. A
    model of one's ``own`` may call anything ``layers``.
    """
    sentence = config_refusal({} if own else task.config, task.epochs, work.parameters)
    if not sentence:
        room = (free() - RESERVE_BYTES) // sharers
        if work.network_bytes > room:
            sentence = (
                f"needs about {work.network_bytes / 1e9:,.1f} GB for {work.parameters:,} "
                f"parameters and batches of {work.batch_size:,} rows; {max(0, room) / 1e9:,.1f} GB "
                "are free. "
                "Search smaller networks or batches."
            )
    if not sentence:
        return None
    return TrialOutcome(
        TrialStatus.FAILED, parameters=work.parameters, message=f"Not started: {sentence}"
    )


class LimitedTrainer:
    """A trainer whose trials keep to the caps of this server.

    One that is too large fails without being started; one that takes too long is pruned.
    """

    def __init__(self, trainer: AnyTrainer) -> None:
        self._trainer = trainer
        self._seconds = most("trial_seconds")

    def run_trial(
        self,
        task: TrialTask,
        *,
        earlier: float,
        control: Callable[[], Control],
        sharers: int = 1,
        **watching: Any,
    ) -> TrialOutcome:
        """``Trainer.run_trial``; ``earlier`` seconds were spent on the trial before.

        The memory that is free is for so many ``sharers``.
        """
        own = isinstance(self._trainer, OwnTrainer)
        refusal = refused(task, self._trainer.work(task), sharers=sharers, own=own)
        if refusal is not None:
            return refusal
        end = time.monotonic() + self._seconds - earlier
        late = False

        def limited() -> Control:
            nonlocal late
            wanted = control()
            late = wanted is Control.CONTINUE and time.monotonic() >= end
            return Control.TIME if late else wanted

        outcome = self._trainer.run_trial(task, control=limited, **watching)
        if not late:
            return outcome
        words = f"ended after {self._seconds:,.0f} s, the most that a trial may take on this server"
        return replace(outcome, message=words)
