"""How a class stands: all that its events have made of it. Nothing here ever changes in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from tuning_core.classroom.names import key_of
from tuning_core.classroom.play import Play
from tuning_core.classroom.tasks import Task


@dataclass(frozen=True)
class GivenAnswer:
    """What a student answered to a lesson's question, the last time."""

    option: int
    right: bool


@dataclass(frozen=True)
class GivenGuess:
    """What a student expected of a training, if as a number, what came, and the way it went."""

    expected: float | None
    came: float
    right: bool


@dataclass(frozen=True)
class Member:
    """A student in a class, in as many browsers (``users``) as they came back with.

    ``page`` and ``what`` say where they were last, ``seen`` when they last did something, and
    ``followed`` which task their page went to last, by its number.
    """

    id: str
    nickname: str
    pin: str = field(repr=False)
    users: tuple[str, ...]
    joined: float
    seen: float
    removed: bool = False
    page: str = ""
    what: str = ""
    steps: int = 0
    answers: Mapping[str, GivenAnswer] = field(default_factory=dict)
    guesses: tuple[GivenGuess, ...] = ()
    aims: tuple[str, ...] = ()
    followed: int = 0


@dataclass(frozen=True)
class ClassState:
    """A class. ``teachers`` are the users who teach it, who opened it first.

    ``everybody`` says that pages of students go to the task by themselves; ``tasks`` counts the
    tasks that were set, so that each is followed once. ``last`` is the time of the last event,
    ``play`` the challenge that was begun last.
    """

    id: str
    code: str
    title: str
    teachers: tuple[str, ...]
    opened: float
    last: float
    members: Mapping[str, Member] = field(default_factory=dict)
    task: Task | None = None
    tasks: int = 0
    task_set: float = 0.0
    everybody: bool = False
    names_hidden: bool = False
    play: Play | None = None
    ended: float | None = None

    @property
    def students(self) -> list[Member]:
        """Those in the class, in the order in which they joined."""
        return [member for member in self.members.values() if not member.removed]

    @property
    def nicknames(self) -> frozenset[str]:
        """Keys of all nicknames that are taken, of those too who were removed."""
        return frozenset(key_of(member.nickname) for member in self.members.values())

    def of_user(self, user: str) -> Member | None:
        """Who a user is in this class, removed or not; the latest, if they were several."""
        found = [member for member in self.members.values() if user in member.users]
        return found[-1] if found else None

    def named(self, nickname: str) -> Member | None:
        """Who has a nickname, however it is written."""
        key = key_of(nickname)
        return next((m for m in self.members.values() if key_of(m.nickname) == key), None)

    def with_member(self, member: Member) -> ClassState:
        """The class with a member as they are now."""
        return replace(self, members={**self.members, member.id: member})


@dataclass(frozen=True)
class Membership:
    """What a user is in a class; ``member`` and ``nickname`` are empty for its teacher.

    ``task`` is what comes next, the ``number``-th that was set; with ``everybody`` pages of
    students go there by themselves. ``followed`` is the last that their page went to.
    """

    class_id: str
    code: str
    title: str
    role: Literal["student", "teacher"]
    member: str
    nickname: str
    task: Task | None
    number: int
    everybody: bool
    followed: int

    @classmethod
    def of_member(cls, state: ClassState, member: Member) -> Membership:
        """A student's."""
        return cls._made(state, "student", member.id, member.nickname, member.followed)

    @classmethod
    def of_teacher(cls, state: ClassState) -> Membership:
        """The teacher's."""
        return cls._made(state, "teacher", "", "", state.tasks)

    @classmethod
    def _made(
        cls,
        state: ClassState,
        role: Literal["student", "teacher"],
        member: str,
        nickname: str,
        followed: int,
    ) -> Membership:
        task = (state.task, state.tasks, state.everybody, followed)
        return cls(state.id, state.code, state.title, role, member, nickname, *task)
