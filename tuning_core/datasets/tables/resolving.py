"""What is done before a study of an own table starts: its spec completed, its parts checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tuning_core.catalog import DatasetInfo
from tuning_core.datasets.raw import DataError, RawData
from tuning_core.datasets.splitting import fold_parts, split, split_rows
from tuning_core.datasets.tables.reading import TableReading, read_table
from tuning_core.datasets.tables.rows import found_or_read, load_table
from tuning_core.datasets.tables.targets import check_labels
from tuning_core.datasets.tables.uploads import table_path
from tuning_core.space import SpecError
from tuning_core.spec.dataset import LOCAL, WRITTEN, DatasetSpec
from tuning_core.spec.study import parse_spec

_NOWHERE = "\0"
_LISTED = 5
_GIVEN = (*WRITTEN, "target", "task", "classes", "group", "time")


def resolve_table(
    document: dict[str, Any],
    home: Path,
    *,
    local_files: bool = False,
    warn: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """The document of an own table with every field of it filled in.

    ``local_files`` accepts ``csv:PATH``, as for ``parse_spec``. ``warn`` gets each warning.
    Raises SpecError, also for what is wrong with the table.
    """
    dataset = document["dataset"]
    given = _checked(dataset, local_files)
    try:
        path = table_path(given.id, home)
        reading = read_table(path, columns=given.columns, **_given(dataset))
        if given.sha256 not in (None, reading.sha256):
            raise DataError(
                "dataset.sha256: the file is not the one that this spec was made for; put that "
                "one back, or remove sha256 from the spec."
            )
        if "target" not in dataset:
            names = ", ".join(info.name for info in reading.columns[:20])
            raise DataError(f"dataset.target: is missing: name the column to predict, of {names}.")
        filled = {**dataset, **_filled(reading)}
        if reading.task == "classification" and not given.classes:
            filled["classes"] = check_labels(reading.target, list(reading.labels))
        elif reading.task == "regression":
            filled.pop("classes", None)
    except DataError as error:
        raise about_spec(error) from error
    if given.id.startswith(LOCAL):
        # The worker, and whoever resumes the study, may be in another folder.
        filled["id"] = LOCAL + str(path.absolute())
    filled.setdefault("title", path.stem[:120] if given.id.startswith(LOCAL) else "Uploaded table")
    for warning in reading.warnings:
        if warn is not None:
            warn(warning)
    return {**document, "dataset": filled}


def describe_table(spec: DatasetSpec, home: Path) -> DatasetInfo:
    """All that is to know of a table: rows, encoded width, columns, classes; raises DataError."""
    return load_table(spec, home).info


@dataclass(frozen=True)
class _Parts:
    """Answers of the parts; ``folds`` are (training, validation), one without cross-validation."""

    folds: tuple[tuple[np.ndarray, np.ndarray], ...]
    test: np.ndarray


def check_table(own: DatasetSpec, folds: int, home: Path) -> list[str]:
    """Sentences to know before a study of one's own table starts.

    Raises SpecError for what no study can be made of: no column to learn from, too few rows or
    groups, training rows of one class. The rows of a large table are kept in the home, once it is
    known to be good, so that the worker need not read it.
    """
    try:
        loaded = found_or_read(own, home)
        parts = _parts(loaded.raw, own, folds)
    except DataError as error:
        raise about_spec(error) from error
    warnings = list(_about_parts(parts, own, loaded.raw.info))
    loaded.keep(home)
    return warnings


def _about_parts(parts: _Parts, own: DatasetSpec, info: DatasetInfo) -> Iterator[str]:
    """Warnings about the parts that rows are divided into; raises SpecError."""
    if info.task == "regression":
        yield from _about_values(parts, info.target)
        return
    for train, _ in parts.folds:
        if len(np.unique(train)) < 2:
            field = "group" if own.group else "time" if own.time else "target"
            raise SpecError(
                f"dataset.{field}",
                f"all training rows are of the class {info.class_names[train[0]]!r}, and two are "
                "needed to tell apart: divide the rows in another way, or give more rows.",
            )
    yield from _about_classes(parts, info.class_names)


def _checked(dataset: Mapping[str, Any], local_files: bool) -> DatasetSpec:
    """The dataset part as a spec, with stand-ins for what is to be found; raises SpecError."""
    standing = {"target": _NOWHERE, "task": "classification", **dataset}
    return parse_spec({"dataset": standing}, local_files=local_files).dataset


def _given(dataset: Mapping[str, Any]) -> dict[str, Any]:
    return {name: dataset[name] for name in _GIVEN if dataset.get(name) is not None}


def _filled(reading: TableReading) -> dict[str, Any]:
    return {
        "task": reading.task,
        **reading.written,
        "columns": {
            info.name: info.kind for info in reading.columns if info.name != reading.target
        },
        "sha256": reading.sha256,
    }


def about_spec(error: DataError) -> SpecError:
    """What is wrong with a table as what is wrong with a field of the spec."""
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
