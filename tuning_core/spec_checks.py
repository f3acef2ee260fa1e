"""What parts of a spec can say against each other."""

from __future__ import annotations

from tuning_core.catalog import FAMILIES, DatasetInfo
from tuning_core.space import SearchSpace, SpecError

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
