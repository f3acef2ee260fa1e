"""What is decided of a study's best model, kept in its folder."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from tuning_core.files import write_whole
from tuning_core.home.home import Home, ManagerError, no_study
from tuning_core.manager.access import OPERATOR, Access, Person
from tuning_core.spec.decision import Decision, read_decision
from tuning_core.spec.model import Ability
from tuning_core.store import Store


class Decisions:
    """The temperature and the threshold that whoever made a study chose for its best model.

    Methods raise ManagerError.
    """

    def __init__(self, home: Home, store: Store, access: Access) -> None:
        self._home = home
        self._store = store
        self._access = access

    def get(self, study_id: str) -> Decision:
        """What is decided of the best model so far; of an earlier one nothing is."""
        row = self._store.study(study_id)
        trial = (row.best_trial if row is not None else None) or 0
        found = read_decision(self._home.study(study_id).decision)
        return Decision(trial=trial) if found is None else found.of(trial)

    def decide(self, study_id: str, *, by: Person = OPERATOR, **changes: Any) -> Decision:
        """Change fields of the :class:`Decision` and return it.

        The model's files are made anew when they are asked for next.
        """
        if self._store.study(study_id) is None:
            raise no_study(study_id, self._home.path)
        self._access.refuse(study_id, by, Ability.ROWS)
        try:
            decided = Decision.model_validate(self.get(study_id).model_dump() | changes)
        except ValidationError as error:
            wrong = error.errors()[0]
            name, came = ".".join(map(str, wrong["loc"])), f"{wrong['input']!r}"[:40]
            raise ManagerError(f"{name}: {wrong['msg']}, received {came}.") from None
        try:
            write_whole(self._home.study(study_id).decision, decided.model_dump_json())
        except OSError as error:
            raise ManagerError(f"The decision cannot be kept: {error}") from error
        return decided
