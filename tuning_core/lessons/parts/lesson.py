"""What a lesson is made of: a text, knobs, trainings, pictures, claims and a question.

A lesson states nothing that its own picture contradicts: whatever it says about the picture is a
:class:`Claim`, a sentence with the outcome of checking it against the numbers behind the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from tuning_core.catalog import Value
from tuning_core.charts.lessons import Chart
from tuning_core.lessons.parts.aims import Aim, PictureAim
from tuning_core.lessons.parts.curves import Chosen, LessonRun, Seen, Style


@dataclass(frozen=True)
class Knob:
    """Something to turn: one of ``options``, at first ``default``.

    ``words`` says how a value is written where the value itself would not do. A knob of the kind
    "step" counts something that is gone through in order; it has a button for the next one.
    """

    id: str
    label: str
    options: tuple[Value, ...]
    default: Value
    help: str = ""
    words: Mapping[Value, str] = field(default_factory=lambda: MappingProxyType({}))
    kind: Literal["slider", "choice", "step"] = "slider"


@dataclass(frozen=True)
class Claim:
    """A sentence about the picture, and whether the numbers behind the picture bear it out."""

    words: str
    holds: bool


@dataclass(frozen=True)
class Answer:
    """Which option of the question is right (from 0), and why."""

    right: int
    why: str


@dataclass(frozen=True)
class Question:
    """A question with options; ``answer`` reads it off the complete picture."""

    words: str
    options: tuple[str, ...]
    answer: Callable[[Seen], Answer]


@dataclass(frozen=True)
class TryIt:
    """Where *Try it* leads: one network to turn the knobs of, or a study to search with.

    ``document`` describes a training for "what_if" and is a spec for "new_study".
    """

    page: Literal["what_if", "new_study"]
    document: Mapping[str, Any]


def network(
    values: Mapping[str, Value], epochs: int, dataset: Mapping[str, Any], seed: int = 1
) -> TryIt:
    """One network in What-if, with every knob in reach."""
    return TryIt(
        "what_if",
        {"dataset": dict(dataset), "values": dict(values), "epochs": epochs, "seed": seed},
    )


def search(
    name: str,
    space: Mapping[str, Any],
    strategy: str = "random",
    *,
    dataset: Mapping[str, Any] | None = None,
    trials: int = 20,
    epochs: int = 10,
    settings: Mapping[str, Any] | None = None,
    **fields: Any,
) -> TryIt:
    """A search in New study; further ``fields`` are those of a spec."""
    return TryIt(
        "new_study",
        {
            "name": name,
            "dataset": dict(dataset or {"id": "digits"}),
            "model": {"family": "mlp"},
            "space": dict(space),
            "strategy": {"id": strategy, "settings": dict(settings or {})},
            "budget": {"trials": trials, "epochs": epochs},
            **fields,
        },
    )


@dataclass(frozen=True)
class Lesson:
    """One lesson. ``text`` has a paragraph a line; functions read what is chosen or seen.

    ``runs`` names the trainings behind the picture, those to see first coming first. ``pictures``
    draws at any time; ``claims`` and the question's answer hold once all trainings have ended.
    ``drawn`` is the label of the training whose network is drawn, where one is.
    """

    id: str
    title: str
    text: tuple[str, ...]
    pictures: Callable[[Seen, Style], tuple[Chart, ...]]
    claims: Callable[[Seen], tuple[Claim, ...]]
    question: Question
    try_it: Callable[[Chosen], TryIt]
    aim: Aim | PictureAim
    references: tuple[str, ...]
    knobs: tuple[Knob, ...] = ()
    runs: Callable[[Chosen], tuple[LessonRun, ...]] = lambda chosen: ()
    drawn: Callable[[Chosen], str] | None = None

    def start(self) -> dict[str, Value]:
        """Every knob at its default."""
        return {knob.id: knob.default for knob in self.knobs}
