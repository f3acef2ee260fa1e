"""Asks workers why a trial was asked for, and caches what they say."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from tuning_core.catalog.explanation import Explanation
from tuning_core.files import write_whole
from tuning_core.home.home import Home, ManagerError
from tuning_core.manager.access import Access
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.requests import BackgroundRequests, result_of
from tuning_core.spec.model import Ability

EXPLAIN_SECONDS = 180.0
"""How long an answer may take, the start of a worker not included."""

FOLDER = "why"
_ONE = TypeAdapter(Explanation)


class Explanations:
    """One question at a time; each answer is cached in the study's folder, since it never changes.

    A trial is explained by those before it, which have ended. Methods may be called from any
    thread; those about a study raise ManagerError.
    """

    def __init__(self, home: Home, pool: WorkerPool, access: Access) -> None:
        self._home = home
        self._access = access
        self._pool = pool
        self._asking = Lock()
        self._requests = BackgroundRequests("explanation")

    @property
    def at_hand(self) -> bool:
        """Whether an answer needs no new worker process, which takes seconds and a gigabyte."""
        return self._pool.at_hand

    def cached(self, study_id: str, trial: int) -> Explanation | None:
        """What is known of a trial, None when it was not asked for yet."""
        try:
            return _ONE.validate_json(self._path(study_id, trial).read_bytes())
        except (OSError, ValidationError):
            return None

    def waiting(self, study_id: str, trial: int) -> bool:
        """Whether the answer is being worked out."""
        return self._requests.running((study_id, trial))

    def refused(self, study_id: str, trial: int) -> str:
        """Why there is no answer, "" when nothing speaks against one."""
        return self._requests.refusal((study_id, trial))

    def begin(self, study_id: str, trial: int) -> None:
        """Ask beside the caller, unless that is under way."""
        self._requests.begin((study_id, trial), partial(self.ask, study_id, trial))

    def ask(self, study_id: str, trial: int) -> Explanation:
        """The explanation, worked out now unless it is cached; ManagerError when it cannot be."""
        self._access.refuse_unable(study_id, Ability.TRAIN)
        with self._asking:
            known = self.cached(study_id, trial)
            return known if known is not None else self._asked(study_id, trial)

    def _asked(self, study_id: str, trial: int) -> Explanation:
        request = uuid4().hex
        with self._pool.beside(request) as worker:
            reply = worker.ask(
                request,
                EXPLAIN_SECONDS,
                command="explain",
                study=study_id,
                home=str(self._home.path),
                trial=trial,
            )
        if reply is None:
            raise ManagerError("The worker ended before it could say why. Try again.")
        explanation = _ONE.validate_json(json.dumps(result_of(reply)))
        self._store(study_id, trial, asdict(explanation))
        return explanation

    def _store(self, study_id: str, trial: int, document: dict[str, Any]) -> None:
        path = self._path(study_id, trial)
        try:
            path.parent.mkdir(exist_ok=True)
            write_whole(path, json.dumps(document))
        except OSError:
            # It is cheap to ask again.
            return

    def _path(self, study_id: str, trial: int) -> Path:
        return self._home.study(study_id).folder / FOLDER / f"{int(trial)}.json"
