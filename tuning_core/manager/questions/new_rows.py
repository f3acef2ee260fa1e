"""Asks a worker what a study's best model says of a row that nobody has seen before."""

from __future__ import annotations

import json
from collections import OrderedDict
from functools import partial
from threading import Lock
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from tuning_core.catalog.row_answer import RowAnswer, RowForm
from tuning_core.home.home import Home, ManagerError, no_study
from tuning_core.manager.questions.best_model import identity
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.requests import BackgroundRequests, RefusedError, result_of
from tuning_core.store import Store

READY_SECONDS = 300.0
"""How long a model may take to be ready; one of a cross-validation may have to be refitted."""
ANSWER_SECONDS = 30.0
TURN_SECONDS = 15.0
"""How long someone waits while others are answered."""
_MOST_FORMS = 256

_FORM, _ANSWER = TypeAdapter(RowForm), TypeAdapter(RowAnswer)


class NewRows:
    """One question at a time. Methods may be called from any thread."""

    def __init__(self, home: Home, store: Store, pool: WorkerPool) -> None:
        self._home = home
        self._store = store
        self._pool = pool
        self._asking = Lock()
        self._requests = BackgroundRequests("new row")
        self._forms: OrderedDict[tuple[str, str], RowForm] = OrderedDict()

    @property
    def at_hand(self) -> bool:
        """Whether a model can be had ready without a worker process that nobody asked for."""
        return self._pool.spare or self._pool.resting

    @property
    def quick(self) -> bool:
        """Whether a question would not wait for a worker process to start."""
        return self._pool.resting or self._asking.locked()

    def model(self, study_id: str) -> str:
        """What tells the best model of a study from those before it, "" where there is none."""
        best = self._home.study(study_id).best
        return identity([best]) if best.is_file() else ""

    def form(self, study_id: str) -> RowForm | None:
        """What a row for the best model is made of; None before its model has been ready."""
        return self._forms.get(self._key(study_id))

    def waiting(self, study_id: str) -> bool:
        """Whether the model is being made ready."""
        return self._requests.running(self._key(study_id))

    def refused(self, study_id: str) -> str:
        """Why the model cannot be asked, "" when nothing speaks against it."""
        return self._requests.refusal(self._key(study_id))

    def begin(self, study_id: str) -> None:
        """Have the model made ready beside the caller, unless that is under way."""
        self._requests.begin(self._key(study_id), partial(self.prepare, study_id))

    def prepare(self, study_id: str) -> RowForm:
        """Have the model made ready; what a row for it is made of. Raises ManagerError."""
        form = _FORM.validate_json(json.dumps(self._asked(study_id, READY_SECONDS)["form"]))
        # By its key of now: the refit of a cross-validation may have replaced the weights.
        self._forms[self._key(study_id)] = form
        while len(self._forms) > _MOST_FORMS:
            self._forms.popitem(last=False)
        return form

    def ask(self, study_id: str, question: dict[str, Any]) -> RowAnswer:
        """The best model's answer to a row.

        ``question`` has ``strokes``, a ``picture``, ``cells`` or the number of a training ``row``.
        Raises ManagerError with a sentence that says what is wrong with it.
        """
        document = self._asked(study_id, ANSWER_SECONDS, question=question)
        return _ANSWER.validate_json(json.dumps(document["answer"]))

    def _asked(self, study_id: str, seconds: float, **details: Any) -> dict[str, Any]:
        row = self._store.study(study_id)
        if row is None:
            raise no_study(study_id, self._home.path)
        if row.best_trial is None:
            raise ManagerError("This study has no model yet: no trial has ended with a score.")
        if not self.model(study_id):
            raise RefusedError(
                "The weights of the best model are not in this study's folder: it came without "
                "them, or they were removed. Clone the study and run it again."
            )
        if not self._asking.acquire(timeout=TURN_SECONDS):
            raise ManagerError("Others ask their models just now: try again in a moment.")
        try:
            request = uuid4().hex
            with self._pool.borrowed(request) as worker:
                reply = worker.ask(
                    request,
                    seconds,
                    command="new_row",
                    study=study_id,
                    home=str(self._home.path),
                    **details,
                )
        finally:
            self._asking.release()
        if reply is None:
            raise ManagerError("The worker ended, or took too long, before it answered. Try again.")
        return result_of(reply)

    def _key(self, study_id: str) -> tuple[str, str]:
        """What was refused for one best model may be done for the next."""
        return study_id, self.model(study_id)
