"""Who may change a study: the user whose it is, teachers, and whoever has a shell."""

from __future__ import annotations

from dataclasses import dataclass

from tuning_core.home.home import ManagerError
from tuning_core.store import Store

NOT_YOURS = "Made by another user: look, or clone it and change your copy."
NOBODYS = "Made by nobody whom this server knows: look, or clone it and change your copy."


@dataclass(frozen=True)
class Person:
    """Whoever asks the manager for something.

    ``user`` names a login or a browser. A ``teacher`` may change everybody's studies. ``here`` is
    whoever sits at the machine of a server that no other machine reaches.
    """

    user: str
    teacher: bool = False
    here: bool = False


OPERATOR = Person("", teacher=True)
"""Whoever has a shell: the command line, and the manager itself."""


class Access:
    """What a person may do to the studies of a home: look at all of them, change their own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def may_change(self, study_id: str, by: Person) -> bool:
        """Whether the study is theirs to change; one that is nobody's is so on a laptop alone."""
        return by.teacher or self._of(self._store.readers.of(study_id), by)

    def refuse(self, study_id: str, by: Person) -> None:
        """Raises ManagerError for a study that is not theirs to change."""
        if by.teacher:
            return
        owner = self._store.readers.of(study_id)
        if not self._of(owner, by):
            raise ManagerError(NOT_YOURS if owner else NOBODYS)

    def changeable(self, by: Person) -> frozenset[str] | None:
        """Ids of the studies that are theirs to change; None where all are."""
        if by.teacher:
            return None
        own = self._store.readers.studies(by.user)
        return own | self._store.readers.nobodys() if by.here else own

    @staticmethod
    def _of(owner: str, by: Person) -> bool:
        return owner == by.user if owner else by.here
