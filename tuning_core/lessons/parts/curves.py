"""The trainings that a lesson asks for, what it sees of them, and the picture of their curves."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuning_core.catalog import Value
from tuning_core.charts.lessons import Chart, Line, Mark, labelled_lines
from tuning_core.charts.parts.labels import metric_title
from tuning_core.spec.training_request import TrainingRequest, parse_training

DIGITS: Mapping[str, Any] = {"id": "digits", "validation": 0.3, "test": 0.5}
"""A fifth of the digits to train on, 359 rows: an epoch takes a few milliseconds."""

FEW_DIGITS: Mapping[str, Any] = {"id": "digits", "validation": 0.4, "test": 0.5}
"""A tenth of the digits to train on, 180 rows: little enough to learn by heart."""


@dataclass(frozen=True)
class LessonRun:
    """One training and what it is called in the picture."""

    label: str
    request: TrainingRequest


def run(
    label: str,
    values: Mapping[str, Value],
    epochs: int,
    dataset: Mapping[str, Any] = DIGITS,
    seed: int = 1,
    views: Sequence[str] = (),
    family: str = "mlp",
    landscape: Mapping[str, Any] | None = None,
) -> LessonRun:
    """A training of a network with hidden layers; what ``values`` leave out has its default."""
    document = {
        "family": family,
        "dataset": dict(dataset),
        "values": dict(values),
        "epochs": epochs,
        "seed": seed,
        "views": list(views),
        "landscape": landscape,
    }
    return LessonRun(label, parse_training(document))


@dataclass(frozen=True)
class LessonCurve:
    """A training as far as it is.

    ``epochs`` has the metrics of each, ``state`` how it stands, ``views`` the pictures of the
    network that were asked for, ``network`` and ``inside`` what was seen inside it after each epoch
    (``tuning_core.training.Inside``). ``message`` says why one has failed.
    """

    label: str
    epochs: Sequence[Mapping[str, float]] = ()
    state: str = "waiting"
    diverged: bool = False
    message: str = ""
    views: Mapping[str, Any] = field(default_factory=dict)
    network: Mapping[str, Any] = field(default_factory=dict)
    inside: Mapping[int, str] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self.state not in ("waiting", "running")

    def values(self, metric: str) -> list[float]:
        """A metric of every epoch."""
        return [epoch.get(metric, math.nan) for epoch in self.epochs]

    def at(self, metric: str, epoch: int) -> float:
        """A metric after an epoch (from 1); infinity where the training did not get there."""
        values = self.values(metric)
        return values[epoch - 1] if epoch <= len(values) else math.inf

    def last(self, metric: str) -> float:
        """A metric of the last epoch; infinity where the training diverged."""
        values = self.values(metric)
        return values[-1] if values and not self.diverged else math.inf

    def least(self, metric: str) -> float:
        """The smallest value of a metric; infinity when there is none."""
        return min(self.values(metric), default=math.inf)

    def most(self, metric: str) -> float:
        """The largest value of a metric; 0 when there is none."""
        return max(self.values(metric), default=0.0)

    def rises(self, metric: str, first: int = 0) -> int:
        """In how many epochs a metric was higher than in the one before, from ``first`` on."""
        values = self.values(metric)[first:]
        return sum(after > before for before, after in itertools.pairwise(values))

    def wobble(self, metric: str, first: int = 0) -> float:
        """Mean size of the change of a metric from one epoch to the next, from ``first`` on."""
        values = self.values(metric)[first:]
        steps = [abs(b - a) for a, b in itertools.pairwise(values)]
        return sum(steps) / len(steps) if steps else math.inf


Chosen = Mapping[str, Value]
"""The value of each knob of a lesson, by the knob's id."""


@dataclass(frozen=True)
class Style:
    """How a picture looks: on a dark page or a light one, and its height in pixels.

    Letters and lines will be made ``scale`` times as large.
    """

    dark: bool = False
    height: int = 400
    scale: float = 1.0


@dataclass(frozen=True)
class Seen:
    """What the picture shows: the knobs as they stand, and the trainings as far as they are."""

    chosen: Chosen
    curves: tuple[LessonCurve, ...] = ()

    def curve(self, label: str) -> LessonCurve:
        """The training of that label; KeyError when the lesson has none."""
        for curve in self.curves:
            if curve.label == label:
                return curve
        raise KeyError(label)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return all(curve.ended for curve in self.curves)

    @property
    def complete(self) -> bool:
        """Whether all trainings have been done: none waits, none has failed."""
        return all(curve.state == "done" for curve in self.curves)


VALIDATION, TRAINING = "validation", "training"


def curve_picture(
    seen: Seen,
    style: Style,
    metric: str,
    limits: tuple[float, float],
    epochs: int,
    *,
    log: bool = False,
    parts: Sequence[str] = (VALIDATION,),
    marks: Sequence[Mark] = (),
    title: str = "",
) -> Chart:
    """A metric of all trainings over the epochs, in the ``parts`` asked for, the first named."""
    lines = [
        Line(curve.label, range(1, len(values) + 1), values, part)
        for part in parts
        for curve in seen.curves
        for values in (curve.values(metric if part == TRAINING else f"val_{metric}"),)
    ]
    words = title or metric_title(metric)
    if len(parts) == 1:
        words = f"{parts[0]} {words}"
    return labelled_lines(
        lines,
        x_title="epoch",
        y_title=words,
        x_limits=(1, epochs),
        y_limits=limits,
        log=log,
        parts=parts,
        marks=marks,
        dark=style.dark,
        height=style.height,
        scale=style.scale,
    )


def gap_pictures(
    seen: Seen, style: Style, metric: str, limits: tuple[float, float], epochs: int, title: str
) -> tuple[Chart, ...]:
    """A metric on the validation rows beside the same on the training rows.

    ``title`` says what it is.
    """
    return tuple(
        curve_picture(seen, style, metric, limits, epochs, parts=(part,), title=title)
        for part in (VALIDATION, TRAINING)
    )
