"""What is known of a dataset before a byte of it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tuning_core.catalog.columns import ColumnPlan

Task = Literal["classification", "regression", "other"]
"""What is asked of the rows; "other" where only a model of one's own knows."""

LogScale = Literal["log", "log1p"]
"""On which the values of a regression may be learnt: their logarithms, or those of 1 + them."""


@dataclass(frozen=True)
class DatasetInfo:
    """A built-in dataset.

    ``input_shape`` is the shape of one raw row; ``image_shape`` is set when a row can be shown
    as a picture. ``rows`` counts all rows outside the dataset's own test part, ``test_rows``
    those inside it. ``classes`` is 0 for regression. ``full_scale`` is the raw value that
    becomes 1 (images); None means that columns are standardised instead.

    ``shapes`` are the fields of a spec that say what the rows are: of points in a plane, all that
    they are made by. Of these, ``example`` is the formula or painting where a spec gives none,
    ``noise`` the standard deviation by which they are moved, ``features`` what a network sees of x
    and y, () for just these.

    ``columns`` say what the columns of a table of one's own become, once it is read;
    ``target_scale`` on which scale its values are learnt.
    """

    id: str
    title: str
    description: str
    task: Task
    kind: Literal["image", "table", "plane", "other"]
    rows: int
    input_shape: tuple[int, ...]
    target: str
    classes: int = 0
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    full_scale: float | None = None
    test_rows: int = 0
    download_mb: float = 0.0
    licence: str = "BSD-3-Clause (scikit-learn)"
    shapes: tuple[str, ...] = ()
    example: str = ""
    noise: float = 0.0
    features: tuple[str, ...] = ()
    columns: tuple[ColumnPlan, ...] = ()
    target_scale: LogScale | None = None

    @property
    def embedded(self) -> bool:
        """Whether it needs no network."""
        return self.download_mb == 0.0

    @property
    def has_test(self) -> bool:
        """Whether it comes with a test part of its own."""
        return self.test_rows > 0

    @property
    def inputs(self) -> int:
        """Numbers in one row, as a network sees it."""
        if self.features:
            return len(self.features)
        size = 1
        for length in self.input_shape:
            size *= length
        return size

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of a row as a network may see it: of the picture, where it is one."""
        if self.features:
            return (self.inputs,)
        if len(self.input_shape) == 1 and self.image_shape is not None:
            return self.image_shape
        return self.input_shape

    @property
    def outputs(self) -> int:
        """Units of the output layer: one per class, or one."""
        return self.classes or 1
