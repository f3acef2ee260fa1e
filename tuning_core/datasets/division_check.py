"""Whether a study can be made of one's own rows, once they are divided, and what to know before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from tuning_core.datasets.raw import DataError, RawData
from tuning_core.datasets.splitting import fold_parts, split, split_rows
from tuning_core.space import SpecError
from tuning_core.spec.dataset import DatasetSpec

_LISTED = 5


@dataclass(frozen=True)
class _Parts:
    """Answers of the parts; ``folds`` are (training, validation), one without cross-validation."""

    folds: tuple[tuple[np.ndarray, np.ndarray], ...]
    test: np.ndarray


def check_parts(raw: RawData, own: DatasetSpec, folds: int) -> list[str]:
    """Sentences to know before a study of these rows starts.

    Raises SpecError for what no study can be made of: too few rows or groups, training rows of
    one class.
    """
    try:
        parts = _parts(raw, own, folds)
    except DataError as error:
        raise about_spec(error) from error
    if raw.info.task == "regression":
        return list(_about_values(parts, raw.info.target))
    names = raw.info.class_names
    for train, _ in parts.folds:
        if len(np.unique(train)) < 2:
            field = "group" if own.group else "time" if own.time else "target"
            raise SpecError(
                f"dataset.{field}",
                f"all training rows are of the class {names[train[0]]!r}, and two are needed to "
                "tell apart: divide the rows in another way, or give more rows.",
            )
    return list(_about_classes(parts, names))


def about_spec(error: DataError) -> SpecError:
    """What is wrong with data as what is wrong with a field of the spec."""
    field, mark, message = str(error).partition(": ")
    if mark and field.startswith(("dataset.", "cross_validation.")):
        return SpecError(field, message)
    return SpecError("dataset.id", str(error))


def _parts(raw: RawData, own: DatasetSpec, folds: int) -> _Parts:
    indices, y = split(raw, own), split_rows(raw, own).y
    divided = [(indices.train, indices.validation)]
    if folds > 1:
        divided = fold_parts(raw, own, folds)
    return _Parts(tuple((y[train], y[held]) for train, held in divided), y[indices.test])


def _about_values(parts: _Parts, target: str) -> Iterator[str]:
    held = [("training", train) for train, _ in parts.folds]
    held += [("validation", validation) for _, validation in parts.folds] + [("test", parts.test)]
    for part, y in dict(held).items():
        if len(y) > 1 and y.min() == y.max():
            yield (
                f"All {part} rows have the same {target!r}, {y[0]:g}: a score on them says little. "
                "Divide the rows in another way."
            )


def _about_classes(parts: _Parts, names: tuple[str, ...]) -> Iterator[str]:
    every = range(len(names))
    untrained: set[int] = set()
    rows = 0
    for train, validation in parts.folds:
        new = np.setdiff1d(np.concatenate([validation, parts.test]), train)
        untrained |= set(new.tolist())
        rows = max(rows, int(np.isin(np.concatenate([validation, parts.test]), new).sum()))
    if untrained:
        where = "No training row is" if len(parts.folds) == 1 else "In a fold no training row is"
        yield (
            f"{where} of the class {_listed(untrained, names)}, but {rows:,} rows of validation "
            "and test are: no model can get them right. Divide the rows in another way, or leave "
            "these classes out."
        )
    held = np.concatenate([validation for _, validation in parts.folds])
    for part, y in (("validation", held), ("test", parts.test)):
        absent = set(every) - set(np.unique(y).tolist())
        if absent and len(y):
            yield (
                f"No {part} row is of the class {_listed(absent, names)}: its score says nothing "
                "about that."
            )


def _listed(classes: Iterable[int], names: tuple[str, ...]) -> str:
    numbers = sorted(classes)
    shown = ", ".join(repr(names[number]) for number in numbers[:_LISTED])
    more = len(numbers) - _LISTED
    return shown + (f" and {more:,} more" if more > 0 else "")
