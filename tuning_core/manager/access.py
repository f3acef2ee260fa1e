"""Who may change a study, who may see rows of an own table, and with whom a study is shared."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tuning_core.datasets.upload_owners import give, owned, owns
from tuning_core.datasets.uploads import gone
from tuning_core.files import write_whole
from tuning_core.home.home import Home, ManagerError
from tuning_core.spec.dataset import LOCAL, UPLOAD
from tuning_core.spec.model import TOOLS, Ability, abilities_of
from tuning_core.spec.study import StudySpec
from tuning_core.store import Store, StudyRow

NOT_YOURS = "Made by another user: look, or clone it and change your copy."
NOBODYS = "Made by nobody whom this server knows: look, or clone it and change your copy."
NOT_SHARED = "This address does not share this study, or does so no longer: ask whose it is."


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


@dataclass(frozen=True)
class Share:
    """With whom a study is shared: the ``users`` who came by an address with the ``token``."""

    token: str
    users: tuple[str, ...] = ()


_SHARE = TypeAdapter(Share)


class Access:
    """What a person may do in a home: look at all studies, change their own, see rows of theirs.

    Methods that refuse raise ManagerError.
    """

    def __init__(self, home: Home, store: Store) -> None:
        self._home = home
        self._store = store

    def may_change(self, study_id: str, by: Person) -> bool:
        """Whether the study is theirs to change; one that is nobody's is so on a laptop alone."""
        return by.teacher or _of(self._store.readers.of(study_id), by)

    def refuse(self, study_id: str, by: Person, needs: Ability | None = None) -> None:
        """Refuse a study that is not theirs to change, or cannot do what this needs."""
        if needs is not None:
            self.refuse_unable(study_id, needs)
        if by.teacher:
            return
        owner = self._store.readers.of(study_id)
        if not _of(owner, by):
            raise ManagerError(NOT_YOURS if owner else NOBODYS)

    def refuse_unable(self, study_id: str, needs: Ability) -> None:
        """Refuse what a study cannot do, whoever asks."""
        study = self._store.study(study_id)
        if study is not None and needs not in abilities_of(study.spec):
            raise ManagerError(why_unable(study.spec, needs))

    def changeable(self, by: Person) -> frozenset[str] | None:
        """Ids of the studies that are theirs to change; None where all are."""
        if by.teacher:
            return None
        own = self._store.readers.studies(by.user)
        return own | self._store.readers.nobodys() if by.here else own

    def may_read(self, dataset_id: str, by: Person) -> bool:
        """Whether they may see rows of a dataset: of an upload those who made it or share it.

        A file of this machine is for whoever sits there, and for teachers.
        """
        if by == OPERATOR or not dataset_id.startswith((*LOCAL, UPLOAD)):
            return True
        if not dataset_id.startswith(UPLOAD):
            return by.teacher or by.here
        path, sha256 = self._home.path, dataset_id.removeprefix(UPLOAD)
        if not re.fullmatch("[0-9a-f]{64}", sha256):
            return False
        if owns(path, by.user, sha256) or (by.here and not owned(path, sha256)):
            return True
        return any(
            owns(path, owner, sha256) and by.user in self._share(study).users
            for study, owner in self._store.readers.on_data(dataset_id)
        )

    def refuse_rows(self, dataset_id: str, by: Person) -> None:
        """Refuse data of which they may see no rows."""
        if not self.may_read(dataset_id, by):
            raise ManagerError(str(gone()))

    def may_see_rows(self, study: StudyRow, by: Person) -> bool:
        """Whether they may see rows of a study's data."""
        return self.may_read(data_of(study.spec), by)

    def refuse_spec(self, spec: StudySpec, by: Person) -> None:
        """Refuse what cannot be launched: another tool's search, data of which they see no rows."""
        if spec.source is not None:
            raise ManagerError(why_unable({"source": spec.source.model_dump()}, Ability.TRAIN))
        self.refuse_rows(spec.dataset.id, by)

    def refuse_data(self, study_id: str) -> None:
        """Refuse to train or evaluate on data that is not of the user whose study it is."""
        owner, study = self._store.readers.of(study_id), self._store.study(study_id)
        if owner and study is not None:
            self.refuse_rows(data_of(study.spec), Person(owner))

    def share(self, study: StudyRow, *, by: Person = OPERATOR) -> str:
        """The token that shares a study with whoever shows it, made at the first call."""
        self.refuse(study.id, by)
        self.refuse_rows(data_of(study.spec), by)
        with self._home.changing():
            share = self._share(study.id)
            if not share.token:
                share = Share(secrets.token_urlsafe(24), share.users)
                self._keep(study.id, share)
        return share.token

    def withdraw(self, study_id: str, *, by: Person = OPERATOR) -> None:
        """Share a study with nobody any more; its address is worth nothing then."""
        self.refuse(study_id, by)
        with self._home.changing():
            self._home.study(study_id).share.unlink(missing_ok=True)

    def accept(self, study_id: str, token: str, by: Person) -> None:
        """Take part in a study that is shared by this token; refuses another."""
        with self._home.changing():
            share = self._share(study_id)
            if not share.token or not hmac.compare_digest(token.encode(), share.token.encode()):
                raise ManagerError(NOT_SHARED)
            if by.user and by.user not in share.users:
                self._keep(study_id, Share(share.token, (*share.users, by.user)))

    def shared(self, study_id: str) -> Share | None:
        """With whom a study is shared; None where it is with nobody."""
        share = self._share(study_id)
        return share if share.token else None

    def _share(self, study_id: str) -> Share:
        try:
            return _SHARE.validate_json(self._home.study(study_id).share.read_bytes())
        except (OSError, ValidationError):
            return Share("")

    def _keep(self, study_id: str, share: Share) -> None:
        try:
            write_whole(self._home.study(study_id).share, _SHARE.dump_json(share).decode())
        except OSError as error:
            raise ManagerError(f"It cannot be kept who shares it ({error.strerror}).") from error


def why_unable(spec: Mapping[str, Any], needs: Ability) -> str:
    """The sentence that refuses what a study cannot do."""
    source = spec.get("source")
    if not source:
        return "This model is of its own file, and so are its rows: what they mean is not known."
    where = TOOLS.get(source.get("tool", ""), "elsewhere")
    if needs is Ability.TRAIN:
        return f"This study was recorded from {where}: it can be looked at, and goes on only there."
    return f"This study was recorded from {where}: its models are not here."


def complete_owners(home: Home, store: Store) -> None:
    """Write down in the studies' folders whose they are, where an earlier version did not.

    What their uploads are follows from it once: later ones are of whoever uploaded them.
    """
    for row in store.studies():
        files, owner = home.study(row.id), store.readers.of(row.id)
        if not owner or files.reader.exists() or not files.folder.exists():
            continue
        write_whole(files.reader, owner)
        dataset_id = data_of(row.spec)
        if dataset_id.startswith(UPLOAD):
            give(home.path, owner, dataset_id.removeprefix(UPLOAD))


def data_of(spec: Mapping[str, Any]) -> str:
    """The id of a spec's dataset, "" where it has none."""
    dataset = spec.get("dataset")
    return str(dataset.get("id", "")) if isinstance(dataset, Mapping) else ""


def _of(owner: str, by: Person) -> bool:
    return owner == by.user if owner else by.here
