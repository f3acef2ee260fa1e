"""A spec with a table of the user's own, completed from the table before the study starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tuning_core.catalog import DatasetInfo
from tuning_core.datasets.errors import DataError
from tuning_core.datasets.tables.reading import TableReading, read_table
from tuning_core.datasets.tables.rows import load_table
from tuning_core.datasets.tables.targets import check_labels
from tuning_core.datasets.tables.uploads import table_path
from tuning_core.space import SpecError
from tuning_core.spec.dataset import LOCAL, UPLOAD, WRITTEN, DatasetSpec
from tuning_core.spec.study import parse_spec

_NOWHERE = "\0"
_GIVEN = (*WRITTEN, "target", "task", "classes", "group", "time")


def resolve_table(
    document: dict[str, Any],
    home: Path,
    *,
    local_files: bool = False,
    say: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """The document with every field of its own table filled in; any other as it is.

    ``local_files`` accepts ``csv:PATH``, as for ``parse_spec``. ``say`` gets each warning.
    Raises SpecError, also for what is wrong with the table.
    """
    dataset = document.get("dataset")
    if not isinstance(dataset, Mapping) or not _own(dataset.get("id")):
        return document
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
        if say is not None:
            say(warning)
    return {**document, "dataset": filled}


def describe_table(spec: DatasetSpec, home: Path) -> DatasetInfo:
    """All that is to know of a table: rows, encoded width, columns, classes; raises DataError."""
    return load_table(spec, home).info


def _own(dataset_id: object) -> bool:
    return isinstance(dataset_id, str) and dataset_id.startswith((LOCAL, UPLOAD))


def _checked(dataset: Mapping[str, Any], local_files: bool) -> DatasetSpec:
    """The dataset part as a spec, with stand-ins for what is to be found; raises SpecError."""
    standing = {"target": _NOWHERE, "task": "classification", **dataset}
    return parse_spec({"dataset": standing}, local_files=local_files).dataset


def _given(dataset: Mapping[str, Any]) -> dict[str, Any]:
    return {name: dataset[name] for name in _GIVEN if dataset.get(name) is not None}


def _filled(reading: TableReading) -> dict[str, Any]:
    return {
        "task": reading.task,
        **{name: getattr(reading, name) for name in WRITTEN},
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
