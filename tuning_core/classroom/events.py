"""The events of a class, and how they are read back into what it is.

A new one is a class here, and its place in ``AnyClassEvent``; what students do is in ``deeds.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import override

from tuning_core.classroom.challenge import Challenge
from tuning_core.classroom.challenge_events import (
    ChallengeEnded,
    ChallengeRevealed,
    MachinesPlay,
    RunEnded,
)
from tuning_core.classroom.deeds import AimReached, Answered, Followed, Guessed, Step
from tuning_core.classroom.event import ClassEvent, MemberEvent, MemberId, UserId
from tuning_core.classroom.names import LONGEST_NICKNAME, LONGEST_TITLE
from tuning_core.classroom.play import Play
from tuning_core.classroom.state import ClassState, Member
from tuning_core.classroom.tasks import Task

MOST_BROWSERS = 20
"""Browsers of one student; with another the oldest is theirs no more."""


class ClassOpened(ClassEvent):
    """A teacher opens a class, the first event of each."""

    kind: Literal["class_opened"] = "class_opened"
    durable: ClassVar[bool] = True
    id: Annotated[str, Field(max_length=16)]
    code: Annotated[str, Field(max_length=8)]
    title: Annotated[str, Field(max_length=LONGEST_TITLE)]
    teacher: UserId

    @override
    def applied(self, state: ClassState) -> ClassState:
        return state

    def begun(self) -> ClassState:
        """The class as it begins."""
        return ClassState(
            self.id, self.code, self.title, (self.teacher,), opened=self.time, last=self.time
        )


class TeacherCame(ClassEvent):
    """Another teacher takes part in the lead."""

    kind: Literal["teacher_came"] = "teacher_came"
    teacher: UserId

    @override
    def applied(self, state: ClassState) -> ClassState:
        return replace(state, teachers=(*state.teachers, self.teacher))


class ClassEnded(ClassEvent):
    """The class is over."""

    kind: Literal["class_ended"] = "class_ended"
    durable: ClassVar[bool] = True

    @override
    def applied(self, state: ClassState) -> ClassState:
        return replace(state, ended=self.time)


class TaskSet(ClassEvent):
    """The teacher says what comes next; ``everybody`` goes there without a click.

    A challenge begins with it, and one that goes on ends.
    """

    kind: Literal["task_set"] = "task_set"
    durable: ClassVar[bool] = True
    task: Task | None
    everybody: bool = False

    @override
    def applied(self, state: ClassState) -> ClassState:
        play = state.play
        if isinstance(self.task, Challenge):
            play = Play(self.task, state.tasks + 1, self.time)
        elif play is not None and play.ended is None:
            play = replace(play, ended=self.time)
        return replace(
            state,
            play=play,
            task=self.task,
            tasks=state.tasks + 1,
            task_set=self.time,
            everybody=self.everybody,
        )


class NamesHidden(ClassEvent):
    """Names are hidden on the board, or shown again."""

    kind: Literal["names_hidden"] = "names_hidden"
    hidden: bool

    @override
    def applied(self, state: ClassState) -> ClassState:
        return replace(state, names_hidden=self.hidden)


class Joined(ClassEvent):
    """A student joins; ``pin`` is a salted hash."""

    kind: Literal["joined"] = "joined"
    durable: ClassVar[bool] = True
    member: MemberId
    user: UserId
    nickname: Annotated[str, Field(max_length=LONGEST_NICKNAME)]
    pin: Annotated[str, Field(max_length=200)]

    @override
    def applied(self, state: ClassState) -> ClassState:
        now = self.time
        return state.with_member(
            Member(self.member, self.nickname, self.pin, (self.user,), joined=now, seen=now)
        )


class Returned(MemberEvent):
    """A student comes back with another browser."""

    kind: Literal["returned"] = "returned"
    durable: ClassVar[bool] = True
    user: UserId

    @override
    def changed(self, member: Member) -> Member:
        users = (*member.users, self.user)[-MOST_BROWSERS:]
        return replace(member, users=users, seen=self.time)


class Left(MemberEvent):
    """A browser is theirs no more: another student sits at it."""

    kind: Literal["left"] = "left"
    durable: ClassVar[bool] = True
    user: UserId

    @override
    def changed(self, member: Member) -> Member:
        return replace(member, users=tuple(user for user in member.users if user != self.user))


class PinSet(MemberEvent):
    """A student chooses another PIN."""

    kind: Literal["pin_set"] = "pin_set"
    durable: ClassVar[bool] = True
    pin: Annotated[str, Field(max_length=200)]

    @override
    def changed(self, member: Member) -> Member:
        return replace(member, pin=self.pin)


class Renamed(MemberEvent):
    """The teacher gives a student another nickname."""

    kind: Literal["renamed"] = "renamed"
    durable: ClassVar[bool] = True
    nickname: Annotated[str, Field(max_length=LONGEST_NICKNAME)]

    @override
    def changed(self, member: Member) -> Member:
        return replace(member, nickname=self.nickname)


class Removed(MemberEvent):
    """The teacher takes a student out, or lets them in again."""

    kind: Literal["removed"] = "removed"
    durable: ClassVar[bool] = True
    removed: bool = True

    @override
    def changed(self, member: Member) -> Member:
        return replace(member, removed=self.removed)


AnyClassEvent = Annotated[
    ClassOpened
    | TeacherCame
    | ClassEnded
    | TaskSet
    | NamesHidden
    | Joined
    | Returned
    | Left
    | PinSet
    | Renamed
    | Removed
    | Step
    | Answered
    | Guessed
    | AimReached
    | Followed
    | MachinesPlay
    | RunEnded
    | ChallengeEnded
    | ChallengeRevealed,
    Field(discriminator="kind"),
]
_EVENT: TypeAdapter[ClassEvent] = TypeAdapter(AnyClassEvent)


def folded(state: ClassState, event: ClassEvent) -> ClassState:
    """The class after an event."""
    return replace(event.applied(state), last=event.time)


def replayed(lines: Iterable[Mapping[str, Any]]) -> ClassState | None:
    """The class that a journal tells of; None where it does not begin as one.

    What is no event, as a later version may have written it, is left out.
    """
    state: ClassState | None = None
    for line in lines:
        try:
            event = _EVENT.validate_python(line)
        except ValidationError:
            continue
        if state is not None:
            state = folded(state, event)
        elif isinstance(event, ClassOpened):
            state = event.begun()
        else:
            return None
    return state
