"""The rows of a table of the user's own, as the search will split and encode them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.columns import plan_columns
from tuning_core.datasets.raw import DataError, RawData
from tuning_core.datasets.tables import dates, kept_rows
from tuning_core.datasets.tables.answers import answers_of, odd_value
from tuning_core.datasets.tables.kinds import look_at
from tuning_core.datasets.tables.readers import check_file, open_table, recorded
from tuning_core.datasets.tables.reading import check_names
from tuning_core.datasets.tables.table import Cells, Table, check_rows
from tuning_core.datasets.tables.uploads import table_path
from tuning_core.spec.dataset import WORDS, ColumnKind, DatasetSpec


@dataclass(frozen=True)
class LoadedTable:
    """The rows of a table of ``read`` rows; ``key`` names them where they are to be kept."""

    raw: RawData
    read: int
    key: str | None

    def keep(self, home: Path) -> None:
        """Keep the rows in the home, so that the next process need not read the table."""
        if self.key is None:
            return
        raw, arrays = self.raw, {"y": self.raw.y}
        if raw.groups is not None:
            arrays["groups"] = raw.groups
        if not isinstance(raw.x.index, pd.RangeIndex):
            arrays["index"] = raw.x.index.to_numpy()
        columns = {str(name): _values_of(raw.x[name]) for name in raw.x.columns}
        facts = {
            "read": self.read,
            "labels": list(raw.info.class_names),
            "ordered": raw.ordered,
            "date_forms": dict(raw.date_forms),
            "units": dict(raw.units),
        }
        kept_rows.keep(home, self.key, kept_rows.KeptRows(columns, arrays, facts))


def load_table(spec: DatasetSpec, home: Path) -> RawData:
    """The rows of ``spec``'s table, those without a target left out; raises DataError.

    ``x`` is a DataFrame: numbers and days since 1970 as float64, categories as Categorical.
    With ``spec.time`` the rows are in the order of that column, oldest first.
    """
    loaded = found_or_read(spec, home)
    loaded.keep(home)
    return loaded.raw


def found_or_read(spec: DatasetSpec, home: Path) -> LoadedTable:
    """As ``load_table``, and nothing is written."""
    path = table_path(spec.id, home)
    key = kept_rows.key_of(spec, path)
    kept = None if key is None else kept_rows.find(home, key)
    if kept is None:
        raw, read, content = _read_rows(spec, path)
        # The file may have changed since the key was made.
        return LoadedTable(raw, read, key if key and key.startswith(content) else None)
    check_file(path)
    check_rows(kept.facts["read"])
    frame = pd.DataFrame(kept.columns, index=kept.arrays.get("index"), copy=False)
    raw = _raw(
        spec,
        frame,
        kept.arrays["y"],
        tuple(kept.facts["labels"]),
        kept.arrays.get("groups"),
        kept.facts["ordered"],
        kept.facts["date_forms"],
    )
    return LoadedTable(replace(raw, units=kept.facts["units"]), kept.facts["read"], None)


def _values_of(column: pd.Series) -> np.ndarray | pd.Categorical:
    return column.array if isinstance(column.array, pd.Categorical) else column.to_numpy()


def _read_rows(spec: DatasetSpec, path: Path) -> tuple[RawData, int, str]:
    """(the rows of a study, how many the table has, the hash of its bytes)."""
    assert spec.target is not None
    kinds: dict[str, ColumnKind] = dict(spec.columns or {})
    texts = [name for name, kind in kinds.items() if kind in WORDS]
    ignored = {name for name, kind in kinds.items() if kind == "ignore"}
    table = open_table(
        path,
        **recorded(spec, path),
        texts=texts,
        only=None if spec.columns is None else _needed(spec, ignored),
        wanted=[name for name in (spec.target, spec.group, spec.time, *kinds) if name is not None],
    )
    if spec.sha256 is not None and spec.sha256 != table.sha256:
        raise DataError(
            f"dataset.sha256: {table.path.name} has changed since this study was made; put the "
            "file back as it was, or start a new study with the changed one."
        )
    check_names(table.names, kinds, spec.target, spec.group, spec.time)
    names = [
        name
        for name in table.names
        if name not in ignored and name not in (spec.target, *_split_only(spec, kinds))
    ]
    columns, forms, units = {}, {}, {}
    for name in names:
        cells = table.cells.pop(name) if name not in (spec.group, spec.time) else table.cells[name]
        info = (
            look_at(cells, kinds.get(name)) if kinds.get(name) not in ("number", *WORDS) else None
        )
        kind = kinds[name] if info is None else info.kind
        if kind == "ignore":
            continue
        form = info.form if info is not None else None
        columns[name] = column_values(table, cells, kind, form)
        if form is not None:
            forms[name] = form
        if cells.unit:
            units[name] = cells.unit
    if not columns:
        raise DataError(
            "dataset.columns: no column is left to learn from; set one to number, category, date "
            "or text."
        )
    raw = _without_gaps(spec, table, pd.DataFrame(columns, copy=False), forms)
    return replace(raw, units=units), len(table.cells[spec.target]), table.sha256


def column_values(
    table: Table, cells: Cells, kind: ColumnKind, form: str | None
) -> np.ndarray | pd.Categorical:
    """The values of a column of this kind; raises DataError that says the line."""
    if kind in WORDS:
        return cells.as_texts()
    if kind == "number":
        if cells.numbers is not None:
            return cells.numbers
        odd = odd_value(table, cells)
        if odd is not None:
            raise _not_a(table, cells.name, *odd)
        return np.full(len(cells), np.nan)
    if cells.texts is None:
        assert cells.numbers is not None
        since = dates.compact_days(cells.numbers) if form == dates.COMPACT else None
        # A year, or a count of days, is as good a date as any.
        return cells.numbers if since is None else since
    words = list(cells.texts.categories)
    since = dates.days(words, form or dates.ISO)
    unread = np.flatnonzero(np.append(np.isnan(since), False)[cells.codes])
    if len(unread):
        raise _not_a(table, cells.name, int(unread[0]), words[cells.codes[unread[0]]], "date")
    return np.append(since, np.nan)[cells.codes]


def _not_a(table: Table, name: str, row: int, text: str, kind: str) -> DataError:
    return DataError(
        f"dataset.columns.{name}: {table.place_of(row)} holds {text[:40]!r}, which is no {kind}; "
        "correct it, leave it empty, or choose another kind."
    )


def _needed(spec: DatasetSpec, ignored: set[str]) -> list[str]:
    kept = [name for name in spec.columns or {} if name not in ignored]
    return [*kept, *(name for name in (spec.target, spec.group, spec.time) if name is not None)]


def _split_only(spec: DatasetSpec, kinds: dict[str, ColumnKind]) -> list[str]:
    """Columns that rows are split by and that nobody said to learn from."""
    return [name for name in (spec.group, spec.time) if name is not None and name not in kinds]


def _without_gaps(
    spec: DatasetSpec, table: Table, frame: pd.DataFrame, forms: dict[str, str]
) -> RawData:
    """Rows with a target, and with a group or a time where rows are split by it."""
    assert spec.target is not None
    target = table.cells[spec.target].as_answers(spec.classes)
    y, labels = answers_of(spec, table, target)
    kept = ~target.absent
    groups = times = None
    if spec.group is not None:
        groups = table.cells[spec.group].as_groups().codes.astype(np.int64)
        kept &= groups >= 0
    if spec.time is not None:
        times = _times(table, table.cells[spec.time])
        kept &= ~np.isnan(times)
    rows = np.flatnonzero(kept)
    if not len(rows):
        raise DataError(f"dataset.target: no row has a value of {spec.target!r}; choose another.")
    if times is not None:
        rows = rows[np.argsort(times[rows], kind="stable")]
    whole = times is None and len(rows) == len(kept)
    return _raw(
        spec,
        frame if whole else frame.iloc[rows],
        y[rows],
        labels,
        None if groups is None else groups[rows],
        times is not None,
        forms,
    )


def _raw(
    spec: DatasetSpec,
    frame: pd.DataFrame,
    y: np.ndarray,
    labels: tuple[str, ...],
    groups: np.ndarray | None,
    ordered: bool,
    forms: dict[str, str],
) -> RawData:
    plans = plan_columns(
        frame,
        [name for name, kind in (spec.columns or {}).items() if kind == "text"],
        extended=spec.preparation == 2,
        classes=len(labels),
        date_forms=forms,
    )
    info = DatasetInfo(
        id=spec.id,
        title=spec.info.title,
        description=spec.info.description,
        task=spec.info.task,
        kind="table",
        rows=len(frame),
        input_shape=(sum(plan.width for plan in plans),),
        target=spec.target or "",
        classes=len(labels),
        class_names=labels,
        feature_names=tuple(frame.columns),
        columns=plans,
        target_scale=spec.target_scale,
        licence="your own",
    )
    return RawData(info, frame, y, groups=groups, ordered=ordered, date_forms=forms)


def _times(table: Table, cells: Cells) -> np.ndarray:
    if cells.numbers is not None:
        return cells.numbers
    assert cells.texts is not None
    words = list(cells.texts.categories)
    form, _ = dates.find_form(words)
    if form is None:
        raise DataError(
            f"dataset.time: {cells.name!r} holds neither numbers nor dates of one form (such as "
            "2024-12-31); choose another column."
        )
    return np.append(dates.days(words, form), np.nan)[cells.codes]
