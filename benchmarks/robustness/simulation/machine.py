"""A machine whose clock, scheduler and deaths follow from a seed; all of it in one thread.

A process has actors: calls that go on one at a time, each until it waits. Who goes on next is
drawn. Nothing is faster than anything else: the clock moves on when all wait for it.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty
from typing import Any, Self

from greenlet import getcurrent, greenlet

MOST_TURNS = 20_000
"""Of a history; one that takes more goes round in circles."""
TURN_SECONDS = 1e-5

Ready = Callable[[], bool]


class Death(BaseException):
    """The process ends here, without a last word."""


class StuckError(AssertionError):
    """Nobody can go on, or all go on for ever."""


@dataclass(eq=False)
class Process:
    """A process; ``ended`` is called once at its end, with its exit code."""

    name: str
    pid: int
    ended: Callable[[int], None] = lambda _: None
    alive: bool = True
    actors: list[_Actor] = field(default_factory=list)


@dataclass(eq=False)
class _Actor:
    """A call of a process, which goes on once it is ``ready`` or the clock is at its ``limit``."""

    process: Process
    stack: Any
    ready: Ready | None = None
    limit: float = 0.0

    def can_go_on(self, now: float) -> bool:
        return self.limit <= now or (self.ready is not None and self.ready())


class Machine:
    """Runs processes on one clock. ``rng`` is theirs, and all that happens follows from it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.now = 1_000_000.0
        self._turns = 0
        self._pids = itertools.count(1001)
        self._processes: dict[int, Process] = {}
        self._actors: list[_Actor] = []
        self._current: _Actor | None = None
        self._error: BaseException | None = None

    @property
    def process(self) -> Process | None:
        """The process that goes on at this moment; None outside all of them."""
        return self._current.process if self._current is not None else None

    def begin(self, name: str) -> Process:
        """A process without actors yet."""
        process = Process(name, next(self._pids))
        self._processes[process.pid] = process
        return process

    def alive(self, name: str) -> list[Process]:
        """The processes of this name that live."""
        return [each for each in self._processes.values() if each.name == name and each.alive]

    def find(self, pid: int) -> Process | None:
        """The living process with this number."""
        process = self._processes.get(pid)
        return process if process is not None and process.alive else None

    def spawn(self, process: Process, call: Callable[..., Any], *arguments: Any) -> None:
        """Have a process do something beside what it does; a dead one does nothing."""
        if process.alive:
            actor = _Actor(process, None)
            actor.stack = greenlet(lambda: self._live(actor, call, arguments))
            process.actors.append(actor)
            self._actors.append(actor)

    def run(self, call: Callable[[], None]) -> None:
        """Run until a process that does this has done it."""
        world = self.begin("world")
        self.spawn(world, call)
        try:
            while world.actors:
                self._turn()
                if self._error is not None:
                    raise self._error
        finally:
            for actor in [*self._actors]:
                self.kill(actor.process)

    def refuse_to_ghosts(self) -> None:
        """Raise Death where the process that goes on has died: it does nothing any more."""
        if self._current is not None and not self._current.process.alive:
            raise Death

    def wait(self, ready: Ready | None, seconds: float | None = None) -> bool:
        """Let others go on until something is so, or some seconds have passed; whether it is so."""
        actor = self._current
        assert actor is not None
        self.refuse_to_ghosts()
        actor.ready = ready
        actor.limit = float("inf") if seconds is None else self.now + max(seconds, 0.0)
        self._current = None
        actor.stack.parent.switch()
        return ready is not None and ready()

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.wait(None, seconds)

    def kill(self, process: Process, code: int = -9) -> None:
        """End a process at once, wherever it is; a process that kills itself raises Death."""
        if not process.alive:
            return
        process.alive = False
        current = self._current
        for actor in [*process.actors]:
            if actor is not current:
                self._unwind(actor)
        process.ended(code)
        if current is not None and current.process is process:
            raise Death

    def fail(self, words: str) -> None:
        """End the run with an AssertionError, whoever would catch it where it is known."""
        self._error = self._error or AssertionError(words)

    def _unwind(self, actor: _Actor) -> None:
        before, self._current = self._current, actor
        actor.stack.parent = getcurrent()
        if actor.stack:
            actor.stack.throw(Death)
        else:
            self._forget(actor)  # It had not begun.
        self._current = before

    def _live(self, actor: _Actor, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            call(*arguments)
        except Death:
            pass
        except BaseException as error:
            self._error = self._error or error
        self._forget(actor)

    def _forget(self, actor: _Actor) -> None:
        actor.process.actors.remove(actor)
        self._actors.remove(actor)

    def _turn(self) -> None:
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise StuckError(f"{MOST_TURNS:,} turns, and no end")
        self.now += TURN_SECONDS
        able = [actor for actor in self._actors if actor.can_go_on(self.now)]
        if not able:
            self.now = min(actor.limit for actor in self._actors)
            if self.now == float("inf"):
                raise StuckError("all wait for one another")
            return
        actor = self.rng.choice(able)
        actor.limit, actor.ready = float("inf"), None
        self._current = actor
        actor.stack.parent = getcurrent()
        actor.stack.switch()
        self._current = None


class Signal:
    """What threading.Event is, on a machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._set = False

    def set(self) -> None:
        self._set = True

    def clear(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def wait(self, timeout: float | None = None) -> bool:
        return self._machine.wait(self.is_set, timeout)


class Gate:
    """What threading.Condition is, on a machine: nobody else goes on inside of it anyway."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def wait_for(self, predicate: Ready, timeout: float | None = None) -> bool:
        return self._machine.wait(predicate, timeout)

    def notify_all(self) -> None:
        """Nothing: who waits looks by itself."""


class Mailbox:
    """What queue.Queue is, on a machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._items: list[Any] = []

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Any) -> None:
        self._items.append(item)

    def get(self, timeout: float | None = None) -> Any:
        if not self._machine.wait(lambda: bool(self._items), timeout):
            raise Empty
        return self._items.pop(0)

    def get_nowait(self) -> Any:
        if not self._items:
            raise Empty
        return self._items.pop(0)


class Thread:
    """What threading.Thread and Timer are, on a machine: an actor of the process that starts it."""

    def __init__(
        self,
        machine: Machine,
        target: Callable[..., Any],
        args: tuple[Any, ...] = (),
        *,
        after: float = 0.0,
        **_: Any,
    ) -> None:
        self._machine = machine
        self._target, self._arguments, self._after = target, args, after
        self._done = Signal(machine)

    def start(self) -> None:
        process = self._machine.process
        assert process is not None
        self._machine.spawn(process, self._run)

    def join(self, timeout: float | None = None) -> None:
        self._done.wait(timeout)

    def _run(self) -> None:
        if self._after:
            self._machine.sleep(self._after)
        self._target(*self._arguments)
        self._done.set()
