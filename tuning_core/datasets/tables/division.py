"""What the parts of a table hold: known before a study of it starts, not after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tuning_core.datasets.errors import DataError
from tuning_core.datasets.folds import fold_parts
from tuning_core.datasets.raw import RawData
from tuning_core.datasets.splitting import split, split_rows
from tuning_core.datasets.tables.resolving import about_spec
from tuning_core.datasets.tables.rows import load_table
from tuning_core.space import SpecError
from tuning_core.spec.dataset import DatasetSpec

_LISTED = 5


@dataclass(frozen=True)
class _Parts:
    """Answers of the parts; ``turns`` are (training, validation), one or those of the folds."""

    turns: tuple[tuple[np.ndarray, np.ndarray], ...]
    test: np.ndarray


def check_table(own: DatasetSpec, folds: int, home: Path) -> list[str]:
    """Sentences to know before a study of one's own table starts.

    Raises SpecError for what no study can be made of: no column to learn from, too few rows or
    groups, training rows of one class.
    """
    try:
        raw = load_table(own, home)
        parts = _parts(raw, own, folds)
    except DataError as error:
        raise about_spec(error) from error
    if raw.info.task == "regression":
        return list(_about_values(parts, raw.info.target))
    names = raw.info.class_names
    for train, _ in parts.turns:
        if len(np.unique(train)) < 2:
            field = "group" if own.group else "time" if own.time else "target"
            raise SpecError(
                f"dataset.{field}",
                f"all training rows are of the class {names[train[0]]!r}, and two are needed to "
                "tell apart: divide the rows in another way, or give more rows.",
            )
    return list(_about_classes(parts, names))


def _parts(raw: RawData, own: DatasetSpec, folds: int) -> _Parts:
    indices, y = split(raw, own), split_rows(raw, own).y
    turns = [(indices.train, indices.validation)]
    if folds > 1:
        turns = fold_parts(raw, own, folds)
    return _Parts(tuple((y[train], y[held]) for train, held in turns), y[indices.test])


def _about_values(parts: _Parts, target: str) -> Iterator[str]:
    held = [("training", train) for train, _ in parts.turns]
    held += [("validation", validation) for _, validation in parts.turns] + [("test", parts.test)]
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
    for train, validation in parts.turns:
        new = np.setdiff1d(np.concatenate([validation, parts.test]), train)
        untrained |= set(new.tolist())
        rows = max(rows, int(np.isin(np.concatenate([validation, parts.test]), new).sum()))
    if untrained:
        where = "No training row is" if len(parts.turns) == 1 else "In a fold no training row is"
        yield (
            f"{where} of the class {_listed(untrained, names)}, but {rows:,} rows of validation "
            "and test are: no model can get them right. Divide the rows in another way, or leave "
            "these classes out."
        )
    held = np.concatenate([validation for _, validation in parts.turns])
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
