"""The part of a script that divides the rows exactly as the study did."""

from __future__ import annotations

import numpy as np

from tuning_core.datasets.splitting import can_stratify
from tuning_core.model_export.script.code import Code, call
from tuning_core.model_export.script.facts import Facts


def dividing_code(facts: Facts) -> str:
    """Code that makes the row numbers ``train``, ``validation`` and ``test``.

    With folds ``outside`` are all rows that are not in the test part, and ``folds`` the pairs of
    training and validation rows. ``test`` is missing where the dataset has a test part of its own.
    """
    if facts.rows.ordered:
        code = _by_time(facts)
    elif facts.rows.groups is not None:
        code = _by_group(facts)
    else:
        code = _at_random(facts)
    return code if facts.folds == 1 else f"{code}\n{_folds(facts)}"


def _at_random(facts: Facts) -> str:
    indices = facts.indices
    lines = []
    before = Code("np.arange(len(y))")
    if len(indices.test):
        lines.append(f"outside, test = {_cut(facts, before, len(indices.test))}")
        before = Code("outside")
    elif facts.folds > 1:
        lines.append(f"outside = {before}")
    if facts.folds == 1:
        validation = len(indices.validation)
        lines.append(f"train, validation = {_cut(facts, before, validation)}")
    return "\n".join(lines)


def _cut(facts: Facts, rows: Code, count: int) -> Code:
    named: dict[str, object] = {"test_size": count, "random_state": facts.spec.dataset.seed}
    if facts.task == "classification":
        labels = facts.rows.y
        if rows == "outside":
            labels = labels[_outside(facts)]
        if can_stratify(labels, count):
            named["stratify"] = Code("y[outside]" if rows == "outside" else "y")
    return call("train_test_split", rows, **named)


def _outside(facts: Facts) -> np.ndarray:
    return np.concatenate([facts.indices.train, facts.indices.validation])


def _by_time(facts: Facts) -> str:
    """The newest rows are the test part, those before them validate."""
    train, validation = len(facts.indices.train), len(facts.indices.validation)
    first = f"[{train}, {train + validation}]"
    if facts.folds == 1:
        return f"train, validation, test = np.split(np.arange(len(y)), {first})"
    return f"outside, test = np.split(np.arange(len(y)), [{train + validation}])"


def _by_group(facts: Facts) -> str:
    """No group is in two parts."""
    lines = []
    rows = "np.arange(len(y))"
    groups = facts.rows.groups
    assert groups is not None
    parts = [("outside", "test", facts.indices.test)]
    if facts.folds == 1:
        parts.append(("train", "validation", facts.indices.validation))
    for kept, cut, indices in parts:
        shuffle = call(
            "GroupShuffleSplit",
            n_splits=1,
            test_size=len(np.unique(groups[indices])),
            random_state=facts.spec.dataset.seed,
        )
        lines.append(f"rows = {rows}")
        lines.append(f"kept, cut = next({shuffle}.split(rows, groups=groups[rows]))")
        lines.append(f"{kept}, {cut} = rows[kept], rows[cut]")
        rows = "outside"
    return "\n".join(lines)


def _folds(facts: Facts) -> str:
    """The parts of the rows outside the test part that take turns to validate."""
    seed = facts.spec.dataset.seed
    lines = ["outside = np.sort(outside)"]
    named = {"n_splits": facts.folds, "shuffle": True, "random_state": seed}
    if facts.rows.ordered:
        parts = f"{call('TimeSeriesSplit', facts.folds)}.split(outside)"
    elif facts.rows.groups is not None:
        parts = f"{call('GroupKFold', **named)}.split(outside, groups=groups[outside])"
    elif facts.task == "classification" and _enough(facts):
        parts = f"{call('StratifiedKFold', **named)}.split(outside, y[outside])"
    else:
        parts = f"{call('KFold', **named)}.split(outside)"
    lines.append(f"parts = {parts}")
    lines.append("folds = [(outside[train], outside[held]) for train, held in parts]")
    return "\n".join(lines)


def _enough(facts: Facts) -> bool:
    labels = facts.rows.y[_outside(facts)]
    return bool(np.unique(labels, return_counts=True)[1].min() >= facts.folds)
