"""What all events of a class have: they are lines of its journal, and make it what it is."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated

from pydantic import Field
from typing_extensions import override

from tuning_core.classroom.state import ClassState, Member
from tuning_core.journal.events import EventDict, JournalEvent

UserId = Annotated[str, Field(max_length=64)]
MemberId = Annotated[str, Field(max_length=16)]


class ClassEvent(JournalEvent):
    """What all events of a class have."""

    @abstractmethod
    def applied(self, state: ClassState) -> ClassState:
        """The class after this event."""

    @override
    def document(self) -> EventDict:
        return self.model_dump(mode="json")


class MemberEvent(ClassEvent):
    """What changes one member."""

    member: MemberId = ""

    @override
    def applied(self, state: ClassState) -> ClassState:
        member = state.members.get(self.member)
        return state if member is None else state.with_member(self.changed(member))

    @abstractmethod
    def changed(self, member: Member) -> Member:
        """The member after this event."""
