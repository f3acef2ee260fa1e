"""Ends a trial early when others did better by then."""

from __future__ import annotations

from collections.abc import Iterable

from tuning_core.analysis.hindsight.termination import Termination
from tuning_core.journal.events import EventDict
from tuning_core.spec.study import StudySpec

FIRST = 1
"""The execution that is judged: those after it are trained whole once it has passed."""


class EarlyTermination:
    """The rule of a study, as :class:`Termination` decides it; without one no trial is ended."""

    def __init__(self, spec: StudySpec) -> None:
        given, self._objective = spec.early_termination, spec.objective_info
        self._rule = None
        if given is not None:
            direction = self._objective.direction
            self._rule = Termination(given.rule, given.settings, direction, spec.parallel)

    def restore(self, events: Iterable[EventDict]) -> None:
        """Takes in a journal's events, in order; nothing else is needed to decide alike."""
        if self._rule is None:
            return
        for event in events:
            if event["kind"] == "epoch" and event["execution"] == FIRST:
                # An epoch that was trained again stands here once more.
                value = event["metrics"][self._objective.id]
                self._rule.take(event["trial"], event["epoch"], value)
            elif event["kind"] == "trial_ended":
                self.end(event["trial"], event["status"], event["score"])

    def judge(self, trial: int, execution: int, epoch: int, value: float) -> str:
        """Takes in an epoch of a running trial; why the trial is to end now, or nothing."""
        if self._rule is None or execution != FIRST:
            return ""
        return self._rule.judge(trial, epoch, value)

    def end(self, trial: int, status: str, score: float | None) -> None:
        """Takes in the end of a trial."""
        if self._rule is not None:
            self._rule.end(trial, status, score)
