"""Classes: opened and led by teachers, joined by students, told of what students do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tuning_core.classroom.deeds import Deed
from tuning_core.classroom.event import ClassEvent
from tuning_core.classroom.events import (
    ClassEnded,
    Joined,
    Left,
    NamesHidden,
    PinSet,
    Removed,
    Renamed,
    Returned,
    TaskSet,
    TeacherCame,
)
from tuning_core.classroom.names import (
    drawn_nickname,
    key_of,
    proposed,
    read_code,
    read_nickname,
    read_title,
)
from tuning_core.classroom.pins import hashed, is_pin, read_pin
from tuning_core.classroom.state import ClassState, Member, Membership
from tuning_core.classroom.tasks import Task
from tuning_core.home.home import ManagerError
from tuning_core.manager.access import Person
from tuning_core.manager.classroom.class_list import ClassList, has_ended, no_class, was_removed
from tuning_core.manager.classroom.tries import Tries, network_of

MOST_MEMBERS = 300
HERE_SECONDS = 12.0
"""Who has not been heard of for so long has left the page."""
ENDED_SECONDS = 600.0
"""So long the students of a class that is over are told so."""


class Classes:
    """The classes of a home. What is asked of a class that is over raises ManagerError.

    Students' clocks count for nothing: every time is the server's.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._list = ClassList(folder, clock)
        self._clock = clock
        self._codes_of_user = Tries("wrong codes", 10, 60.0)
        self._codes_of_address = Tries("wrong codes from here", 30, 60.0)
        self._pins = Tries("wrong PINs", 5, 600.0)
        self._new = Tries("new members at this browser", 6, 600.0)
        self._changes = Tries("changes at this browser", 20, 600.0)
        self._here: dict[str, float] = {}

    def open(self, title: str, by: Person) -> str:
        """Open a class and return its code."""
        refuse_students(by)
        return self._list.open(read_title(title), by.user).code

    def teach(self, code: str, by: Person) -> None:
        """Lead a class that another teacher has opened, too."""
        state = self.led(code, by)
        if by.user not in state.teachers:
            self._list.append(code, TeacherCame(teacher=by.user))
        self._list.teach(code, by.user)

    def join(
        self, code: str, nickname: str, pin: str, user: str, *, address: str = ""
    ) -> Membership:
        """Join a class, or come back to it by the same nickname and PIN.

        Without a nickname an animal is drawn. Wrong codes and PINs are limited, by user and by the
        ``address`` of the client.
        """
        state = self._by_code(code, user, address)
        known = state.of_user(user)
        if known is None:
            self._come(state, nickname, read_pin(pin), user)
        elif known.removed:
            raise was_removed(state)
        else:
            self._list.attend(state.code, user)
        membership = self.of(user)
        assert membership is not None
        return membership

    def leave(self, user: str) -> None:
        """Let another student sit at this browser: it is no longer the member's."""
        state = self._list.joined(user)
        member = None if state is None else state.of_user(user)
        if state is not None and member is not None and not member.removed:
            self._changes.begin(user)
            self._list.append(state.code, Left(member=member.id, user=user))

    def set_pin(self, user: str, pin: str) -> None:
        """Give the member of this browser another PIN."""
        membership = self.of(user)
        if membership is None:
            raise ManagerError("PIN: join a class first.")
        self._changes.begin(user)
        kept = hashed(read_pin(pin))
        self._list.append(membership.code, PinSet(member=membership.member, pin=kept))

    def of(self, user: str) -> Membership | None:
        """The class that a user is in now, as a student or else as its teacher."""
        state = self._list.joined(user)
        member = None if state is None or state.ended is not None else state.of_user(user)
        if state is not None and member is not None and not member.removed:
            return Membership.of_member(state, member)
        state = self._list.taught(user)
        if state is None or state.ended is not None:
            return None
        return Membership.of_teacher(state)

    def farewell(self, user: str) -> str:
        """One sentence for who is no more in a class, because they were removed or it has ended."""
        state = self._list.joined(user)
        member = None if state is None else state.of_user(user)
        if state is None or member is None:
            return ""
        if state.ended is not None:
            recent = self._clock() - state.ended < ENDED_SECONDS
            return f"The class {state.code} has ended." if recent else ""
        return str(was_removed(state)) if member.removed else ""

    def of_teacher(self, user: str) -> ClassState | None:
        """The class that a user taught last, over or not."""
        return self._list.taught(user)

    def state(self, code: str) -> ClassState:
        """How a class stands, over or not. For its own people: it does not count wrong codes."""
        state = self._list.find(code)
        if state is None:
            raise no_class(code)
        return state

    def set_task(self, code: str, task: Task | None, by: Person, *, everybody: bool = False) -> int:
        """Say what comes next, and return its number.

        With ``everybody`` students' pages go there by themselves.
        """
        self.led(code, by)
        return self._list.append(code, TaskSet(task=task, everybody=everybody)).tasks

    def hide_names(self, code: str, hidden: bool, by: Person) -> None:
        """Hide names on the board, or show them."""
        self.led(code, by)
        self._list.append(code, NamesHidden(hidden=hidden))

    def rename(self, code: str, member: str, nickname: str, by: Person) -> None:
        """Give a member another nickname."""
        with self._list.lock:
            state = self.led(code, by)
            name = read_nickname(nickname)
            others = state.nicknames - {key_of(_member(state, member).nickname)}
            if key_of(name) in others:
                raise ManagerError(
                    f"There is {name} already. Take another name, such as "
                    f"{proposed(name, state.nicknames)}."
                )
            self._list.append(code, Renamed(member=member, nickname=name))

    def remove(self, code: str, member: str, by: Person) -> None:
        """Take a member out: their browsers cannot join this class until they are let in again."""
        _member(self.led(code, by), member)
        self._list.append(code, Removed(member=member))

    def let_in(self, code: str, member: str, by: Person) -> None:
        """Take a removed member back."""
        _member(self.led(code, by), member)
        self._list.append(code, Removed(member=member, removed=False))

    def end(self, code: str, by: Person) -> None:
        """End a class; it stays readable for its teacher."""
        self.led(code, by)
        self._list.append(code, ClassEnded())

    def led(self, code: str, by: Person) -> ClassState:
        """The class of a code, for whoever may lead it. Raises ManagerError for others."""
        state = self._list.find(code)
        if state is None or by.user not in state.teachers:
            refuse_students(by)
        if state is None:
            raise no_class(code)
        return state

    def record(self, code: str, event: ClassEvent) -> ClassState:
        """Record an event that nobody but the server has brought about; the class after it."""
        return self._list.append(code, event)

    def note(self, user: str, deed: Deed) -> None:
        """Note what a student did; nothing of it for who is in no class."""
        with self._list.lock:
            state = self._list.joined(user)
            if state is None or state.ended is not None:
                return
            member = state.of_user(user)
            if member is None or member.removed or self._list.is_full_of_events(state.code):
                return
            if deed.is_news(member, self._clock()):
                self._list.append(state.code, deed.model_copy(update={"member": member.id}))

    def heard_of(self, user: str) -> None:
        """Note that a page of a user is open; this is kept in memory alone."""
        self._here[user] = self._clock()

    def here(self, state: ClassState) -> frozenset[str]:
        """Members whose page is open."""
        since = self._clock() - HERE_SECONDS
        return frozenset(
            member.id
            for member in state.students
            if any(self._here.get(user, 0.0) >= since for user in member.users)
        )

    def close(self) -> None:
        """Close the journals."""
        self._list.close()

    def _by_code(self, code: str, user: str, address: str) -> ClassState:
        """The class of a code that somebody typed, who may be guessing."""
        wanted, network = read_code(code), network_of(address)
        self._codes_of_user.begin(user)
        self._codes_of_address.begin(network)
        state = self._list.find(wanted)
        if state is None:
            raise no_class(wanted)
        if state.ended is not None:
            raise has_ended(wanted)
        self._codes_of_user.forgive(user)
        self._codes_of_address.forgive(network)
        return state

    def _check_pin(self, state: ClassState, member: Member, pin: str) -> None:
        other = proposed(member.nickname, state.nicknames)
        try:
            self._pins.begin((state.code, member.id))
        except ManagerError as error:
            raise ManagerError(f"{error} Or take another name, such as {other}.") from None
        if not is_pin(pin, member.pin):
            raise ManagerError(
                f"There is {member.nickname} in this class already. If that is you, the PIN is "
                f"another; else take another name, such as {other}."
            )
        self._pins.forgive((state.code, member.id))

    def _come(self, state: ClassState, nickname: str, pin: str, user: str) -> None:
        """Let a browser that the class does not know in: a student's who comes back, or is new."""
        name = read_nickname(nickname) if nickname.strip() else ""
        namesake = state.named(name) if name else None
        if namesake is None:
            self._new.begin(user)
            self._join(state.code, name, hashed(pin), user)
            return
        self._check_pin(state, namesake, pin)
        if namesake.removed:
            raise was_removed(state)
        self._list.append(state.code, Returned(member=namesake.id, user=user))

    def _join(self, code: str, name: str, pin: str, user: str) -> None:
        with self._list.lock:
            state = self.state(code)
            if state.of_user(user) is not None:
                return  # Another tab was quicker.
            if len(state.students) >= MOST_MEMBERS:
                raise ManagerError(
                    f"The class {code} has {MOST_MEMBERS} members, which is the most. Ask your "
                    "teacher to open a second one."
                )
            name = name or drawn_nickname(state.nicknames)
            if key_of(name) in state.nicknames:
                raise ManagerError(
                    f"Somebody has just taken {name}. Take another name, such as "
                    f"{proposed(name, state.nicknames)}."
                )
            id = f"m{len(state.members) + 1}"
            self._list.append(code, Joined(member=id, user=user, nickname=name, pin=pin))


def refuse_students(by: Person) -> None:
    """Raises ManagerError for who is no teacher; whoever sits at a machine of their own is one."""
    if not (by.teacher or by.here):
        raise ManagerError(
            "Classes are opened and led by teachers: open the address with the key that the "
            "server printed at its start."
        )


def _member(state: ClassState, member: str) -> Member:
    found = state.members.get(member)
    if found is None:
        raise ManagerError(f"There is no member {member[:20]} in the class {state.code}.")
    return found
