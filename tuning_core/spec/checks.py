"""What a spec must hold to beyond the types of its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tuning_core.catalog import FAMILIES, DatasetInfo, Setting, StrategyInfo
from tuning_core.catalog.settings import Configurable
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


def check_clashes(space: SearchSpace, strategy: StrategyInfo, objective: str) -> None:
    """Raises SpecError for hyperparameters that a strategy or an objective leaves no sense."""
    if "epochs" in space and strategy.decides_epochs:
        raise SpecError(
            "space.epochs",
            f"{strategy.id} decides the epochs of each trial itself; leave it out and set "
            "budget.epochs, its maximum.",
        )
    if objective == "val_loss" and space["loss"].count != 1:
        raise SpecError(
            "space.loss",
            "values of different losses cannot be compared; fix the loss, or choose another "
            "objective than val_loss.",
        )


def check_settings(info: Configurable, settings: Mapping[str, Any], part: str) -> None:
    """Raises SpecError for settings that ``info`` does not have or cannot take.

    ``part`` is the field of the spec that they stand in. What lists name is checked with the
    space, later.
    """
    names = [setting.id for setting in info.settings]
    for name, value in settings.items():
        field = f"{part}.settings.{name}"
        if name not in names:
            if not names:
                raise SpecError(field, f"unknown setting; {info.id} has no settings.")
            raise SpecError(field, unknown_name("setting", name, names))
        setting = info.setting(name)
        if value is not None or setting.default is not None:
            _check_value(setting, value, field)


def _check_value(setting: Setting, value: Any, field: str) -> None:
    if not setting.is_number:
        good, what = _LISTS[setting.kind]
        if not isinstance(value, list) or not all(map(good, value)):
            raise expected(field, what, value)
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = setting.kind == "float" or isinstance(value, int)
    if not (number and whole and setting.low <= value <= setting.high):
        kind = "an integer" if setting.kind == "integer" else "a number"
        raise expected(field, f"{kind} from {setting.low:g} to {setting.high:g}", value)


def _is_names(item: Any) -> bool:
    return isinstance(item, list) and len(item) > 1 and all(isinstance(name, str) for name in item)


_LISTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "names": (lambda item: isinstance(item, str), "a list of hyperparameters"),
    "groups": (_is_names, "a list of lists of two or more hyperparameters"),
    "configurations": (
        lambda item: isinstance(item, dict),
        "a list of objects {hyperparameter: value}",
    ),
}
