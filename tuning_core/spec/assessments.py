"""What can be found out about a study beside its search: each assessment, a line each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from tuning_core.space import SpecError
from tuning_core.spec.dataset import SpecPart
from tuning_core.spec.effects import DependenceOptions, HeldOutOptions, SlicesOptions
from tuning_core.spec.model import Ability
from tuning_core.spec.validation import first_problem


class NoOptions(SpecPart):
    """Nothing can be chosen."""


@dataclass(frozen=True)
class AssessmentInfo:
    """An assessment of a study, computed by a worker and kept in the study's folder.

    ``question`` is the one sentence that says what it answers. ``made_of`` says what makes a kept
    result an old one: other ``data``, another ``best`` model or its revealed test part, another
    trial of the ``search``. ``needs`` is what the study must be able to do. ``options`` are what
    can be chosen, ``shows_rows`` whether the result holds values of the data, which only those see
    who may. One that is ``quick`` is answered beside a search, others give way to searches.
    """

    id: str
    label: str
    question: str
    made_of: Literal["data", "best", "search"]
    needs: Ability
    options: type[SpecPart] = NoOptions
    shows_rows: bool = False
    quick: bool = False


class AblationOptions(SpecPart):
    """How a path is found, on how many ``seeds``.

    In rounds of every change that is left (``greedy``), or in the order of what each alone is
    worth (``quick``).
    """

    way: Literal["greedy", "quick"] = "greedy"
    seeds: Annotated[int, Field(ge=2, le=10)] = 3


class RowsCurveOptions(SpecPart):
    """On how many ``seeds`` each number of rows is trained."""

    seeds: Annotated[int, Field(ge=2, le=10)] = 3


class EnsembleOptions(SpecPart):
    """How many of the best trials may be members."""

    k: Annotated[int, Field(ge=2, le=20)] = 8


_ALL: tuple[AssessmentInfo, ...] = (
    AssessmentInfo(
        id="columns",
        label="Columns",
        question="Which columns do the best model's answers rest on?",
        made_of="best",
        needs=Ability.MODEL,
        options=HeldOutOptions,
        shows_rows=True,
    ),
    AssessmentInfo(
        id="dependence",
        label="Dependence",
        question="How does the best model's answer go with a column, all others as they are?",
        made_of="best",
        needs=Ability.MODEL,
        options=DependenceOptions,
        shows_rows=True,
        quick=True,
    ),
    AssessmentInfo(
        id="slices",
        label="Slices",
        question="On which slices of the rows is the best model worse than on the rest?",
        made_of="best",
        needs=Ability.MODEL,
        options=SlicesOptions,
        shows_rows=True,
        quick=True,
    ),
    AssessmentInfo(
        "ablation",
        "From the default to the best",
        "Which changes made the best configuration better than the default? Each is trained.",
        "best",
        Ability.TRAIN,
        AblationOptions,
    ),
    AssessmentInfo(
        "rows_curve",
        "Would more rows help?",
        "The best configuration is trained on an eighth, a quarter, half and all of the training "
        "rows.",
        "best",
        Ability.TRAIN,
        RowsCurveOptions,
    ),
    AssessmentInfo(
        id="baselines",
        label="References",
        question="Do plain models, such as trees or a linear one, do as well as the best network?",
        # The search's best and its revealed test part are held against them.
        made_of="best",
        needs=Ability.TRAIN,
    ),
    AssessmentInfo(
        id="ensemble",
        label="Ensemble",
        question="Do the best trials answer better together than the best of them alone?",
        made_of="search",
        needs=Ability.ROWS,
        options=EnsembleOptions,
    ),
    AssessmentInfo(
        id="held_out",
        label="Held-out answers",
        question="What does the best configuration say to each row, trained without it? It is "
        "trained on folds once more for that.",
        made_of="best",
        needs=Ability.MODEL,
    ),
)

ASSESSMENTS: dict[str, AssessmentInfo] = {info.id: info for info in _ALL}
"""Every assessment by its id, in the order in which they are listed."""


def chosen_options(info: AssessmentInfo, given: Mapping[str, Any]) -> SpecPart:
    """The options of an assessment. Raises SpecError, which names the field."""
    try:
        return info.options.model_validate(given)
    except ValidationError as error:
        raise first_problem(error, info.options) from None


def options_key(options: SpecPart) -> str:
    """What tells a result from that of other options; "" for the usual ones."""
    other = options.model_dump_json(exclude_defaults=True)
    return "" if other == "{}" else hashlib.sha256(other.encode()).hexdigest()[:12]


def wrong_assessment(id: str) -> SpecError:
    """What to say of a name that is no assessment."""
    return SpecError(
        "assessment", f"expected one of {', '.join(ASSESSMENTS)}, received {id[:40]!r}."
    )
