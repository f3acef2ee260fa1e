"""The ``dataset`` part of a spec: a dataset of the catalog, or a table or pictures of one's own."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from tuning_core.catalog import DATASETS, DatasetInfo
from tuning_core.catalog.dataset import LogScale, Task
from tuning_core.catalog.planes import FEWEST_ROWS, LONGEST_FORMULA, MOST_NOISE
from tuning_core.space import SpecError, expected
from tuning_core.space.entries import unknown_name
from tuning_core.spec.outer_fold import OuterFold
from tuning_core.spec.plane import LONGEST_PAINTING, SHAPE, check_shape, shaped

MAX_SEED = 2**31 - 1
MAX_COLUMNS = 1_000
MAX_CLASSES = 1_000
MAX_COLUMN_NAME = 200
MAX_TITLE = 120
MAX_LINES_ABOVE = 1_000
MAX_SHEET = 255
TABLE, IMAGES = "table:", "images:"
TABLES = (TABLE, "csv:")
"""What the id of a table of this machine begins with; the second since before others than CSV."""
LOCAL = (*TABLES, IMAGES)
"""What the id of a file of this machine begins with: a table, or a zip or folder of pictures."""
UPLOAD = "upload:"
OWN_DATA, RECORDED_DATA = "own", "recorded"
"""What ``load_data`` of a model's file gives; what another tool trained on, none of it here."""
SIDES = (28, 32, 48, 64)
"""Pixels that a side of one's own pictures may have."""

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
WRITTEN = ("delimiter", "decimal", "thousands", "encoding", "header", "quotes", "skip", "sheet")
"""The fields that say how the file of a table is written."""
Quotes = Literal['"', "'", False]
"""The character around values that hold the delimiter, False for none."""
ColumnKind = Literal["number", "category", "date", "text", "ignore"]
WORDS: tuple[ColumnKind, ...] = ("category", "text")
"""Kinds of columns whose values are read as they are written."""
ClassName = Annotated[str, Field(max_length=10_000)]
ColumnName = Annotated[str, Field(min_length=1, max_length=MAX_COLUMN_NAME)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class SpecPart(BaseModel):
    """A part of a spec: immutable, without unknown fields, without conversions between types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class DatasetSpec(SpecPart):
    """Which data, and how it is split: shares of all rows for validation and test.

    ``test`` None keeps the test part that the dataset comes with, or 0.1 where it has none.
    The fields from ``target`` to ``sha256`` describe a table of the user's own, ``side``,
    ``colour``, ``classes``, ``title`` and ``sha256`` pictures; those left out are found in the
    file before the study starts and then recorded. Of a dataset of the catalog, ``amount`` rows are
    taken; points in a plane are shaped by the fields up to ``points``, as ``DatasetInfo.shapes``
    says. What is as it would be without is None.

    By ``preparation`` 2 of a table it is an input, too, which values are missing, when in a day,
    week and year a date is and, of a column of many categories, their mean answers; None is 1.
    ``target_scale`` has the logarithm of the values learnt, or of 1 + them.
    """

    id: Annotated[str, Field(max_length=4_096)]
    validation: Annotated[float, Field(gt=0, le=0.8)] = 0.2
    test: Annotated[float, Field(gt=0, le=0.8)] | None = None
    seed: Seed = 0
    outer: OuterFold | None = None
    class_weights: Literal["none", "balanced"] = "none"
    target: ColumnName | None = None
    task: Task | None = None
    rows: Annotated[int, Field(ge=0, le=10**12)] | None = None
    test_rows: Annotated[int, Field(ge=0, le=10**12)] | None = None
    shape: Annotated[list[Annotated[int, Field(ge=0, le=10**9)]], Field(max_length=8)] | None = None
    classes: Annotated[list[ClassName], Field(min_length=2, max_length=MAX_CLASSES)] | None = None
    columns: Annotated[dict[ColumnName, ColumnKind], Field(max_length=MAX_COLUMNS)] | None = None
    preparation: Literal[1, 2] | None = None
    target_scale: LogScale | None = None
    group: ColumnName | None = None
    time: ColumnName | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: Annotated[str, Field(max_length=40)] | None = None
    header: bool | None = None
    thousands: Literal["", ",", ".", " ", "'"] | None = None
    quotes: Quotes | None = None
    skip: Annotated[int, Field(ge=0, le=MAX_LINES_ABOVE)] | None = None
    sheet: Annotated[str, Field(min_length=1, max_length=MAX_SHEET)] | None = None
    side: Literal[28, 32, 48, 64] | None = None
    colour: bool | None = None
    title: Annotated[str, Field(max_length=MAX_TITLE)] | None = None
    sha256: Sha256 | None = None
    amount: Annotated[int, Field(ge=FEWEST_ROWS)] | None = None
    noise: Annotated[float, Field(ge=0, le=MOST_NOISE)] | None = None
    draw: Seed | None = None
    features: Annotated[list[str], Field(max_length=20)] | None = None
    formula: Annotated[str, Field(max_length=LONGEST_FORMULA)] | None = None
    points: Annotated[str, Field(max_length=LONGEST_PAINTING)] | None = None

    @field_validator("id")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        if value in (*DATASETS, OWN_DATA, RECORDED_DATA):
            return value
        if re.fullmatch(UPLOAD + "[0-9a-f]{64}", value):
            return value
        if value.startswith(UPLOAD):
            raise expected("dataset.id", f"{UPLOAD} and 64 hexadecimal digits", value)
        if value.startswith(LOCAL):
            if (info.context or {}).get("local_files") and local_path(value):
                return value
            raise SpecError(
                "dataset.id",
                "a file of this machine can only be named on the command line; upload it instead.",
            )
        raise ValueError(unknown_name("dataset", value, DATASETS))

    @model_validator(mode="after")
    def _whole(self) -> DatasetSpec:
        if self.validation + (self.test or 0.0) > 0.9:
            raise SpecError(
                "dataset.validation",
                "expected validation and test to leave a tenth of the rows for training, "
                f"received {self.validation:g} and {self.test:g}.",
            )
        if self.own:
            for field in SHAPE:
                if getattr(self, field) is not None:
                    raise SpecError(
                        f"dataset.{field}", "is not for data of your own; leave it out."
                    )
        if self.outside:
            self._check_outside()
        elif self.pictures:
            self._check_pictures()
        elif self.own:
            self._check_table()
        else:
            self._check_catalog()
        if self.outer is not None and self.outside:
            raise SpecError("dataset.outer", "is not for data of a model's file; leave it out.")
        if self.task == "other" and not self.outside:
            raise expected("dataset.task", "classification or regression", self.task)
        if self.class_weights != "none" and self.info.task != "classification":
            raise SpecError("dataset.class_weights", "regression has no classes; leave it out.")
        return self

    @property
    def own(self) -> bool:
        """Whether it is a table of the user's own, or their pictures."""
        return self.id not in DATASETS and not self.outside

    @property
    def recorded(self) -> bool:
        """Whether another tool trained on it, and no row of it is here."""
        return self.id == RECORDED_DATA

    @property
    def outside(self) -> bool:
        """Whether it is data of a model's own file, or of another tool."""
        return self.id in (OWN_DATA, RECORDED_DATA)

    @property
    def pictures(self) -> bool:
        """Whether it is pictures of the user's own."""
        return self.id.startswith(IMAGES) or (self.own and self.side is not None)

    @property
    def info(self) -> DatasetInfo:
        """What is known before loading: of a table of one's own neither rows nor inputs (0)."""
        if self.outside:
            return self._outside_info()
        if not self.own:
            return shaped(self, DATASETS[self.id])
        title = self.title or PurePath(local_path(self.id)).stem
        if self.pictures:
            return self._picture_info(title or "Uploaded pictures")
        classes = tuple(self.classes or ()) if self.task == "classification" else ()
        return DatasetInfo(
            id=self.id,
            title=title or "Uploaded table",
            description="A table of your own.",
            task=self.task or "classification",
            kind="table",
            rows=0,
            input_shape=(0,),
            target=self.target or "",
            classes=len(classes),
            class_names=classes,
            licence="your own",
        )

    def _outside_info(self) -> DatasetInfo:
        classes = tuple(self.classes or ())
        return DatasetInfo(
            id=self.id,
            title=self.title or ("Unknown data" if self.recorded else "Data of the model's file"),
            description="Data that the model's file loads.",
            task=self.task or "other",
            kind="other",
            rows=self.rows or 0,
            test_rows=self.test_rows or 0,
            input_shape=tuple(self.shape or ()),
            target="",
            classes=len(classes),
            class_names=classes,
            licence="your own",
        )

    def _picture_info(self, title: str) -> DatasetInfo:
        side = self.side or SIDES[1]
        classes = tuple(self.classes or ())
        return DatasetInfo(
            id=self.id,
            title=title,
            description="Pictures of your own.",
            task="classification",
            kind="image",
            rows=0,
            input_shape=(side, side, 3) if self.colour else (side, side),
            target="class",
            classes=len(classes),
            class_names=classes,
            image_shape=(side, side),
            full_scale=255.0,
            licence="your own",
        )

    def _check_outside(self) -> None:
        for field in (*_OF_TABLES, *SHAPE):
            if field not in _OF_OUTSIDE and getattr(self, field) is not None:
                raise SpecError(
                    f"dataset.{field}", "is not for data of a model's file; leave it out."
                )

    def _check_pictures(self) -> None:
        for field in _OF_TABLES:
            if getattr(self, field) is not None:
                raise SpecError(f"dataset.{field}", "is for tables, not pictures; leave it out.")

    def _check_table(self) -> None:
        if self.colour is not None:
            raise SpecError("dataset.colour", "is for pictures of your own; leave it out.")
        if self.target is None:
            raise SpecError("dataset.target", "is missing: name the column to predict.")
        if self.task is None:
            raise SpecError("dataset.task", "is missing; expected classification or regression.")
        if self.target_scale is not None and self.task != "regression":
            raise SpecError("dataset.target_scale", "is for regression; leave it out.")
        if self.group is not None and self.time is not None:
            raise SpecError("dataset.time", "rows are split by a group or by time, not by both.")
        for field in ("group", "time"):
            if getattr(self, field) == self.target:
                raise SpecError(f"dataset.{field}", "expected another column than the target.")
        if self.columns is not None and self.target in self.columns:
            raise SpecError(
                f"dataset.columns.{self.target}", "the target is not a column to learn from."
            )

    def _check_catalog(self) -> None:
        known = DATASETS[self.id]
        self.__dict__.update(check_shape(self, known))
        for field in (*_OF_OWN, *_OF_OUTSIDE):
            if field not in known.shapes and getattr(self, field) is not None:
                what = next((w for w, names in _WHOSE if field in names), "tables")
                raise SpecError(f"dataset.{field}", f"is for {what} of your own; leave it out.")
        info = self.info
        rows = info.rows if self.test is None and info.has_test else info.rows + info.test_rows
        for name, share in (("validation", self.validation), ("test", self.test)):
            if share is not None and not round(rows * share):
                what = f"a share that takes at least one of the {rows:,} rows"
                raise expected(f"dataset.{name}", what, share)


def local_path(id: str) -> str:
    """The path in the id of a file of this machine, "" in that of an upload."""
    return id.partition(":")[2] if id.startswith(LOCAL) else ""


_OF_TABLES = ("target", "task", "columns", "preparation", "target_scale", "group", "time", *WRITTEN)
_OF_PICTURES = ("side", "colour")
_OF_OUTSIDE = ("task", "rows", "test_rows", "shape")
_OF_OWN = (*_OF_TABLES, "classes", *_OF_PICTURES, "title", "sha256")
_WHOSE = (("pictures", _OF_PICTURES), ("models", _OF_OUTSIDE[1:]))
