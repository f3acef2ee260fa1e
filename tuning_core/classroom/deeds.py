"""What students do, as pages note it. A new deed is a class here, and a place in ``events.py``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from tuning_core.classroom.event import MemberEvent
from tuning_core.classroom.state import ClassState, GivenAnswer, GivenGuess, Member
from tuning_core.classroom.tasks import LessonId
from tuning_core.journal.events import Count, Number

SAME_STEP_SECONDS = 5.0
"""A student who does more of the same is noted that often."""
KEPT_GUESSES = 50
"""Guesses of each student that are kept in memory; the journal has them all."""

Place = Annotated[str, Field(max_length=80)]


class Deed(MemberEvent):
    """Something a student does; pages leave ``member`` out."""

    @override
    def applied(self, state: ClassState) -> ClassState:
        member = state.members.get(self.member)
        if member is None:
            return state
        return state.with_member(replace(self.changed(member), seen=self.time))

    def is_news(self, member: Member, now: float) -> bool:
        """Whether it says more than is known of the member at a time."""
        return True


class Step(Deed):
    """A student does something on a page: ``page`` is its address, ``what`` such as a lesson."""

    kind: Literal["step"] = "step"
    page: Place
    what: Place = ""

    @override
    def changed(self, member: Member) -> Member:
        return replace(member, page=self.page, what=self.what, steps=member.steps + 1)

    @override
    def is_news(self, member: Member, now: float) -> bool:
        same = (member.page, member.what) == (self.page, self.what)
        return not same or not member.steps or now - member.seen >= SAME_STEP_SECONDS


class Answered(Deed):
    """A student answers a lesson's question: the first answer counts, as the page then tells."""

    kind: Literal["answered"] = "answered"
    durable: ClassVar[bool] = True
    lesson: LessonId
    option: Annotated[Count, Field(le=50)]
    right: bool

    @override
    def changed(self, member: Member) -> Member:
        given = {self.lesson: GivenAnswer(self.option, self.right)}
        return replace(member, answers={**given, **member.answers})

    @override
    def is_news(self, member: Member, now: float) -> bool:
        return self.lesson not in member.answers


class Guessed(Deed):
    """A student said what to expect of a training, perhaps by a number, and it came."""

    kind: Literal["guessed"] = "guessed"
    expected: Number | None = None
    came: Number
    right: bool

    @override
    def changed(self, member: Member) -> Member:
        guesses = (*member.guesses, GivenGuess(self.expected, self.came, self.right))[
            -KEPT_GUESSES:
        ]
        return replace(member, guesses=guesses)


class AimReached(Deed):
    """A student reaches the aim of a lesson."""

    kind: Literal["aim_reached"] = "aim_reached"
    durable: ClassVar[bool] = True
    lesson: LessonId

    @override
    def changed(self, member: Member) -> Member:
        return replace(member, aims=(*member.aims, self.lesson))

    @override
    def is_news(self, member: Member, now: float) -> bool:
        return self.lesson not in member.aims


class Followed(Deed):
    """A student's page has gone to the task, the ``number``-th that was set."""

    kind: Literal["followed"] = "followed"
    number: Count

    @override
    def changed(self, member: Member) -> Member:
        return replace(member, followed=self.number)

    @override
    def is_news(self, member: Member, now: float) -> bool:
        return member.followed < self.number
