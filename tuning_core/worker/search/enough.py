"""Ends a search whose scores say that it is enough: a target is reached, or little is to gain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tuning_core.analysis.outlook import Outlook, outlook
from tuning_core.journal.events import EventDict, TrialEnded
from tuning_core.spec.study import StudySpec


class Enough:
    """The scores of a study, and whether they end it.

    Trials count round by round (``parallel`` of them, by number), so that where the search ends
    does not depend on which trial of a round ends first. A journal's events, in order, restore it.
    """

    def __init__(self, events: Iterable[EventDict]) -> None:
        self._rows = 0
        self._scores: dict[int, float | None] = {}
        self._trainings: dict[int, list[float]] = {}
        for event in events:
            if event["kind"] == "trial_ended":
                self._take_in(event["trial"], event["score"], event.get("executions") or ())
            elif event["kind"] == "study_started":
                self.divided(event.get("rows") or {})

    def divided(self, rows: dict[str, int]) -> None:
        """Take in how many rows the study's parts have."""
        self._rows = rows.get("validation", 0)

    def end(self, event: TrialEnded) -> None:
        """Take in the end of a trial."""
        self._take_in(event.trial, event.score, [dict(each) for each in event.executions])

    def reason(self, spec: StudySpec, before: int) -> tuple[str, str] | None:
        """Why the search is to end, in a word and a sentence, by the trials below a number."""
        target, settled, objective = spec.budget.target, spec.budget.settled, spec.objective_info
        if target is None and settled is None:
            return None  # Asked before every trial, of all those before it.
        numbers = sorted(number for number in self._scores if number < before)
        for number in numbers:
            score = self._scores[number]
            if target is not None and score is not None and objective.reaches(score, target):
                side = "more" if objective.direction == "max" else "less"
                return "target", (
                    f"Trial {number:,} reached the target: {objective.label} {score:.4g}, where "
                    f"{target:.4g} or {side} was asked for."
                )
        if settled is None or not settled.trials <= len(numbers) < spec.trials:
            return None
        expected = self._outlook(spec, numbers)
        if expected is None or not expected.settled:
            return None
        return "settled", f"Ended after {len(numbers):,} trials: {expected}"

    def _outlook(self, spec: StudySpec, numbers: list[int]) -> Outlook | None:
        return outlook(
            [self._scores[number] for number in numbers],
            {place: self._trainings.get(number, []) for place, number in enumerate(numbers)},
            spec.objective_info,
            folds=spec.folds,
            rows=self._rows,
        )

    def _take_in(self, number: int, score: float | None, executions: Iterable[Any]) -> None:
        self._scores[number] = score
        self._trainings[number] = [e["score"] for e in executions if e["score"] is not None]
