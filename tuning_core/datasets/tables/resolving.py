"""What is done before a study of an own table starts: its spec completed, its parts checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tuning_core.catalog import DatasetInfo
from tuning_core.datasets.division_check import about_spec, check_parts
from tuning_core.datasets.raw import DataError, RawData
from tuning_core.datasets.tables.reading import TableReading, read_table
from tuning_core.datasets.tables.rows import found_or_read, load_table
from tuning_core.datasets.tables.targets import check_labels
from tuning_core.datasets.tables.uploads import table_path
from tuning_core.spec.dataset import TABLES, WRITTEN, DatasetSpec
from tuning_core.spec.study import parse_spec

_NOWHERE = "\0"
_GIVEN = (*WRITTEN, "target", "task", "classes", "group", "time", "target_scale")


def resolve(
    document: dict[str, Any],
    home: Path,
    *,
    local_files: bool = False,
    warn: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """The document of an own table with every field of it filled in.

    ``local_files`` accepts ``table:PATH``, as for ``parse_spec``. ``warn`` gets each warning.
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
        if "sha256" not in dataset:
            # A spec with one was recorded before, and means what it meant then.
            filled.setdefault("preparation", 2)
        if reading.task == "classification" and not given.classes:
            filled["classes"] = check_labels(reading.target, list(reading.labels))
        elif reading.task == "regression":
            filled.pop("classes", None)
    except DataError as error:
        raise about_spec(error) from error
    local = given.id.startswith(TABLES)
    if local:
        # The worker, and whoever resumes the study, may be in another folder.
        filled["id"] = f"{given.id.partition(':')[0]}:{path.absolute()}"
    filled.setdefault("title", path.stem[:120] if local else "Uploaded table")
    for warning in reading.warnings:
        if warn is not None:
            warn(warning)
    return {**document, "dataset": filled}


def describe(spec: DatasetSpec, home: Path) -> DatasetInfo:
    """All that is to know of a table: rows, encoded width, columns, classes; raises DataError."""
    return load_table(spec, home).info


def load(spec: DatasetSpec, home: Path) -> RawData:
    """The rows of a table; raises DataError."""
    return load_table(spec, home)


def check(spec: DatasetSpec, folds: int, home: Path) -> list[str]:
    """Sentences to know before a study of one's own table starts.

    Raises SpecError for what no study can be made of: no column to learn from, too few rows or
    groups, training rows of one class. The rows of a large table are kept in the home, once it is
    known to be good, so that the worker need not read it.
    """
    try:
        loaded = found_or_read(spec, home)
    except DataError as error:
        raise about_spec(error) from error
    found = check_parts(loaded.raw, spec, folds)
    loaded.keep(home)
    return found


def _checked(dataset: Mapping[str, Any], local_files: bool) -> DatasetSpec:
    """The dataset part as a spec, with stand-ins for what is to be found; raises SpecError."""
    task = "classification" if dataset.get("target_scale") is None else "regression"
    standing = {"target": _NOWHERE, "task": task, **dataset}
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
