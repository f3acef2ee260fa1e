"""A challenge: data, an aim and a budget, the same for everybody and for the machine."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tuning_core.catalog import OBJECTIVES, STRATEGIES, Extent, Objective
from tuning_core.catalog.hyperparameters import known_to
from tuning_core.catalog.objectives import Direction
from tuning_core.catalog.strategies import MACHINE_PLAYERS
from tuning_core.journal.events import Part
from tuning_core.space import SpecError, expected
from tuning_core.space.entries import unknown_hyperparameter, unknown_name
from tuning_core.spec.dataset import MAX_SEED, DatasetSpec
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.training_request import MAX_EPOCHS, TrainingRequest, parse_training

LONGEST_TITLE = 60
MOST_BUDGET = 5_000
MOST_MINUTES = 240.0

KNOBS = ("learning_rate", "batch_size", "units", "layers", "dropout", "activation")
"""What the machine turns, of these what the family has; students have the same and more."""

Aim = Literal["score", "parameters", "epochs"]


class Challenge(Part):
    """What a class and the machine compete in.

    The ``aim`` is the best validation score, or the ``target`` reached with the fewest
    ``parameters``, or in the fewest ``epochs`` of one run. The ``budget`` is counted in ``unit``:
    epochs, or runs of at most ``run_epochs`` epochs. ``run_epochs`` are also those of each of the
    machine's trials. ``start`` are the values that students begin with. ``machines`` are the
    strategies that play, and ``knobs`` what they search.
    """

    kind: Literal["challenge"] = "challenge"
    title: Annotated[str, Field(max_length=LONGEST_TITLE)] = "Challenge"
    dataset: DatasetSpec
    family: Annotated[str, Field(max_length=20)] = "mlp"
    objective: Annotated[str, Field(max_length=40)] = ""
    aim: Aim = "score"
    target: Annotated[float, Field(ge=-1e9, le=1e9)] | None = None
    unit: Literal["epochs", "runs"] = "epochs"
    budget: Annotated[int, Field(ge=1, le=MOST_BUDGET)] = 200
    run_epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] = 10
    minutes: Annotated[float, Field(gt=0, le=MOST_MINUTES)] | None = None
    start: dict[str, Any] = Field(default_factory=dict)
    knobs: Annotated[list[str], Field(max_length=30)] = Field(default_factory=lambda: [*KNOBS])
    machines: Annotated[list[str], Field(max_length=8)] = Field(
        default_factory=lambda: [*MACHINE_PLAYERS]
    )
    seed: Annotated[int, Field(ge=0, le=MAX_SEED - 100)] = 0

    @model_validator(mode="after")
    def _whole(self) -> Challenge:
        self.__dict__["objective"] = self.request().objective
        if (self.aim == "score") != (self.target is None):
            what = "none beside the best score" if self.aim == "score" else "the score to reach"
            raise expected("target", what, self.target)
        task = self.dataset.info.task
        known = known_to(self.family, task)
        for name in self.knobs:
            if name not in known and name not in KNOBS:
                raise SpecError("knobs", unknown_hyperparameter(name, self.family, task, known))
        for machine in self.machines:
            if machine not in STRATEGIES or STRATEGIES[machine].extent is Extent.LIST:
                raise SpecError("machines", unknown_name("strategy", machine, STRATEGIES))
        if self.unit == "epochs" and self.run_epochs > self.budget:
            raise expected("run_epochs", f"at most the budget of {self.budget}", self.run_epochs)
        return self

    @property
    def objective_info(self) -> Objective:
        """What the catalog knows of the metric that counts."""
        return OBJECTIVES[self.objective]

    @property
    def direction(self) -> Direction:
        """Whether more or less of what the aim counts is better."""
        return self.objective_info.direction if self.aim == "score" else "min"

    @property
    def epochs(self) -> int:
        """All epochs that a player may spend."""
        return self.budget if self.unit == "epochs" else self.budget * self.run_epochs

    def request(self) -> TrainingRequest:
        """The training that a student begins with. Raises SpecError."""
        return parse_training(
            {
                "dataset": self.dataset.model_dump(mode="json", exclude_none=True),
                "family": self.family,
                "values": self.start,
                "epochs": self.run_epochs,
                "seed": self.seed,
                "objective": self.objective,
            }
        )

    def entered(self, request: TrainingRequest) -> TrainingRequest:
        """A request with all that is the same for everybody; its knobs and epochs stay."""
        own = self.request()
        task = own.dataset.info.task
        if (request.family, request.dataset.info.task) != (own.family, task):
            return own.changed(views=list(request.views))
        epochs = min(request.epochs, self.run_epochs if self.unit == "runs" else self.budget)
        return own.changed(values=request.values, epochs=epochs, views=list(request.views))

    def refusal(self, request: TrainingRequest) -> str:
        """Why a training does not count, in one sentence; "" for one that does."""
        own = self.request()
        for field, words in _FIXED.items():
            if getattr(request, field) != getattr(own, field):
                return f"In the challenge {words} is the same for everybody. Turn the knobs."
        if request.changes:
            return "In the challenge a run begins at its first epoch: no knob turns under way."
        if request.ramp is not None or request.landscape is not None:
            return "Rate tests and landscapes are closed during the challenge. Train a run."
        if self.unit == "runs" and request.epochs > self.run_epochs:
            return (
                f"A run of this challenge has at most {self.run_epochs} epochs, received "
                f"{request.epochs}. Take fewer."
            )
        return ""

    def machine(self, strategy: str, name: str) -> StudySpec:
        """The search of a machine player, before its budget is counted in epochs.

        Each has a seed of its own: with the same one, those that begin at random begin alike.
        """
        known = known_to(self.family, self.dataset.info.task)
        searched = {n: dict(known[n].suggested) for n in self.knobs if n in known}
        return parse_spec(
            {
                "name": name,
                "seed": self.seed + 1 + self.machines.index(strategy),
                "dataset": self.dataset.model_dump(mode="json", exclude_none=True),
                "model": {"family": self.family},
                "space": {**self.request().values, **searched},
                "strategy": {"id": strategy},
                "objective": self.objective,
                "budget": {"epochs": self.run_epochs},
            }
        )

    def reaches(self, score: float | None) -> bool:
        """Whether a score reaches the target; every score does where there is none."""
        if score is None:
            return False
        return self.target is None or not self.objective_info.better(self.target, score)


_FIXED = {
    "dataset": "the data with its split",
    "family": "the kind of network",
    "seed": "the seed",
    "trial": "the seed",
    "objective": "the metric",
}

_DIGITS = {"id": "digits", "validation": 0.15, "test": 0.7, "seed": 1}
"""Training rows few enough for a run to take a moment, validation rows few enough for luck, test
rows enough to show it."""

PRESETS: dict[str, Challenge] = {
    id: Challenge.model_validate(document)
    for id, document in {
        "digits": {
            "title": "Read handwritten digits",
            "dataset": _DIGITS,
            "budget": 120,
            "start": {"units": 16, "layers": 1, "learning_rate": 0.001, "batch_size": 32},
        },
        "small": {
            "title": "The smallest network that reads digits",
            "dataset": _DIGITS,
            "aim": "parameters",
            "target": 0.93,
            "budget": 300,
            "run_epochs": 20,
            "start": {"units": 64, "layers": 2, "learning_rate": 0.003, "batch_size": 32},
        },
        "fast": {
            "title": "Two moons in the fewest epochs",
            "dataset": {"id": "moons", "validation": 0.25, "test": 0.5, "noise": 0.3, "seed": 1},
            "objective": "val_loss",
            "aim": "epochs",
            "target": 0.3,
            "budget": 300,
            "run_epochs": 20,
            "start": {"units": 8, "layers": 1, "learning_rate": 0.001, "batch_size": 32},
        },
    }.items()
}
"""Challenges that are ready to begin."""
