"""Asks a worker what a model says of a row that nobody has seen before."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import OrderedDict
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter
from typing_extensions import override

from tuning_core.catalog.row_answer import RowAnswer, RowForm
from tuning_core.home.home import Home, ManagerError, no_study
from tuning_core.manager.access import OPERATOR, Access, Person, data_of
from tuning_core.manager.questions.best_model import identity
from tuning_core.manager.trainings.job_queue import TrainingSnapshot
from tuning_core.manager.trainings.trainings import Trainings
from tuning_core.manager.workers.pool import WorkerPool
from tuning_core.manager.workers.requests import BackgroundRequests, RefusedError, result_of
from tuning_core.spec.model import Ability
from tuning_core.store import Store

READY_SECONDS = 300.0
"""How long a model may take to be ready; one of a cross-validation may have to be refitted."""
ANSWER_SECONDS = 30.0
TURN_SECONDS = 15.0
"""How long someone waits while others are answered."""
_MOST_FORMS = 256

_FORM, _ANSWER = TypeAdapter(RowForm), TypeAdapter(RowAnswer)


@dataclass
class _Known:
    """What was heard of models by name."""

    requests: BackgroundRequests = field(default_factory=lambda: BackgroundRequests("new row"))
    forms: OrderedDict[str, RowForm] = field(default_factory=OrderedDict)


class AskedModel(ABC):
    """A model that can be asked about rows; cheap to make. Methods may be called by any thread."""

    def __init__(self, known: _Known) -> None:
        self._known = known

    @property
    @abstractmethod
    def name(self) -> str:
        """What tells this model from all others, also from those that it replaces."""

    @property
    def _rows(self) -> str:
        """What tells the rows that it was trained on from others."""
        return self.name

    @property
    @abstractmethod
    def at_hand(self) -> bool:
        """Whether it can be had ready without a worker process that nobody asked for."""

    @property
    @abstractmethod
    def quick(self) -> bool:
        """Whether a question would not wait for a worker process to start."""

    @abstractmethod
    def _asked(self, seconds: float, **details: Any) -> dict[str, Any]:
        """What a worker says within so many seconds. Raises ManagerError."""

    @property
    def form(self) -> RowForm | None:
        """What a row for it is made of; None before it has been ready."""
        return self._known.forms.get(self._rows)

    @property
    def waiting(self) -> bool:
        """Whether it is being made ready."""
        return self._known.requests.running(self.name)

    @property
    def refused(self) -> str:
        """Why it cannot be asked, "" when nothing speaks against it."""
        return self._known.requests.refusal(self.name)

    def begin(self) -> None:
        """Have it made ready beside the caller, unless that is under way."""
        self._known.requests.begin(self.name, self.prepare)

    def prepare(self) -> RowForm:
        """Have it made ready; what a row for it is made of. Raises ManagerError."""
        form = _FORM.validate_json(json.dumps(self._asked(READY_SECONDS)["form"]))
        # By its name of now: the refit of a cross-validation may have replaced the weights.
        self._known.forms[self._rows] = form
        while len(self._known.forms) > _MOST_FORMS:
            self._known.forms.popitem(last=False)
        return form

    def ask(self, question: dict[str, Any]) -> RowAnswer:
        """Its answer to a row.

        ``question`` has ``strokes``, a ``picture``, ``cells`` or the number of a training ``row``.
        Raises ManagerError with a sentence that says what is wrong with it.
        """
        document = self._asked(ANSWER_SECONDS, question=question)
        return _ANSWER.validate_json(json.dumps(document["answer"]))


class NewRows:
    """The models that can be asked about rows."""

    def __init__(
        self,
        home: Home,
        store: Store,
        access: Access,
        pool: WorkerPool,
        trainings: Trainings,
    ) -> None:
        self._home = home
        self._store = store
        self._access = access
        self._pool = pool
        self._trainings = trainings
        self._asking = Lock()
        self._known = _Known()

    def of_study(self, study_id: str, *, by: Person = OPERATOR) -> AskedModel:
        """The best model of a study; its answers show rows of the data.

        Raises ManagerError for data of which they may see none.
        """
        row = self._store.study(study_id)
        if row is not None:
            self._access.refuse_unable(study_id, Ability.ROWS)
            self._access.refuse_data(study_id)
            self._access.refuse_rows(data_of(row.spec), by)
        return _BestModel(self._known, study_id, self._home, self._store, self._pool, self._asking)

    def of_training(self, training: TrainingSnapshot, *, by: Person = OPERATOR) -> AskedModel:
        """The network of a training that has ended, after the epochs that it had; as above."""
        self._access.refuse_rows(training.request.dataset.id, by)
        return _TrainedNetwork(self._known, training, self._trainings)


class _BestModel(AskedModel):
    """The best model of a study; one question of all studies at a time."""

    def __init__(
        self, known: _Known, id: str, home: Home, store: Store, pool: WorkerPool, asking: Lock
    ) -> None:
        super().__init__(known)
        self._id = id
        self._home = home
        self._store = store
        self._pool = pool
        self._asking = asking

    @property
    @override
    def name(self) -> str:
        return f"{self._id} {self._weights}"

    @property
    def _weights(self) -> str:
        files = self._home.study(self._id)
        return identity(files.made_of) if files.best.is_file() else ""

    @property
    @override
    def at_hand(self) -> bool:
        return self._pool.spare or self._pool.resting

    @property
    @override
    def quick(self) -> bool:
        return self._pool.resting or self._asking.locked()

    @override
    def _asked(self, seconds: float, **details: Any) -> dict[str, Any]:
        row = self._store.study(self._id)
        if row is None:
            raise no_study(self._id, self._home.path)
        if row.best_trial is None:
            raise ManagerError("This study has no model yet: no trial has ended with a score.")
        if not self._weights:
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
                    study=self._id,
                    home=str(self._home.path),
                    **details,
                )
        finally:
            self._asking.release()
        if reply is None:
            raise ManagerError("The worker ended, or took too long, before it answered. Try again.")
        return result_of(reply)


class _TrainedNetwork(AskedModel):
    """A network that was trained on demand, of whose worker it is asked between two trainings."""

    def __init__(self, known: _Known, training: TrainingSnapshot, trainings: Trainings) -> None:
        super().__init__(known)
        self._training = training
        self._trainings = trainings

    @property
    @override
    def name(self) -> str:
        return f"{self._training.request.training_key} {len(self._training.epochs)}"

    @property
    @override
    def _rows(self) -> str:
        return self._training.request.dataset.model_dump_json()

    @property
    @override
    def at_hand(self) -> bool:
        # Whoever has trained on this page will go on.
        return True

    @property
    @override
    def quick(self) -> bool:
        return self._trainings.resting

    @override
    def _asked(self, seconds: float, **details: Any) -> dict[str, Any]:
        answer = self._trainings.question(self._training.id, "trained_row", **details)
        try:
            return answer.result(seconds)
        except (TimeoutError, CancelledError):
            answer.cancel()
            raise ManagerError(
                "Others train just now: this network answers when they have ended. Try again."
            ) from None
