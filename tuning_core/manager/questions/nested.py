"""Nested cross-validation of a study: whole searches, each scored on rows that it never saw."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from tuning_core.catalog import StudyStatus
from tuning_core.files import write_whole
from tuning_core.home.home import Home, ManagerError, refuse_beyond_caps
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.manager.searches.editing import Editing
from tuning_core.manager.workers.requests import BackgroundRequests
from tuning_core.spec.dataset import MAX_SEED
from tuning_core.spec.model import Ability
from tuning_core.spec.study import SpecError, StudySpec, parse_spec
from tuning_core.spec.validation import MAX_NAME
from tuning_core.store import Store, StudyRow

USUAL_FOLDS, FEWEST_FOLDS, MOST_FOLDS = 5, 3, 20


@dataclass(frozen=True)
class Nesting:
    """What is kept in the study's folder: the search that was repeated, and its outer searches.

    ``studies`` are ids in the order of the folds, "" for one that is not launched yet.
    """

    folds: int
    spec: dict[str, Any]
    studies: tuple[str, ...]
    user: str = ""


@dataclass(frozen=True)
class OuterSearch:
    """The search of an outer fold; ``row`` is None before its launch and after its deletion.

    ``score`` is the objective of its best model on the rows of the fold, None before it is known.
    """

    fold: int
    row: StudyRow | None
    score: float | None

    @property
    def over(self) -> bool:
        """Whether its search has found its model."""
        return self.row is not None and self.row.status is StudyStatus.FINISHED


@dataclass(frozen=True)
class Nested:
    """The outer searches of a study; ``changed`` since by an edit of the study's search."""

    searches: tuple[OuterSearch, ...]
    changed: bool = False
    message: str = ""

    @property
    def scores(self) -> list[float]:
        """The scores on outer folds that are known, in their order."""
        return [search.score for search in self.searches if search.score is not None]

    @property
    def active(self) -> bool:
        """Whether a search runs or waits, or the model of a finished one is to be scored."""
        return any(
            row.status.active or (s.over and s.score is None and row.best_trial is not None)
            for s in self.searches
            if (row := s.row) is not None
        )

    @property
    def begun(self) -> bool:
        """Whether anybody has asked for it."""
        return bool(self.searches)

    @property
    def done(self) -> bool:
        """Whether each fold has its score."""
        return self.begun and len(self.scores) == len(self.searches)


class Searches(Protocol):
    """Who launches, resumes and stops studies, and evaluates them."""

    home: Home
    store: Store
    access: Access
    editing: Editing

    def launch(self, spec: StudySpec, *, user: str = "") -> str:
        """Start or queue a study; its id."""

    def resume(self, study_id: str, *, by: Person = OPERATOR) -> None:
        """Continue a study."""

    def stop(self, study_id: str, *, by: Person = OPERATOR) -> None:
        """End a study."""

    def reveal_test(self, study_id: str) -> dict[str, float]:
        """Metrics of the best model on the test part, recorded."""


_RECORD = TypeAdapter(Nesting)


