"""What a study trains on and what trains it: a family of the catalog, or a model of one's own."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tuning_core.catalog.objectives import objectives_for
from tuning_core.datasets import (
    DataError,
    FoldedData,
    PreparedData,
    prepare,
    prepare_all,
    prepare_folds,
)
from tuning_core.datasets.download import Progress
from tuning_core.home.model_files import kept_model
from tuning_core.home.study_files import StudyFiles
from tuning_core.own_models.data import OwnData
from tuning_core.own_models.errors import OwnModelError
from tuning_core.own_models.loading import OwnModel, load_model
from tuning_core.own_models.training import OwnTrainer
from tuning_core.spec.dataset import OWN_DATA
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.training import Trainer
from tuning_core.training.rows import HostData
from tuning_core.worker.lanes.lane import StudyRows
from tuning_core.worker.lanes.shared_rows import SharedRows
from tuning_core.worker.limited_trainer import AnyTrainer


class StudyData(Protocol):
    """The rows of a study, by a split or by folds; ``sizes`` counts those of its parts."""

    @property
    def sizes(self) -> dict[str, int]:
        """Rows of "train", "validation" and "test", as far as they are known."""

    def check(self, spec: StudySpec) -> None:
        """Raises DataError for an objective that the rows do not have."""

    def trainer(self) -> AnyTrainer:
        """What trains trials on them in this process."""

    def shared(self, folder: Path) -> StudyRows:
        """The rows for other processes, by way of files in a folder; raises OSError."""


def study_data(
    spec: StudySpec, files: StudyFiles, home: Path, progress: Progress | None = None
) -> StudyData:
    """What a study searches on. Raises DataError, OwnModelError."""
    if spec.model.own:
        own = load_kept(files)
        turns, sizes = own_rows(own, spec, home, progress)
        return _Own(own, turns, sizes, spec, files, home)
    return _Family(
        prepare_folds(spec.dataset, spec.folds, home, progress)
        if spec.folds > 1
        else prepare(spec.dataset, home, progress)
    )


def whole_trainer(spec: StudySpec, files: StudyFiles, home: Path) -> AnyTrainer:
    """What trains on all rows outside the test part, with none to validate."""
    if not spec.model.own:
        return Trainer(prepare_all(spec.dataset, home))
    own = load_kept(files)
    return OwnTrainer(own, whole_rows(own, spec, home))


def load_kept(files: StudyFiles) -> OwnModel:
    """The model that a study was launched with; relative paths are of the folder it came from.

    Raises OwnModelError.
    """
    kept = kept_model(files)
    if kept is None:
        study = files.folder.name
        raise OwnModelError(
            f"The file of this study's model is not in this home. Name it: python -m tuning_core "
            f"resume {study} --model FILE.py:NAME"
        )
    go_to(kept.folder)
    return load_model(kept.file.path, kept.file.name)


def go_to(folder: Path) -> None:
    """Have a file read its data from its own folder, while that is there."""
    with suppress(OSError):
        os.chdir(folder)


def own_rows(
    own: OwnModel, spec: StudySpec, home: Path, progress: Progress | None = None
) -> tuple[list[OwnData], dict[str, int]]:
    """The rows of a study of one's own model, or of each of its folds, and how many of each part.

    Raises DataError, OwnModelError.
    """
    if spec.dataset.id == OWN_DATA:
        data = loaded(own)
        turns = data.folds(spec.folds, spec.dataset.seed) if spec.folds > 1 else [data]
        return turns, turns[0].sizes
    prepared = (
        prepare_folds(spec.dataset, spec.folds, home, progress)
        if spec.folds > 1
        else prepare(spec.dataset, home, progress)
    )
    return OwnData.of_catalog(prepared), prepared.sizes


def whole_rows(own: OwnModel, spec: StudySpec, home: Path) -> OwnData:
    """All rows outside the test part. Raises DataError, OwnModelError."""
    if spec.dataset.id == OWN_DATA:
        return loaded(own).whole()
    return OwnData.of_catalog(prepare_all(spec.dataset, home))[0]


def loaded(own: OwnModel) -> OwnData:
    """What the file's ``load_data()`` gives. Raises OwnModelError where it has none."""
    data = own.load_data()
    if data is None:
        raise OwnModelError(
            f"{own.path.name} has no load_data(). Write one that returns (x, y), (x_val, y_val), "
            "or name a dataset in the spec."
        )
    return data


@dataclass(frozen=True)
class _Family:
    """Rows for networks of the catalog."""

    data: PreparedData | FoldedData

    @property
    def sizes(self) -> dict[str, int]:
        return self.data.sizes

    def check(self, spec: StudySpec) -> None:
        check_objective(spec, self.data.outputs)

    def trainer(self) -> AnyTrainer:
        return Trainer(self.data)

    def shared(self, folder: Path) -> StudyRows:
        return SharedRows.written(HostData.of_folds(self.data), folder)


@dataclass(frozen=True)
class _Own:
    """Rows for a model of one's own, in whatever shape it reads them."""

    own: OwnModel
    turns: list[OwnData]
    sizes: dict[str, int]
    spec: StudySpec
    files: StudyFiles
    home: Path

    def check(self, spec: StudySpec) -> None:
        """Nothing: what it reports was found before the launch."""

    def trainer(self) -> AnyTrainer:
        return OwnTrainer(self.own, self.turns)

    def shared(self, folder: Path) -> StudyRows:
        return OwnRows(self.files.folder, self.spec.to_json(), self.home)


@dataclass(frozen=True)
class OwnRows:
    """The rows of a study of one's own model, for a lane: each loads them by itself."""

    folder: Path
    spec: str
    home: Path

    def trainer(self) -> AnyTrainer:
        """What trains the study's trials; raises DataError, OwnModelError."""
        spec = parse_spec(self.spec, local_files=True)
        return study_data(spec, StudyFiles(self.folder), self.home).trainer()


def check_objective(spec: StudySpec, outputs: int) -> None:
    """Raises DataError for a metric of two classes when the data turns out to have others."""
    task = spec.dataset_info.task
    if spec.objective not in objectives_for(task, outputs if task == "classification" else 0):
        fitting = ", ".join(objectives_for(task, outputs))
        raise DataError(
            f"objective: expected one of {fitting} for {outputs} classes, received "
            f"{spec.objective!r}; change it and launch the study anew."
        )
