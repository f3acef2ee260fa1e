"""A table of the user's own in New study: its file, what is predicted and from which columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.new_study.table_columns import render_columns
from pages.components.new_study.table_reading import in_labels, render_reading
from pages.components.shared import html
from pages.components.shared.study_draft import key, plain_key
from pages.components.shared.table_cache import (
    Document,
    described,
    resolved,
    table_file,
    table_reading,
)
from pages.components.shared.uploads import arrived, forget_arrived, render_table_upload
from tuning_core.datasets import DataError
from tuning_core.datasets.tables.readers import labels
from tuning_core.datasets.tables.reading import TableReading
from tuning_core.findings.formatting import count, size
from tuning_core.space import SpecError
from tuning_core.spec.dataset import UPLOAD, ColumnKind, DatasetSpec

CORRECT = "The table needs a correction first; the sentence beside it says which."
TASKS = {"classification": "a class", "regression": "a number"}
SPLITS = {"": "at random", "group": "keeping groups whole", "time": "by time, latest kept back"}

WARNINGS_SHOWN = 4

_UPLOADER = "table"
_CACHED = "own_table"


def cached_table() -> Document:
    """The table that the form last had, for a user who comes back to it."""
    cached: Document = st.session_state.get(_CACHED, {"id": UPLOAD})
    return cached


def render_own_table(dataset: Document) -> tuple[Document, str]:
    """Draw the table's part of the section; return its part of the spec, and what it lacks yet.

    ``dataset`` is the draft's. The second is "" when a study can be made of the first.
    """
    upload = arrived(_UPLOADER)
    if upload is not None and upload.id == dataset["id"]:
        forget_arrived(_UPLOADER)
    elif upload is not None:
        dataset = {"id": upload.id, "title": upload.title}
    path = table_file(dataset["id"])
    if path is None:
        _render_first_upload(dataset)
        part, missing = dataset, f"Choose a {labels()} file first: the plan follows from it."
    else:
        part, missing = _render_table(dataset, path)
    st.session_state[_CACHED] = part
    return part, missing


def _render_first_upload(dataset: Document) -> None:
    if dataset["id"] != UPLOAD:
        st.info(
            "The table of this spec is not here or not yours. Choose its file: when the content "
            "is the same, everything else is as the spec says."
        )
    st.html(
        html.text(
            f"A {labels()} file with a row per example and, best, the names of the columns in its "
            "first line. Delimiter, decimal mark, letters, kinds of columns and task are found and "
            "can be corrected. The file may be packed (.gz, .zip); it stays on the machine that "
            "serves this page.",
            "ts-muted ts-small ts-lead",
        )
    )
    render_table_upload(f"{labels()} file", _UPLOADER)


def _render_table(dataset: Document, path: Path) -> tuple[Document, str]:
    facts, other = st.columns([4.5, 1], vertical_alignment="center")
    with other, st.popover("Another file", width="stretch"):
        render_table_upload(f"{labels()} file", _UPLOADER)
    reading, given = render_reading(dataset, path)
    part: Document = {name: dataset[name] for name in ("id", "title") if name in dataset} | given
    if reading is None:
        return part, CORRECT
    facts.html(
        html.facts(
            [
                ("table", str(dataset.get("title", "Uploaded table"))),
                ("rows", f"{reading.rows:,}"),
                ("columns", f"{len(reading.columns):,}"),
                ("size", size(path.stat().st_size)),
            ]
        )
    )
    return _render_meaning(dataset, part, reading, path)


def _render_meaning(
    dataset: Document, part: Document, reading: TableReading, path: Path
) -> tuple[Document, str]:
    """Draw target, task, split and columns; return as ``render_own_table`` does."""
    names = [column.name for column in reading.columns]
    mark = _stamp(names, path)
    target_column, task_column, *places = st.columns(4, gap="medium")
    with target_column:
        first = dataset.get("target")
        part["target"] = target = st.selectbox(
            "Column to predict",
            names,
            key=key(f"target-{mark}", first if first in names else reading.target),
        )
    part |= _render_split(dataset, [name for name in names if name != target], mark, places)
    place = st.container()
    try:
        if reading.target != target or {"group", "time"} & part.keys():
            reading = _read_again(part, path)
        same = dataset.get("target") == target
        with task_column:
            part["task"] = st.selectbox(
                "What it is",
                list(TASKS),
                format_func=TASKS.__getitem__,
                key=key(
                    f"task-{mark}-{names.index(target)}",
                    dataset["task"] if same and dataset.get("task") else reading.task,
                ),
                help="A class is one of a few values; a number is estimated.",
            )
        if scale := _render_scale(dataset, part, reading, mark):
            part |= scale
            reading = _read_again(part, path)
        _render_warnings(reading.warnings, place)
        part["columns"] = render_columns(reading, target, _kinds(dataset, part, names), mark)
        if all(dataset.get(name) == part[name] for name in part if name != "columns"):
            # Their order says which of two classes counts as positive.
            part |= {"classes": dataset["classes"]} if "classes" in dataset else {}
        if "sha256" in dataset:
            # Recorded before: its columns go on to become what they became.
            part["preparation"] = dataset.get("preparation", 1)
        part = resolved(part)
        described(DatasetSpec.model_validate(part))
    except (DataError, SpecError) as error:
        place.error(html.plain(in_labels(str(error))))
        return part, CORRECT
    return part, ""


def _read_again(part: Document, path: Path) -> TableReading:
    """The table by what is chosen so far. Raises DataError."""
    asked = {name: value for name, value in part.items() if name not in ("id", "title")}
    return table_reading(path, asked)


def _render_scale(dataset: Document, part: Document, reading: TableReading, mark: str) -> Document:
    """Draw the scale on which values are learnt, where one is offered; its part of the spec."""
    same = dataset.get("target") == part["target"]
    given = dataset.get("target_scale") if same else None
    offered = given or (reading.log_scale if reading.target == part["target"] else None)
    if part["task"] != "regression" or offered is None:
        return {}
    chosen = st.toggle(
        "Learn logarithms of the values",
        value=given is not None,
        key=plain_key(f"scale-{mark}-{crc32(part['target'].encode()):08x}"),
        help="Of values that differ by factors rather than by amounts, such as prices, incomes or "
        "counts, logarithms are easier to learn. Scores, answers and errors stay in the unit of "
        "the table.",
    )
    return {"target_scale": offered} if chosen else {}


def _kinds(dataset: Document, part: Document, names: list[str]) -> dict[str, ColumnKind]:
    """What the draft says of columns that the table has; of what now splits it, nothing."""
    splits = [part[field] for field in ("group", "time") if field in part]
    return {
        name: kind
        for name, kind in (dataset.get("columns") or {}).items()
        if name in names
        and (name not in splits or name in (dataset.get("group"), dataset.get("time")))
    }


def _render_warnings(warnings: Sequence[str], place: DeltaGenerator) -> None:
    """Draw the first few as one block; what is said of columns stands beside them as well."""
    if not warnings:
        return
    lines = [html.plain(in_labels(warning)) for warning in warnings[:WARNINGS_SHOWN]]
    if len(warnings) > WARNINGS_SHOWN:
        lines.append(f"and {count(len(warnings) - WARNINGS_SHOWN, 'more note')} below")
    place.warning("\n".join(f"- {line}" for line in lines) if len(lines) > 1 else lines[0])


def _render_split(
    dataset: Document, names: list[str], mark: str, places: Sequence[DeltaGenerator]
) -> Document:
    """Draw how rows are kept together; return ``group`` or ``time`` of the spec, if any."""
    given = next((field for field in ("group", "time") if dataset.get(field) in names), "")
    with places[0]:
        split = st.selectbox(
            "Rows are divided",
            list(SPLITS),
            format_func=SPLITS.__getitem__,
            key=key(f"split-{mark}", given),
            help="Keep the rows of one patient or customer in one part; test what is forecast "
            "on what came last.",
        )
    if not split:
        return {}
    first = dataset.get(split)
    with places[1]:
        column = st.selectbox(
            "Groups are in" if split == "group" else "Time is in",
            names,
            key=key(f"{split}-{mark}", first if first in names else names[0]),
        )
    return {split: column}


def _stamp(names: Sequence[str], path: Path) -> str:
    """Ends the keys of widgets that belong to one file with columns of these names."""
    return f"{path.stem[:8]}-{crc32(chr(0).join(names).encode()):08x}"
