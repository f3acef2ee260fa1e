"""The files of a study, by what is in them: nowhere else are their names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tuning_core.catalog.model_formats import KERAS

JOURNAL = "events.jsonl"
"""The name of every journal, a study's and a class's."""


@dataclass(frozen=True)
class StudyFiles:
    """The files of one study."""

    folder: Path

    @property
    def spec(self) -> Path:
        """The canonical spec."""
        return self.folder / "spec.json"

    @property
    def edits(self) -> Path:
        """Folder of what was asked of the study and is not in its journal yet."""
        return self.folder / "edits"

    @property
    def name(self) -> Path:
        """The name that the study was given after its launch."""
        return self.folder / "name.txt"

    @property
    def reader(self) -> Path:
        """The user whose study it is."""
        return self.folder / "reader.txt"

    @property
    def share(self) -> Path:
        """With whom the study is shared, and by which token."""
        return self.folder / "share.json"

    @property
    def marks(self) -> Path:
        """Notes, tags and stars of the study and its trials."""
        return self.folder / "marks.json"

    @property
    def watched(self) -> Path:
        """Which search in whose script the study is the record of, as a hash."""
        return self.folder / "watched.txt"

    @property
    def plan(self) -> Path:
        """What the study was expected to take when it was launched."""
        return self.folder / "plan.json"

    @property
    def nested(self) -> Path:
        """The searches of the study's outer folds."""
        return self.folder / "nested.json"

    @property
    def journal(self) -> Path:
        """Every event since the start, one JSON object a line."""
        return self.folder / JOURNAL

    @property
    def lock(self) -> Path:
        """Held by the worker that runs or evaluates the study."""
        return self.folder / "lock"

    @property
    def owner(self) -> Path:
        """Names the processes behind the lock."""
        return self.folder / "owner.json"

    @property
    def log(self) -> Path:
        """What the worker printed."""
        return self.folder / "log.txt"

    @property
    def best(self) -> Path:
        """Weights of the best trial so far."""
        return self.folder / "best.npz"

    @property
    def decision(self) -> Path:
        """What was decided of the best model: its temperature and threshold."""
        return self.folder / "decision.json"

    @property
    def made_of(self) -> list[Path]:
        """What the exported model is made of."""
        return [self.best, *([self.decision] if self.decision.exists() else [])]

    @property
    def model(self) -> Path:
        """The exported best model, once asked for."""
        return self.folder / "model.keras"

    @property
    def bundle(self) -> Path:
        """The exported zip, once asked for."""
        return self.folder / "bundle.zip"

    def bundle_as(self, format: str) -> Path:
        """The exported zip with a model file of this format in it."""
        return self.bundle if format == KERAS.id else self.folder / f"bundle-{format}.zip"

    def answers(self, part: str) -> Path:
        """What the best model predicts for the rows of a part, once asked for."""
        return self.folder / f"answers-{part}.npz"

    @property
    def rows(self) -> Path:
        """Folder of the rows that lanes share while they train the study."""
        return self.folder / "rows"

    @property
    def states(self) -> Path:
        """Folder of the training states of trials that may go on."""
        return self.folder / "states"

    @property
    def confirmation(self) -> StudyFiles:
        """Journal, lock and states of trainings on new seeds, in a folder of their own."""
        return StudyFiles(self.folder / "confirmation")

    @property
    def assessments(self) -> Path:
        """Folder of what was found out beside the search."""
        return self.folder / "assessments"

    def assessment(self, id: str, options: str = "") -> Path:
        """The result of an assessment, with a key of its options, once asked for."""
        return self.assessments / f"{id}{'-' if options else ''}{options}.json"

    @property
    def members(self) -> Path:
        """Folder of the trials that were trained again for an ensemble, a file of weights each."""
        return self.folder / "members"

    def ensemble(self, k: int) -> Path:
        """The exported zip of the ensemble of at most the ``k`` best trials, once it was made."""
        return self.folder / f"ensemble-{k}.zip"

    @property
    def own_model(self) -> Path:
        """Folder of the file that an own model was launched with, and of what it may import."""
        return self.folder / "own_model"

    @property
    def predictions(self) -> Path:
        """Folder of what the best model predicts for new rows, a file per table."""
        return self.folder / "predictions"
