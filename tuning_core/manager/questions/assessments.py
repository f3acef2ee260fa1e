"""Assessments of studies: asked of a worker, kept in the study's folder until they are old."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from tuning_core.home.home import ManagerError, no_study
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.manager.workers.yielding import Stage, Turns, YieldingRequest
from tuning_core.space import SpecError
from tuning_core.spec.assessments import (
    ASSESSMENTS,
    AssessmentInfo,
    chosen_options,
    options_key,
    wrong_assessment,
)
from tuning_core.spec.decision import read_decision
from tuning_core.store import Store, StudyRow

MOST_KEPT = 60
"""Results of one study; those with other options that are longest unused go first."""

MOST_AT_ONCE = 8
"""Assessments of one study that run or wait."""

_MOST_BYTES = 16_000_000
_IN_MEMORY = 64


@dataclass(frozen=True)
class Assessment:
    """How far an assessment is, and its ``result`` (JSON) once there is one.

    ``share`` (0 to 1) and ``doing`` say how far a running one is, ``message`` why it waits or does
    not go on.
    """

    stage: Stage = "none"
    share: float = 0.0
    doing: str = ""
    message: str = ""
    result: dict[str, Any] | None = None

    @property
    def active(self) -> bool:
        """Whether it is under way or waits for its turn."""
        return self.stage in ("waiting", "running")


@dataclass(frozen=True)
class _Question:
    """One assessment of one study with its options, and where its result is kept."""

    info: AssessmentInfo
    study: StudyRow
    options: dict[str, Any]
    path: Path

    @property
    def made_of(self) -> str:
        """What its result rests on; another one makes a kept result an old one."""
        row, spec = self.study, self.study.spec
        if self.info.made_of == "data":
            names = ("dataset", "cross_validation", "objective", "model", "seed")
            facts: Any = {name: spec.get(name) for name in names}
        elif self.info.made_of == "best":
            facts = [row.best_trial, row.best_score, row.test_trial]
            decision = read_decision(StudyFiles(self.path.parents[1]).decision)
            if decision is not None and decision.of(row.best_trial or 0).temperature != 1.0:
                facts.append(decision.temperature)  # It is inside the model.
        else:
            facts = [row.trials, row.best_trial, row.test_trial, spec.get("space")]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class Assessments:
    """Finds out about studies what their search has not recorded.

    Long ones give way to whoever needs a worker. Methods raise ManagerError.
    """

    def __init__(self, store: Store, access: Access, turns: Turns) -> None:
        self._store, self._access, self._turns = store, access, turns
        self._lock = Lock()
        self._runs: dict[Path, _Run] = {}
        self._read: dict[Path, tuple[int, dict[str, Any]]] = {}

    def get(self, study_id: str, id: str, options: Mapping[str, Any] | None = None) -> Assessment:
        """What is known now; cheap enough for twice a second."""
        return self._get(self._question(study_id, id, options))

    def begin(
        self,
        study_id: str,
        id: str,
        options: Mapping[str, Any] | None = None,
        *,
        by: Person = OPERATOR,
    ) -> None:
        """Compute it, unless that is under way; returns at once."""
        self._access.refuse(study_id, by)
        question = self._question(study_id, id, options)
        self._access.refuse_unable(study_id, question.info.needs)
        self._access.refuse_data(study_id)
        if question.info.made_of != "data" and self._store_row(study_id).status.active:
            raise ManagerError("The search has not ended: its best may change. Wait for its end.")
        with self._lock:
            known = self._runs.get(question.path)
            if known is not None and known.request.is_alive():
                return
            self._refuse_many(study_id)
            self._forget_old(question.path)
            run = self._runs[question.path] = _Run(
                question,
                self._turns,
                lambda: replace(question, study=self._store_row(study_id)).made_of,
            )
            # Under the lock: what ends a study waits for its thread, which must have begun.
            self._turns.begin(run.request)

    def run(
        self, study_id: str, id: str, options: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The result, computed first where there is none; waits for it."""
        question = self._question(study_id, id, options)
        found = self._get(question)
        if found.result is None:
            self.begin(study_id, id, options)
            if (run := self._runs.get(question.path)) is not None:
                run.request.join()
            found = self._get(question)
        if found.result is None:
            raise ManagerError(found.message or f"{question.info.label}: there is no result.")
        return found.result

    def stop(
        self,
        study_id: str,
        id: str,
        options: Mapping[str, Any] | None = None,
        *,
        by: Person = OPERATOR,
    ) -> None:
        """End it soon; ``begin`` goes on with what it left."""
        self._access.refuse(study_id, by)
        run = self._runs.get(self._question(study_id, id, options).path)
        if run is not None:
            run.request.stop()

    def kept(self, study_id: str) -> dict[str, dict[str, Any]]:
        """The results that are there and still hold, of the usual options, by id."""
        found = {id: self.get(study_id, id).result for id in ASSESSMENTS}
        return {id: result for id, result in found.items() if result is not None}

    def _get(self, question: _Question) -> Assessment:
        run = self._runs.get(question.path)
        now = Assessment() if run is None else run.now
        if now.active:
            return now
        result = self._result(question)
        if result is None:
            # It may have been done, and the study has gone on since.
            return replace(now, stage="none") if now.stage == "done" else now
        return Assessment("done", 1.0, result=result)

    def _question(self, study_id: str, id: str, given: Mapping[str, Any] | None) -> _Question:
        study = self._store_row(study_id)
        try:
            info = ASSESSMENTS.get(id)
            if info is None:
                raise wrong_assessment(id)
            options = chosen_options(info, given or {})
        except SpecError as error:
            raise ManagerError(str(error)) from None
        path = self._turns.home.study(study_id).assessment(info.id, options_key(options))
        return _Question(info, study, options.model_dump(mode="json"), path)

    def _store_row(self, study_id: str) -> StudyRow:
        row = self._store.study(study_id)
        if row is None:
            raise no_study(study_id, self._turns.home.path)
        return row

    def _result(self, question: _Question) -> dict[str, Any] | None:
        """What is kept of it; None where there is nothing that still holds."""
        try:
            stat = question.path.stat()
            seen, document = self._read.get(question.path, (0, {}))
            if seen != stat.st_mtime_ns:
                if stat.st_size > _MOST_BYTES:
                    return None
                document = json.loads(question.path.read_bytes())
                while len(self._read) >= _IN_MEMORY:
                    with suppress(StopIteration, KeyError):
                        self._read.pop(next(iter(self._read)))
                self._read[question.path] = (stat.st_mtime_ns, document)
            result = document["result"]
            holds = document["made_of"] == question.made_of and isinstance(result, dict)
            return result if holds else None
        except (OSError, ValueError, KeyError, TypeError):
            return None  # None yet, or changed by hand.

    def _refuse_many(self, study_id: str) -> None:
        alive = {path: run for path, run in self._runs.items() if run.request.is_alive()}
        if sum(run.request.study_id == study_id for run in alive.values()) >= MOST_AT_ONCE:
            raise ManagerError(
                f"{MOST_AT_ONCE} assessments of this study run or wait already: wait for one to "
                "end, or stop one."
            )
        if len(self._runs) > _IN_MEMORY + len(alive):
            self._runs = alive

    def _forget_old(self, path: Path) -> None:
        """Make room for one more result of a study."""
        with suppress(OSError):
            kept = [p for p in path.parent.glob("*-*.json") if p != path]
            kept.sort(key=lambda p: p.stat().st_mtime)
            for old in kept[: max(0, len(kept) + 1 - MOST_KEPT)]:
                old.unlink(missing_ok=True)
                old.with_suffix(".lock").unlink(missing_ok=True)
                old.with_suffix(".part").unlink(missing_ok=True)
                self._runs.pop(old, None)


class _Run:
    """One assessment under way; ``made_of`` says what it rests on, which changes while it waits."""

    def __init__(self, question: _Question, turns: Turns, made_of: Callable[[], str]) -> None:
        self.now = Assessment("waiting")
        asked = {"assessment": question.info.id, "options": question.options}
        self.request = YieldingRequest(
            "assess",
            question.study.id,
            lambda: {**asked, "made_of": made_of()},
            turns,
            self._progress,
            self._say,
            quick=question.info.quick,
        )

    def _progress(self, event: dict[str, Any]) -> None:
        if event.get("kind") == "assessing":
            share, doing = float(event["share"]), str(event["doing"])
            self.now = Assessment("running", share, doing)

    def _say(self, stage: Stage, message: str = "") -> None:
        self.now = Assessment(stage, self.now.share, message=message)
