"""What the pages know of the data of a spec; one's own is read once and remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components.shared.manager_session import home, manager
from pages.components.shared.user import person, user_id
from tuning_core.catalog import DatasetInfo
from tuning_core.datasets import (
    DataError,
    Preview,
    check_own,
    describe,
    preview_own,
    read_table,
    resolve,
)
from tuning_core.datasets.pictures.reading import Pictures, read_pictures
from tuning_core.datasets.pictures.resolving import pictures_path
from tuning_core.datasets.tables.reading import TableReading
from tuning_core.datasets.tables.uploads import table_path
from tuning_core.datasets.uploads import gone
from tuning_core.space import SpecError
from tuning_core.spec.dataset import UPLOAD, DatasetSpec
from tuning_core.spec.study import StudySpec

Document = dict[str, Any]
FRESH_SECONDS = 15
"""Seconds for which the list of a user's tables may lag behind."""


def dataset_info(dataset: Mapping[str, Any]) -> DatasetInfo:
    """What the ``dataset`` part of a spec says by itself: of an own table no rows, no inputs."""
    return DatasetSpec.model_validate(dict(dataset)).info


def described(spec: DatasetSpec) -> DatasetInfo:
    """What is known of a dataset in full; reads data of one's own. Raises DataError."""
    if not spec.own:
        return spec.info
    _refuse(spec.id)
    return _described(spec.model_dump_json(exclude_none=True), str(home()))


def checked(spec: StudySpec) -> list[str]:
    """Sentences to know before a study of one's own data starts. Raises SpecError."""
    if not spec.dataset.own:
        return []
    _refuse(spec.dataset.id)
    document = spec.dataset.model_dump_json(exclude_none=True)
    return _checked(document, spec.folds, str(home()))


def table_file(identity: str) -> Path | None:
    """The file of ``upload:<sha256>``, None when this home has no such file of the user's."""
    try:
        _refuse(identity)
        return table_path(identity, home())
    except DataError:
        return None


def picture_file(identity: str) -> Path | None:
    """The zip of pictures of ``upload:<sha256>``, None when there is none of the user's."""
    try:
        _refuse(identity)
        return pictures_path(identity, home())
    except DataError:
        return None


def picture_reading(path: Path, side: int) -> Pictures:
    """The pictures of a zip without their pixels. Raises DataError."""
    return _pictures(str(path), side, str(home()))


def table_reading(path: Path, given: Mapping[str, Any]) -> TableReading:
    """How a table's file is understood when some of it is given. Raises DataError."""
    return _reading(str(path), json.dumps(given, sort_keys=True))


def resolved(document: Document) -> Document:
    """The ``dataset`` part of a spec with all that is inferred. Raises SpecError."""
    if not _readable(str(document.get("id", ""))):
        raise SpecError("dataset.id", str(gone()).partition(": ")[2])
    return _resolved(json.dumps(document, sort_keys=True), str(home()))


def own_preview(spec: DatasetSpec) -> Preview:
    """A look at data of one's own. Raises DataError."""
    _refuse(spec.id)
    return _preview(_identity(spec), str(home()))


def _readable(identity: str) -> bool:
    return manager().access.may_read(identity, person())


def _refuse(identity: str) -> None:
    """Raises DataError for data that is not the user's to see: as if it were not there."""
    if not _readable(identity):
        raise gone()


def _identity(spec: DatasetSpec) -> str:
    """What tells tables apart, as JSON: not how their rows are shared out."""
    shares = {"validation", "test", "seed", "class_weights"}
    return spec.model_dump_json(exclude_none=True, exclude=shares)


# Files are named for their content, so what was read of one never grows old.
@st.cache_data(show_spinner=False, max_entries=32)
def _described(document: str, folder: str) -> DatasetInfo:
    return describe(DatasetSpec.model_validate_json(document), Path(folder))


@st.cache_data(show_spinner=False, max_entries=32)
def _checked(document: str, folds: int, folder: str) -> list[str]:
    return check_own(DatasetSpec.model_validate_json(document), folds, Path(folder))


@st.cache_data(show_spinner=False, max_entries=8)
def _preview(document: str, folder: str) -> Preview:
    return preview_own(DatasetSpec.model_validate_json(document), Path(folder))


@st.cache_data(show_spinner="Reading the pictures", max_entries=16)
def _pictures(path: str, side: int, folder: str) -> Pictures:
    found = read_pictures(Path(path), side, Path(folder))
    return replace(found, x=found.x[:0])


@st.cache_data(show_spinner="Reading the table", max_entries=16)
def _reading(path: str, given: str) -> TableReading:
    return read_table(Path(path), **json.loads(given))


@st.cache_data(show_spinner="Reading the data", max_entries=32)
def _resolved(document: str, folder: str) -> Document:
    dataset: Document = resolve({"dataset": json.loads(document)}, Path(folder))["dataset"]
    return dataset


def own_tables() -> dict[str, dict[str, Any]]:
    """The ``dataset`` part of a spec by id, newest first: read as the newest study of it does."""
    found = _own_tables(user_id(), str(home()))
    return {identity: dataset for identity, dataset in found.items() if _readable(identity)}


@st.cache_data(show_spinner=False, ttl=FRESH_SECONDS, max_entries=64)
def _own_tables(who: str, folder: str) -> dict[str, dict[str, Any]]:
    store = manager().store
    own = store.readers.studies(who)
    found: dict[str, dict[str, Any]] = {}
    for study in store.studies() if own else ():
        dataset = study.spec.get("dataset", {})
        if study.id in own and str(dataset.get("id")).startswith(UPLOAD):
            found.setdefault(dataset["id"], dataset)
    return found
