"""What a report tells of: a study and all that was found of it, read once and kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tuning_core.analysis import background
from tuning_core.analysis.confirmation import Verdict
from tuning_core.analysis.importance import (
    NAME,
    Importances,
    importances,
    importances_from,
    obstacle,
)
from tuning_core.findings.analysed_trials import all_analysed, analysed_trials, observed
from tuning_core.findings.answer import answer
from tuning_core.findings.answer_words import Sentence
from tuning_core.findings.confirmed_words import verdict_of
from tuning_core.findings.live import LiveStudy
from tuning_core.home.home import HomeFiles
from tuning_core.home.launch_plan import Planned, read_planned
from tuning_core.home.marks import Marks, read_marks
from tuning_core.manager.questions.best_model import BestPredictions, read_predictions
from tuning_core.manager.questions.confirmation import Confirmation, Stage, read_recorded
from tuning_core.manager.questions.nested import Nested, read_nested
from tuning_core.spec.assessments import ASSESSMENTS
from tuning_core.spec.decision import Decision, read_decision
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.store import Store, StudyRow


@dataclass(frozen=True)
class Told:
    """A study as a report takes it.

    ``kept`` has the results of assessments by id, ``predictions`` what the best model answers by
    part, ``decided`` what was decided of it. ``rows`` says whether whoever asks may see values of
    the data. ``written`` is unix seconds.
    """

    live: LiveStudy
    confirmation: Confirmation = field(default_factory=Confirmation)
    importances: Importances | None = None
    predictions: Mapping[str, BestPredictions] = field(default_factory=dict)
    kept: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    planned: Planned | None = None
    marks: Marks = field(default_factory=Marks)
    rows: bool = False
    decided: Decision | None = None
    nested: Nested = field(default_factory=lambda: Nested(()))
    written: float = field(default_factory=time.time)

    def result(self, id: str) -> dict[str, Any] | None:
        """What an assessment found, where there is such, and whoever asks may see it."""
        hidden = id in ASSESSMENTS and ASSESSMENTS[id].shows_rows and not self.rows
        return None if hidden else self.kept.get(id)

    @property
    def study(self) -> StudyRow:
        """The study's row."""
        return self.live.study

    @property
    def spec(self) -> StudySpec:
        """What it searches."""
        return self.live.spec

    @cached_property
    def verdict(self) -> Verdict | None:
        """What the trainings on new seeds say."""
        return verdict_of(self.live, self.confirmation)

    @cached_property
    def sentences(self) -> list[Sentence]:
        """The answers of its page."""
        return answer(self.live, self.importances, self.confirmation)


def read_told(home: HomeFiles, study_id: str, facts: Mapping[str, Any]) -> Told:
    """Read a study of a home; ``facts`` are what its manager alone knows (``StudyReports``).

    Raises KeyError for a study that does not exist, StoreError.
    """
    store = Store(home.database, reading=True)
    row = store.study(study_id)
    if row is None:
        raise KeyError(study_id)
    spec = parse_spec(row.spec, local_files=True)
    live = LiveStudy(row, spec, spec.plan(), store)
    live.pull()
    files = home.study(study_id)
    recorded = read_recorded(files.confirmation.journal)
    scores = recorded.of(recorded.trials, recorded.seeds)
    whole = all(len(values) >= recorded.seeds for values in scores.values())
    decided = read_decision(files.decision)
    stage: Stage = "none" if not recorded.trials else "done" if whole else "stopped"
    return Told(
        live,
        Confirmation(stage, recorded.trials, recorded.seeds, scores),
        _importances(live, files.folder),
        _predictions({part: Path(path) for part, path in facts.get("predictions", {}).items()}),
        facts.get("assessments", {}),
        read_planned(files.plan),
        read_marks(files.marks),
        bool(facts.get("rows")),
        None if decided is None else decided.of(row.best_trial or 0),
        read_nested(files.nested, store, spec),
    )


def _importances(live: LiveStudy, folder: Path) -> Importances | None:
    """The result that its page has kept, where it is of all trials; else computed now."""
    trials = len(analysed_trials(live))
    if obstacle(len(live.spec.search_space.varied), trials):
        return None
    document = background.stored_result(folder, NAME)
    known = None if document is None else importances_from(document)
    return known if known and all_analysed(live, known.trials) else importances(observed(live))


def _predictions(paths: Mapping[str, Path]) -> dict[str, BestPredictions]:
    found = {part: read_predictions(path) for part, path in paths.items()}
    return {part: answers for part, answers in found.items() if answers is not None}