class NestedSearches:
    """The outer searches of studies, which are studies like any other: in lanes, stopped, resumed.

    Methods raise ManagerError; ``by`` asks.
    """

    def __init__(self, manager: Searches) -> None:
        self._manager = manager
        self._home, self._store, self._access = manager.home, manager.store, manager.access
        self._spec = manager.editing.spec
        self._requests = BackgroundRequests("outer folds")
        self._beginning = Lock()

    def planned(self, study_id: str, folds: int) -> list[StudySpec]:
        """The searches that there would be, one for each outer fold."""
        if not FEWEST_FOLDS <= folds <= MOST_FOLDS:
            raise ManagerError(
                f"folds: expected {FEWEST_FOLDS} to {MOST_FOLDS} outer folds, received {folds}. "
                "Fewer say nothing of the spread."
            )
        self._access.refuse_unable(study_id, Ability.TRAIN)
        spec = self._spec(study_id)
        if spec.model.own:
            raise ManagerError(
                "Models of your own are not searched on outer folds: launch a study on each part "
                "of the rows yourself."
            )
        if spec.dataset.outer is not None:
            raise ManagerError("This is the search of an outer fold itself. Ask its study.")
        try:
            return [outer_spec(spec, folds, fold) for fold in range(1, folds + 1)]
        except SpecError as error:
            raise ManagerError(str(error)) from None

    def begin(self, study_id: str, folds: int = USUAL_FOLDS, *, by: Person = OPERATOR) -> None:
        """Queue the searches that there are not yet, and go on with those that were ended.

        Another number of folds, or a search that was changed since, begins anew.
        """
        self._access.refuse(study_id, by, Ability.TRAIN)
        self._access.refuse_data(study_id)
        planned = self.planned(study_id, folds)
        for outer in planned:
            refuse_beyond_caps(outer)
        with self._beginning:
            self._begin(study_id, planned, by)

    def _begin(self, study_id: str, planned: list[StudySpec], by: Person) -> None:
        folds, spec = len(planned), json.loads(self._spec(study_id).to_json())
        known = self._read(study_id)
        if known is None or known.folds != folds or known.spec != spec:
            if known is not None and self.get(study_id).active:
                raise ManagerError("Outer searches are under way. Stop them first.")
            known = Nesting(folds, spec, ("",) * folds, self._store.readers.of(study_id))
        for fold, outer in enumerate(planned):
            row = self._store.study(known.studies[fold]) if known.studies[fold] else None
            if row is None:
                launched = self._manager.launch(outer, user=known.user)
                studies = (*known.studies[:fold], launched, *known.studies[fold + 1 :])
                known = replace(known, studies=studies)
                self._keep(study_id, known)
            elif row.status.resumable:
                self._manager.resume(row.id, by=by)

    def stop(self, study_id: str, *, by: Person = OPERATOR) -> None:
        """End those that run or wait; ``begin`` goes on with them."""
        self._access.refuse(study_id, by, Ability.TRAIN)
        # The last first: one that waits must not begin because another ends.
        for search in reversed(self.get(study_id).searches):
            if search.row is not None and search.row.status.active:
                self._manager.stop(search.row.id, by=by)

    def get(self, study_id: str) -> Nested:
        """What is known now; cheap enough for twice a second."""
        spec = None
        with suppress(ManagerError, SpecError):
            spec = self._spec(study_id)
        found = read_nested(self._home.study(study_id).nested, self._store, spec)
        refusals = [
            self._requests.refusal(search.row.id) for search in found.searches if search.row
        ]
        return replace(found, message=next(filter(None, refusals), ""))

    def score_finished(self, study_id: str) -> None:
        """Have the models of searches that are over scored on their folds; returns at once."""
        for search in self.get(study_id).searches:
            row = search.row
            if row is None or not search.over or search.score is not None:
                continue
            if row.best_trial is not None and not self._requests.refusal(row.id):
                self._requests.begin(row.id, partial(self._manager.reveal_test, row.id))
                return  # One after the other: each takes a worker.

    def _read(self, study_id: str) -> Nesting | None:
        return _read(self._home.study(study_id).nested)

    def _keep(self, study_id: str, known: Nesting) -> None:
        try:
            write_whole(self._home.study(study_id).nested, json.dumps(asdict(known)))
        except OSError as error:
            raise ManagerError(f"The outer searches cannot be noted: {error}") from error


def read_nested(path: Path, store: Store, spec: StudySpec | None) -> Nested:
    """What is known of the outer searches that a file names, of a study that now is ``spec``."""
    known = _read(path)
    if known is None:
        return Nested(())
    metric = parse_spec(known.spec, local_files=True).objective_info.metric
    found = []
    for fold, outer in enumerate(known.studies, start=1):
        row = store.study(outer) if outer else None
        revealed = row is not None and row.test is not None and row.test_trial == row.best_trial
        score = row.test.get(metric) if row is not None and row.test and revealed else None
        found.append(OuterSearch(fold, row, score))
    changed = spec is not None and json.loads(spec.to_json()) != known.spec
    return Nested(tuple(found), changed)


def _read(path: Path) -> Nesting | None:
    try:
        return _RECORD.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def outer_spec(spec: StudySpec, folds: int, fold: int) -> StudySpec:
    """The same search, drawn anew, on the rows beside an outer fold, which is its test part."""
    document = spec.model_dump(mode="json", exclude_none=True)
    document["dataset"]["outer"] = {"folds": folds, "fold": fold}
    # What earlier studies found, they found on rows of the fold.
    document = {key: part for key, part in document.items() if key not in ("earlier", "first")}
    document["seed"] = (spec.seed + fold) % (MAX_SEED + 1)
    name = f", outer fold {fold} of {folds}"
    document["name"] = spec.name[: MAX_NAME - len(name)] + name
    return parse_spec(document, local_files=True)
