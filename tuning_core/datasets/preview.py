"""A look at a dataset for people: pictures, rows of the table, points and how balanced it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.loading import (
    image_arrays,
    image_folder,
    is_available,
    load_present,
    rows_taken,
)
from tuning_core.datasets.own import load_own
from tuning_core.datasets.planes import load_plane
from tuning_core.datasets.raw import DataError, RawRows, take_rows
from tuning_core.datasets.sources import DOWNLOADS
from tuning_core.spec.dataset import DatasetSpec

IMAGES_PER_CLASS = 2
TABLE_ROWS = 8
OWN_ROWS = 20
OWN_PICTURES, MOST_OF_CLASS = 48, 6
"""Pictures of one's own that are shown in all, and of a class."""


@dataclass(frozen=True)
class Preview:
    """What there is to show of a dataset; a field that does not apply is empty or None.

    ``class_counts`` counts the rows outside the dataset's own test part by class name.
    ``images`` is uint8 (k, height, width) or (k, height, width, 3), 0 to 255, with the class
    names ``image_labels``.
    ``table`` holds rows from all over the table, each by column name, the target last.
    ``points`` is float64 (n, 2), with the class names ``point_labels``, or ``target``.
    ``target`` holds the targets of all rows of a regression, in original units.
    """

    info: DatasetInfo
    class_counts: dict[str, int]
    images: np.ndarray | None = None
    image_labels: tuple[str, ...] = ()
    table: tuple[dict[str, float | str], ...] = ()
    points: np.ndarray | None = None
    point_labels: tuple[str, ...] = ()
    target: np.ndarray | None = None


def preview(spec: DatasetSpec, home: Path) -> Preview | None:
    """A small sample of a dataset of the catalog; None when it is not there or cannot be read.

    Reads a few rows only and does not check files: that is for ``load``.
    """
    info = spec.info
    if info.kind == "plane":
        return _preview_plane(spec)
    try:
        if not is_available(spec.id, home):
            return None
        arrays = _on_disk(spec.id, home) if spec.id in DOWNLOADS else _raw(spec.id, home)
    except (OSError, DataError):
        return None
    if arrays is None:
        return None
    x, y = arrays
    if spec.amount is not None:
        kept = rows_taken(spec.amount, len(y))
        x, y = take_rows(x, kept), y[kept]
    if info.task == "regression":
        return Preview(info, {}, table=_table(info, x, y), target=y)
    # A damaged file, which a preview does not look for, may hold labels that no class has.
    tallies = np.bincount(y, minlength=info.classes)[: info.classes]
    counts = dict(zip(info.class_names, tallies.tolist(), strict=True))
    if info.kind == "image":
        images, labels = _images(info, x, y)
        return Preview(info, counts, images=images, image_labels=labels)
    return Preview(info, counts, table=_table(info, x, y))


def _preview_plane(spec: DatasetSpec) -> Preview:
    """All points of a plane."""
    raw = load_plane(spec)
    if raw.info.task == "regression":
        return Preview(raw.info, {}, points=raw.x, target=raw.y)
    tallies = np.bincount(raw.y, minlength=raw.info.classes)
    counts = dict(zip(raw.info.class_names, tallies.tolist(), strict=True))
    return Preview(raw.info, counts, points=raw.x, point_labels=_names(raw.info, raw.y))


def preview_own(spec: DatasetSpec, home: Path) -> Preview:
    """A look at data of the user's own; raises DataError."""
    return _preview_pictures(spec, home) if spec.pictures else _preview_table(spec, home)


def _preview_pictures(spec: DatasetSpec, home: Path) -> Preview:
    """Some pictures of each class, and how many there are; of many classes the largest first."""
    raw = load_own(spec, home)
    tallies = np.bincount(raw.y, minlength=raw.info.classes)
    order = np.argsort(-tallies, kind="stable")
    counts = {raw.info.class_names[label]: int(tallies[label]) for label in order}
    each = min(MOST_OF_CLASS, max(1, OWN_PICTURES // len(order)))
    chosen = np.concatenate([np.flatnonzero(raw.y == label)[:each] for label in order])
    chosen = chosen[:OWN_PICTURES]
    return Preview(
        raw.info, counts, images=raw.x[chosen], image_labels=_names(raw.info, raw.y[chosen])
    )


def _preview_table(spec: DatasetSpec, home: Path) -> Preview:
    """First rows and target of a table of the user's own, most frequent class first.

    Reads the target's column alone.
    """
    # Loads pandas, which nothing else here needs.
    from tuning_core.datasets.tables.readers import open_table, recorded
    from tuning_core.datasets.tables.uploads import table_path

    assert spec.target is not None
    path = table_path(spec.id, home)
    table = open_table(path, **recorded(spec, path), only=[spec.target])
    rows: tuple[dict[str, float | str], ...] = tuple(
        dict(zip(table.names, row, strict=True)) for row in table.sample[:OWN_ROWS]
    )
    target = table.cells[spec.target].as_answers(spec.classes)
    if spec.task == "regression":
        assert target.numbers is not None
        return Preview(spec.info, {}, table=rows, target=target.numbers[~target.absent])
    words = target.as_texts()
    tallies = np.bincount(words.codes[words.codes >= 0], minlength=len(words.categories))
    counts = dict(zip(map(str, words.categories), tallies.tolist(), strict=True))
    frequent = sorted(counts, key=lambda name: -counts[name])
    return Preview(spec.info, {name: counts[name] for name in frequent}, table=rows)


def _raw(dataset_id: str, home: Path) -> tuple[RawRows, np.ndarray] | None:
    raw = load_present(dataset_id, home)
    return None if raw is None else (raw.x, raw.y)


def _on_disk(dataset_id: str, home: Path) -> tuple[RawRows, np.ndarray] | None:
    folder = image_folder(dataset_id, home)
    if folder.complete():
        x, y, *_ = image_arrays(folder.mapped())
        return x, y
    contents = folder.read_by_hand([])
    if contents is None:
        return None
    x, y, *_ = image_arrays(folder.decode(contents))
    return x, y


def _names(info: DatasetInfo, y: np.ndarray) -> tuple[str, ...]:
    return tuple(info.class_names[label] for label in y)


def _images(info: DatasetInfo, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The first few of each class, class by class."""
    chosen = np.concatenate(
        [np.flatnonzero(y == label)[:IMAGES_PER_CLASS] for label in range(info.classes)]
    )
    shape = info.row_shape
    brightness = x[chosen].astype(np.float64) * (255 / (info.full_scale or 255))
    images = np.rint(brightness).astype(np.uint8).reshape(-1, *shape)
    return images, _names(info, y[chosen])


def _table(info: DatasetInfo, x: RawRows, y: np.ndarray) -> tuple[dict[str, float | str], ...]:
    """Evenly spaced rows: the first ones of a table sorted by class would all be of one class."""
    chosen = np.linspace(0, len(x) - 1, TABLE_ROWS).astype(int)
    rows = []
    for row in chosen:
        values = (
            x[row].tolist() if isinstance(x, np.ndarray) else [x[name].tolist()[row] for name in x]
        )
        shown: dict[str, float | str] = dict(zip(info.feature_names, values, strict=True))
        shown[info.target] = info.class_names[y[row]] if info.classes else float(y[row])
        rows.append(shown)
    return tuple(rows)
