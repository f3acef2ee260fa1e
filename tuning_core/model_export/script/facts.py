"""What the code of a script depends on, gathered once, and the search around the best trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from tuning_core.catalog.architecture import loss_name
from tuning_core.catalog.columns import ColumnPlan
from tuning_core.catalog.hyperparameters import Value
from tuning_core.datasets import RawData, SplitIndices, split, split_rows
from tuning_core.datasets.columns import plan_columns
from tuning_core.spec.decision import Decision
from tuning_core.spec.study import StudySpec


@dataclass(frozen=True)
class SearchSummary:
    """The study around its best trial.

    ``epochs`` is how many a training of the trial had at most, None where nobody noted it;
    ``scores`` are those of its trainings. ``test`` holds metrics of the test part, once revealed.
    ``seconds`` is the time of the search so far, ``trials`` and ``trained_epochs`` its extent.
    ``decision`` is what was decided of the model.
    """

    epochs: int | None = None
    scores: tuple[float, ...] = ()
    test: Mapping[str, float] | None = None
    trials: int = 0
    trained_epochs: int = 0
    seconds: float = 0.0
    decision: Decision | None = None


@dataclass(frozen=True)
class Facts:
    """A configuration of a study and the rows that it is trained on.

    ``config`` is complete, ``refit_epochs`` are those of the last training, on all rows outside the
    test part. ``tested`` says whether the test part was revealed,
    ``recorded`` what the study scored, in words.
    """

    spec: StudySpec
    home: Path
    raw: RawData
    config: Mapping[str, Value]
    refit_epochs: int
    tested: bool
    recorded: str

    @cached_property
    def rows(self) -> RawData:
        """The rows that are divided."""
        return split_rows(self.raw, self.spec.dataset)

    @cached_property
    def indices(self) -> SplitIndices:
        """How they are divided."""
        return split(self.raw, self.spec.dataset)

    @property
    def task(self) -> str:
        """Classification or regression."""
        return self.raw.info.task

    @property
    def classes(self) -> int:
        """Number of classes, 0 for regression."""
        return self.raw.info.classes

    @property
    def folds(self) -> int:
        """Parts of a cross-validation, 1 without."""
        return self.spec.folds

    @property
    def frame(self) -> bool:
        """Whether the script's rows are a pandas DataFrame: not those of plain numbers alone."""
        return bool(self.texts) or any(plan.width > 1 for plan in self.plans)

    @cached_property
    def plans(self) -> tuple[ColumnPlan, ...]:
        """What the columns of a table become; nothing of an array."""
        if isinstance(self.raw.x, np.ndarray):
            return ()
        return self.raw.info.columns or plan_columns(self.raw.x)

    @cached_property
    def texts(self) -> list[str]:
        """Columns of categories and of texts."""
        if isinstance(self.raw.x, np.ndarray):
            return []
        return [str(n) for n, kind in self.raw.x.dtypes.items() if kind == "category"]

    @cached_property
    def gaps(self) -> list[str]:
        """Columns of numbers with missing values."""
        if isinstance(self.raw.x, np.ndarray):
            return []
        frame = self.raw.x.drop(columns=self.texts)
        return [str(name) for name in frame.columns[frame.isna().any()]]

    @property
    def log(self) -> str | None:
        """The scale of logarithms on which values are learnt, None for their own."""
        return self.spec.dataset.target_scale

    @property
    def loss(self) -> str:
        """The loss, by its own name."""
        return loss_name(self.config, self.task)

    @property
    def one_hot(self) -> bool:
        """Whether the loss compares distributions, and so needs classes as such."""
        if self.task == "regression":
            return False
        return self.loss != "cross_entropy" or self.number("label_smoothing") > 0

    @property
    def targets(self) -> str:
        """What the script calls the answers that a network is trained on."""
        return "targets" if self.task == "regression" or self.one_hot else "y"

    @property
    def own_test(self) -> bool:
        """Whether the dataset's own test part is kept."""
        return self.rows.test is not None

    def number(self, name: str, default: float = 0.0) -> float:
        """A numeric hyperparameter."""
        return float(self.config.get(name, default))
