"""What is known of a training, however many epochs of it were asked for, and by whom."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from tuning_core.catalog import TrialStatus
from tuning_core.spec.training_request import TrainingRequest

END_VIEWS = {"mistakes", "predictions"}

MOST_COURSES = 1_000
"""Courses kept; the one that was asked for longest ago makes room."""


@dataclass
class Course:
    """The epochs of one configuration, data and seed, as far as anybody has trained them.

    ``views`` are those of the end, by the epoch at which they were drawn. ``status`` is set once
    there is nothing more to train, whatever is asked: it ended early, or its rates were tested.
    """

    epochs: list[dict[str, float]] = field(default_factory=list)
    planes: list[dict[str, Any]] = field(default_factory=list)
    rates: list[tuple[float, float]] = field(default_factory=list)
    views: dict[int, dict[str, Any]] = field(default_factory=dict)
    parameters: int | None = None
    status: TrialStatus | None = None
    message: str = ""

    def covers(self, request: TrainingRequest) -> bool:
        """Whether it has all that the request asks for."""
        if request.ramp is not None:
            return self.status is not None
        if self.status is None and len(self.epochs) < request.epochs:
            return False
        if not END_VIEWS.intersection(request.views):
            return True
        diverged = self.status is TrialStatus.DIVERGED and len(self.epochs) < request.epochs
        return diverged or self.reached(request) in self.views

    def reached(self, request: TrainingRequest) -> int:
        """How many of the epochs that the request asks for there are."""
        return min(request.epochs, len(self.epochs))

    def take(self, event: dict[str, Any]) -> None:
        """Add what the worker tells while it trains; one that begins anew tells the same again."""
        if event["kind"] == "training_epoch":
            done = int(event["epoch"]) - 1
            self.epochs[done : done + 1] = [event["metrics"]]
            if "plane" in event:
                self.planes[done : done + 1] = [event["plane"]]
        elif event["kind"] == "training_rates":
            self.rates[int(event["first"]) :] = [(x, y) for x, y in event["points"]]

    def end(self, result: dict[str, Any], request: TrainingRequest) -> None:
        """Add what the worker says at the end of a training that it was not told to stop."""
        self.parameters = result.get("parameters", self.parameters)
        if "rates" in result:
            self.rates = [(x, y) for x, y in result["rates"]]
        if result.get("views"):
            self.views[len(self.epochs)] = result["views"]
        if request.ramp is not None or len(self.epochs) < request.epochs:
            self.status = TrialStatus(result["status"])
            self.message = str(result.get("message", ""))


class Courses:
    """The courses that were asked for last, by name."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Course] = OrderedDict()

    def of(self, request: TrainingRequest) -> Course:
        """The course of a request, a new one where nobody has asked for it lately."""
        course = self._kept.setdefault(request.course, Course())
        self._kept.move_to_end(request.course)
        while len(self._kept) > MOST_COURSES:
            self._kept.popitem(last=False)
        return course
