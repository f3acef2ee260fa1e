"""What a user may change in a study that has begun, and what each change comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from tuning_core.catalog import Extent, Value
from tuning_core.space import (
    Config,
    Fixed,
    SearchSpace,
    SpecError,
    expected,
)
from tuning_core.space.entries import checked_value, unknown_hyperparameter
from tuning_core.spec.dataset import SpecPart
from tuning_core.spec.parts import MAX_SECONDS, MAX_TRIALS
from tuning_core.spec.plan import hyperband_schedule
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.validation import first_problem


class SpaceEdit(SpecPart):
    """Other ranges from the next trial on; ``space`` replaces that of the spec as a whole."""

    what: Literal["space"] = "space"
    space: dict[str, Any]


class BudgetEdit(SpecPart):
    """More trials, more seconds, other ends by scores, or several of these.

    ``seconds`` 0 takes the time limit away, ``target`` "none" the target.
    """

    what: Literal["budget"] = "budget"
    trials: Annotated[int, Field(ge=1, le=MAX_TRIALS)] | None = None
    seconds: Annotated[float, Field(ge=0, le=MAX_SECONDS)] | None = None
    target: float | Literal["none"] | None = None
    settled: bool | None = None


class TrialEdit(SpecPart):
    """A trial of the user's own, beside the budget; ``retries`` is the trial that it repeats."""

    what: Literal["trial"] = "trial"
    values: dict[str, Any]
    retries: Annotated[int, Field(ge=1)] | None = None


class KillEdit(SpecPart):
    """The end of a trial that is stuck."""

    what: Literal["kill"] = "kill"
    trial: Annotated[int, Field(ge=1)]


Edit = SpaceEdit | BudgetEdit | TrialEdit | KillEdit
_KINDS: dict[str, type[Edit]] = {
    "space": SpaceEdit,
    "budget": BudgetEdit,
    "trial": TrialEdit,
    "kill": KillEdit,
}


def parse_edit(document: Any) -> Edit:
    """The edit that a JSON object describes; raises SpecError."""
    kind = _KINDS.get(str(document.get("what"))) if isinstance(document, dict) else None
    if kind is None:
        raise expected("edit", f'an object whose "what" is one of {", ".join(_KINDS)}', document)
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise first_problem(error, kind) from None


def edited(spec: StudySpec, edit: Edit) -> StudySpec:
    """The spec once an edit is in effect; raises SpecError when it cannot be."""
    document = spec.model_dump(mode="json", exclude_none=True)
    if isinstance(edit, SpaceEdit):
        if spec.strategy.info.ranges_stay:
            raise SpecError("space", spec.strategy.info.ranges_stay)
        document["space"] = edit.space
    elif isinstance(edit, BudgetEdit):
        _extend(document, spec, edit)
    elif isinstance(edit, TrialEdit):
        own_config(spec, edit.values)
        return spec
    else:
        return spec
    return parse_spec(document, local_files=True)


def _extend(document: dict[str, Any], spec: StudySpec, edit: BudgetEdit) -> None:
    budget = document["budget"]
    if edit.trials is not None:
        if edit.trials < spec.trials:
            what = f"at least {spec.trials:,}, the trials of the present budget"
            raise expected("budget.trials", what, edit.trials)
        if spec.strategy.info.extent is Extent.LIST and edit.trials > len(spec.listed):
            raise SpecError(
                "budget.trials",
                f"the list has {len(spec.listed):,} configurations; add trials of your own to go "
                "beyond it.",
            )
        budget["trials"] = edit.trials
        if spec.strategy.info.extent is Extent.BRACKETS:
            settings = document["strategy"].setdefault("settings", {})
            settings["iterations"] = _iterations(spec, edit.trials)
    if edit.seconds is not None:
        budget.pop("seconds", None)
        if edit.seconds:
            limit = spec.budget.seconds
            if limit is not None and edit.seconds < limit:
                what = f"at least {limit:g}, the present limit, or 0 for none"
                raise expected("budget.seconds", what, edit.seconds)
            budget["seconds"] = edit.seconds
    if edit.target is not None:
        budget["target"] = None if edit.target == "none" else edit.target
    if edit.settled is not None:
        budget["settled"] = edit.settled and budget.get("settled", True)


def _iterations(spec: StudySpec, trials: int) -> int:
    """How often Hyperband's brackets are run to make so many trials, at least as often as now."""
    iterations = int(spec.strategy.setting("iterations"))
    rounds = hyperband_schedule(spec.budget.epochs, int(spec.strategy.setting("factor")))
    return max(iterations, -(-trials // sum(item.size for item in rounds)))


def own_config(spec: StudySpec, values: Mapping[str, Any]) -> Config:
    """A configuration of the user's own in full, inside the ranges of the spec or outside.

    What ``values`` leaves out has the fixed value of the space, or of a range the value nearest
    to the default. Raises SpecError for what no network of the family can have.
    """
    family, task, known = spec.model.family, spec.dataset_info.task, spec.known
    for name in values:
        if name not in known:
            raise SpecError(f"trial.{name}", unknown_hyperparameter(name, family, task, known))
    given = {name: checked_value(known[name], v, f"trial.{name}") for name, v in values.items()}
    strategy = spec.strategy.info
    if "epochs" in given and strategy.decides_epochs:
        raise SpecError("trial.epochs", f"{strategy.title} decides the epochs; leave it out.")
    space = spec.search_space
    parameters = [
        Fixed(
            parameter.name,
            given[parameter.name]
            if parameter.name in given
            else space.starting_value(parameter.name)
            if parameter.searched
            else parameter.quantile(0.0),
            when=parameter.when,
        )
        for parameter in space.parameters
    ]
    parameters += [
        Fixed(name, value, when=dict(known[name].when))
        for name, value in given.items()
        if name not in space
    ]
    return SearchSpace(parameters, known).complete({})


def informs(spec: StudySpec, config: Mapping[str, Value]) -> bool:
    """Whether a trial with this configuration tells the strategy of the spec something.

    One outside its ranges does not: it has no place on their scales.
    """
    return spec.search_space.contains(config)
