"""What a lesson ends in: something to reach with its knobs, checked from what came of them.

An :class:`Aim` is reached with a training of one's own, a :class:`PictureAim` on the lesson's own
picture. Their words are made of the numbers that are checked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean
from types import MappingProxyType
from typing import Any, Literal

from tuning_core.catalog import HYPERPARAMETERS, OBJECTIVES, Value
from tuning_core.catalog.architecture import layer_widths
from tuning_core.charts.lessons import number_text
from tuning_core.lessons.parts.curves import DIGITS, Chosen, Seen
from tuning_core.spec.training_request import TrainingRequest, parse_training

GAP, EPOCHS = "gap", "epochs"
_NAMES = {
    GAP: "gap between validation and training loss",
    EPOCHS: "number of epochs trained",
}
_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Trained:
    """A training as an aim sees it; ``ended`` says whether it ended well."""

    request: TrainingRequest
    epochs: Sequence[Mapping[str, float]]
    ended: bool


@dataclass(frozen=True)
class Goal:
    """A number that is to be ``below`` or ``above`` something.

    It is ``of`` a metric such as "val_loss": that of the best epoch, of the end, or of an epoch
    (from 1). Or it is the gap at the end, or the number of epochs trained.
    """

    of: str
    below: float | None = None
    above: float | None = None
    at: Literal["best", "end"] | int = "best"

    @property
    def name(self) -> str:
        """What is measured: "validation loss"."""
        return _NAMES.get(self.of) or OBJECTIVES[self.of].label

    @property
    def limit(self) -> str:
        """``below 0.2``, and after which epoch where that is neither the best nor the last."""
        number = number_text(self.above if self.below is None else self.below)
        when = ""
        if isinstance(self.at, int):
            when = f" after {self.at} epoch{'s' if self.at > 1 else ''}"
        return f"{'above' if self.below is None else 'below'} {number}{when}"

    def value(self, training: Trained) -> float:
        """The number of a training that has ended; NaN where it did not get there."""
        epochs = training.epochs
        if self.of == EPOCHS:
            return float(len(epochs))
        if not epochs:
            return math.nan
        if self.of == GAP:
            return epochs[-1].get("val_loss", math.nan) - epochs[-1].get("loss", math.nan)
        values = [epoch.get(self.of, math.nan) for epoch in epochs]
        if isinstance(self.at, int):
            return values[self.at - 1] if self.at <= len(values) else math.nan
        best = max if self.below is None else min
        return values[-1] if self.at == "end" else best(values)

    def met(self, value: float) -> bool:
        """Whether a number is where it is to be; NaN is not."""
        return value > self.above if self.above is not None else value < (self.below or 0.0)

    def better(self, value: float, than: float) -> bool:
        """Whether one number is nearer to the goal than another."""
        return value > than if self.below is None else value < than


@dataclass(frozen=True)
class Reached:
    """How far the trainings have come: the best of them, and whether that is the aim.

    ``values`` has the number of each goal, a mean where several ``seeds`` are asked for.
    """

    training: Trained
    values: tuple[float, ...]
    reached: bool
    seeds: int = 1


@dataclass(frozen=True)
class Aim:
    """Something to reach in What-if, from a network with ``values`` that learns ``data``.

    Only the knobs to ``turn`` may be other than there. ``at_most`` has the largest value that a
    knob may have. All ``goals`` are to be met, in the mean over so many ``seeds`` of one setting.
    ``scene`` is a sentence on where one begins; ``solution`` has values of the knobs with which
    the aim is reached, for the tests.
    """

    scene: str
    goals: tuple[Goal, ...]
    turn: tuple[str, ...]
    values: Mapping[str, Value]
    epochs: int
    solution: Mapping[str, Value]
    data: Mapping[str, Any] = field(default_factory=lambda: DIGITS)
    family: str = "mlp"
    at_most: Mapping[str, float] = field(default_factory=lambda: _NONE)
    seeds: int = 1

    @cached_property
    def start(self) -> TrainingRequest:
        """The training to begin with; what the first goal is of is its objective."""
        measured = [goal.of for goal in self.goals if goal.of in OBJECTIVES]
        return parse_training(
            {
                "family": self.family,
                "dataset": dict(self.data),
                "values": dict(self.values),
                "epochs": self.epochs,
                "seed": 1,
                "objective": next(iter(measured), "val_loss"),
            }
        )

    @property
    def words(self) -> str:
        """What to reach, as "Reach a validation loss below 0.5 in 5 epochs."."""
        wanted, names = list[str](), list[str]()
        for goal in self.goals:
            if goal.of != EPOCHS:
                wanted.append(f"{'one' if goal.name in names else f'a {goal.name}'} {goal.limit}")
                names.append(goal.name)
        end = any(goal.at == "end" or goal.of == GAP for goal in self.goals)
        words = f"Reach {_listed(wanted)} {'at the end of' if end else 'in'} {self.epochs} epochs"
        stops = [goal.below for goal in self.goals if goal.of == EPOCHS]
        words += "".join(f", stopping before epoch {number_text(epoch)}" for epoch in stops)
        if self.at_most:
            limits = [f"{number_text(most)} {_plain(n)}" for n, most in self.at_most.items()]
            words += f", with at most {_listed(limits)}"
        return words + (f", in the mean of {self.seeds} seeds." if self.seeds > 1 else ".")

    @property
    def knobs(self) -> str:
        """``learning rate and batch size``: what may be turned."""
        seed = ["seed"] if self.seeds > 1 else []
        return _listed([*(HYPERPARAMETERS[name].name for name in self.turn), *seed])

    def refused(self, request: TrainingRequest) -> str:
        """Why a training does not count, as "the seed is 3, not 1"; "" where it does."""
        start = self.start
        if request.dataset != start.dataset:
            same = request.dataset.id == start.dataset.id
            return "the data is shaped otherwise" if same else "it is other data"
        if request.family != start.family or request.trial != start.trial:
            return "it is another kind of training"
        if request.ramp is not None or request.changes:
            return "something was changed under way"
        if request.seed != start.seed and self.seeds == 1:
            return f"the seed is {request.seed}, not {start.seed}"
        if request.epochs != start.epochs:
            return f"it has {request.epochs} epochs, not {start.epochs}"
        return self._other_knob(request, start) or self._beyond(request)

    def _other_knob(self, request: TrainingRequest, start: TrainingRequest) -> str:
        """A knob that is not to be turned, and was."""
        for name, value in request.config.items():
            inherited = HYPERPARAMETERS[name].inherits
            if name in self.turn or inherited in self.turn:
                continue
            meant = start.config.get(name, HYPERPARAMETERS[name].default)
            if inherited and name not in start.config:
                return f"the {HYPERPARAMETERS[name].name} were turned"
            if value != meant:
                label = HYPERPARAMETERS[name].name
                return f"{label} is {number_text(value)}, not {number_text(meant)}"
        return ""

    def _beyond(self, request: TrainingRequest) -> str:
        """A limit that is not kept."""
        for name, most in self.at_most.items():
            value = float(request.config.get(name, 0))
            if name == "units":
                value = max(layer_widths(request.config), default=0)
            if value > most:
                return f"{number_text(value)} {_plain(name)}, at most {number_text(most)} count"
        return ""

    def best(self, trainings: Iterable[Trained]) -> Reached | None:
        """The training that came nearest of those that count; None where none does."""
        groups: dict[str, dict[int, Trained]] = {}
        for training in trainings:
            request = training.request
            if training.ended and not self.refused(request):
                key = f"{sorted(request.config.items())} {request.epochs}"
                groups.setdefault(key, {})[request.seed] = training
        best: Reached | None = None
        for seeds in groups.values():
            found = self._of_setting([*seeds.values()])
            if best is None or self._nearer(found, best):
                best = found
        return best

    def _of_setting(self, trainings: list[Trained]) -> Reached:
        values = tuple(fmean(map(goal.value, trainings)) for goal in self.goals)
        met = all(goal.met(value) for goal, value in zip(self.goals, values, strict=True))
        enough = len(trainings) >= self.seeds
        return Reached(trainings[-1], values, met and enough, len(trainings))

    def _nearer(self, one: Reached, other: Reached) -> bool:
        def met(found: Reached) -> tuple[bool, int]:
            pairs = zip(self.goals, found.values, strict=True)
            return found.reached, sum(goal.met(value) for goal, value in pairs)

        if met(one) != met(other):
            return met(one) > met(other)
        for goal, a, b in zip(self.goals, one.values, other.values, strict=True):
            # What is met need not be better still.
            if not goal.met(b) and a != b:
                return math.isnan(b) or goal.better(a, b)
        return False

    def turned(self, request: TrainingRequest) -> str:
        """``learning rate 0.01``: the knobs of a training that are to be turned, as they stand."""
        config = request.config
        return ", ".join(
            f"{HYPERPARAMETERS[name].name} {number_text(config[name])}"
            for name in self.turn
            if name in config
        )


@dataclass(frozen=True)
class PictureAim:
    """Something to reach with the knobs of the lesson's own picture.

    ``value`` reads the number off the complete picture, ``words`` say what it is to be and
    ``name`` what it is. ``held`` are knobs that stay at their default, ``at_most`` has the largest
    value that a knob may have. ``solution`` has the knobs with which it is reached, for the tests.
    """

    words: str
    name: str
    value: Callable[[Seen], float]
    solution: Chosen
    below: float | None = None
    above: float | None = None
    at_most: Mapping[str, float] = field(default_factory=lambda: _NONE)
    held: Mapping[str, Value] = field(default_factory=lambda: _NONE)

    def refused(self, chosen: Chosen) -> str:
        """Why the picture does not count as it is; "" where it does."""
        for name, most in self.at_most.items():
            if float(chosen[name]) > most:
                return f"{number_text(chosen[name])} {name}, at most {number_text(most)} count"
        for name, value in self.held.items():
            if chosen[name] != value:
                return f"only with {number_text(value)} as the {name}"
        return ""

    def reached(self, seen: Seen) -> bool:
        """Whether the complete picture is what is asked for."""
        if not seen.complete or self.refused(seen.chosen):
            return False
        return Goal("", self.below, self.above).met(self.value(seen))


def _plain(name: str) -> str:
    """A knob as something that is counted: "hidden layers", "units"."""
    return {"layers": "hidden layers", "units": "units per layer"}.get(name) or (
        HYPERPARAMETERS[name].name
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
