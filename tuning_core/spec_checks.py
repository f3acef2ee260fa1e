"""What a spec must hold to beyond the types of its fields."""

from __future__ import annotations

from typing import Any

from tuning_core.catalog import FAMILIES, DatasetInfo, StrategyInfo
from tuning_core.space import SearchSpace, SpecError, expected
from tuning_core.space.entries import unknown_name

_KINDS = {"image": "pictures", "table": "a table", "plane": "points in a plane"}


def check_family(family: str, info: DatasetInfo) -> None:
    """Raises SpecError when a model family cannot read the rows of a dataset."""
    accepted = FAMILIES[family].kinds
    if info.kind in accepted:
        return
    others = [name for name, other in FAMILIES.items() if info.kind in other.kinds]
    raise SpecError(
        "model.family",
        f"{family} needs {' or '.join(_KINDS[kind] for kind in accepted)}, and {info.title} is "
        f"{_KINDS[info.kind]}. Accepted with it: {', '.join(others)}.",
    )


def check_clashes(space: SearchSpace, strategy: str, objective: str) -> None:
    """Raises SpecError for hyperparameters that a strategy or an objective leaves no sense."""
    if "epochs" in space and strategy == "hyperband":
        raise SpecError(
            "space.epochs",
            "hyperband decides the epochs of each trial itself; leave it out and set "
            "budget.epochs, its maximum.",
        )
    if objective == "val_loss" and space["loss"].searched:
        raise SpecError(
            "space.loss",
            "values of different losses cannot be compared; fix the loss, or choose another "
            "objective than val_loss.",
        )


def check_setting(info: StrategyInfo, name: str, value: Any) -> None:
    """Raises SpecError for a setting that a strategy does not have or cannot take."""
    field = f"strategy.settings.{name}"
    names = [setting.id for setting in info.settings]
    if name not in names:
        if not names:
            raise SpecError(field, f"unknown setting; {info.id} has no settings.")
        raise SpecError(field, unknown_name("setting", name, names))
    setting = info.setting(name)
    if value is None and setting.default is None:
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = setting.kind == "float" or isinstance(value, int)
    if not (number and whole and setting.low <= value <= setting.high):
        kind = "an integer" if setting.kind == "integer" else "a number"
        raise expected(field, f"{kind} from {setting.low:g} to {setting.high:g}", value)
