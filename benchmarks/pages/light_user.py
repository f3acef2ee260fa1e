"""A user without a browser: speaks Streamlit's protocol, keeps what matters, draws nothing."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from pages.components.shared.user import COOKIE

ANSWER_SECONDS = 60.0
_LARGEST = 200_000_000
PLACES = {
    "": "Home",
    "library": "Library",
    "study": "Study",
    "new_study": "New study",
    "what_if": "What-if",
}
"""Where users wander, and what the board calls it."""
_WEIGHTS = (1, 1, 2, 1, 4)


@dataclass(frozen=True)
class Deed:
    """A member has asked for a page: what the board will call it, and when that was."""

    nickname: str
    place: str
    asked: float


@dataclass
class Notes:
    """What the users of a class saw: seconds of page answers and of live ticks, and faults.

    ``back`` found themselves in the class again after the server had been restarted.
    """

    pages: list[float] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    launched: int = 0
    moved: int = 0
    back: int = 0


class LightUser:
    """One session of a member of a class, in an asyncio task of its own."""

    def __init__(self, port: int, notes: Notes, nickname: str = "", code: str = "") -> None:
        self._port = port
        self._notes = notes
        self._nickname, self._code = nickname, code
        self._cookie = f"{COOKIE}={secrets.token_hex(16)}"
        self._script = ""
        self._query = ""
        self._ticks: dict[str, tuple[float, float]] = {}
        self._widgets: dict[str, str] = {}
        self._studies: list[str] = []
        self._said = ""
        self._socket: ClientConnection | None = None

    async def attend(self, wait: Callable[[float], Awaitable[bool]], *, launches: bool) -> None:
        """Join, then wander until ``wait(seconds)`` says that the lesson is over.

        A connection that breaks is made again, as a browser does.
        """
        joined = False
        while await wait(0.0):
            try:
                async with self._connected():
                    await self._arrive(back=joined)
                    if launches and not joined:
                        await self._open("")
                        await self._press("watch")
                        self._notes.launched += 1
                    joined = True
                    while await wait(random.uniform(2, 6)):
                        await self._wander(wait)
            except (ConnectionClosed, InvalidHandshake, ConnectionError):
                await wait(1.0)
            except Exception as error:
                self._notes.faults.append(f"{type(error).__name__}: {error}"[:200])
                return

    async def visit(self, page: str, query: str) -> None:
        """Open one page and go."""
        async with self._connected():
            await self._open(page, query)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        async with connect(
            f"ws://127.0.0.1:{self._port}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": self._cookie},
            origin=f"http://localhost:{self._port}",  # type: ignore[arg-type]
            max_size=_LARGEST,
        ) as self._socket:
            yield

    async def _arrive(self, *, back: bool) -> None:
        """Come to the class, by the form at first; once in it, the server knows who this is."""
        await self._open("class_room", f"code={self._code}")
        if not back:
            await self._press("Join", {"nickname": self._nickname, "code": self._code})
        if f"You are {self._nickname}." in self._said:
            self._notes.back += back
        else:
            self._notes.faults.append(f"{self._nickname} is not in the class, back: {back}.")

    async def _wander(self, wait: Callable[[float], Awaitable[bool]]) -> None:
        [page] = random.choices([*PLACES], _WEIGHTS)
        query = f"id={random.choice(self._studies)}" if page == "study" and self._studies else ""
        if page == "what_if":
            query = f"dataset=digits&epochs=10&learning_rate={10 ** random.uniform(-4, -2):.6f}"
            self._notes.moved += 1
        self._notes.deeds.append(Deed(self._nickname, PLACES[page], time.monotonic()))
        await self._open(page, query)
        # A live page is looked at for a while, and asks for its parts as a browser does.
        until = time.monotonic() + random.uniform(6, 12)
        while self._ticks and time.monotonic() < until:
            fragment, (interval, due) = min(self._ticks.items(), key=lambda tick: tick[1][1])
            if not await wait(due - time.monotonic()):
                return
            self._ticks[fragment] = (interval, time.monotonic() + interval)
            await self._ask(self._notes.ticks, fragment=fragment)

    async def _open(self, page: str, query: str = "") -> None:
        self._script, self._query, self._said = "", query, ""
        self._ticks, self._widgets = {}, {}
        await self._ask(self._notes.pages, page=page)

    async def _press(self, key: str, texts: Mapping[str, str] | None = None) -> None:
        """Press a button once ``texts`` are in their fields; all by the ends of their keys."""
        missing = {key, *(texts or {})} - self._widgets.keys()
        if missing:
            self._notes.faults.append(f"The page has no {', '.join(sorted(missing))}.")
            return
        await self._ask(self._notes.pages, pressed=self._widgets[key], texts=texts)

    async def _ask(
        self,
        times: list[float],
        *,
        page: str = "",
        pressed: str = "",
        texts: Mapping[str, str] | None = None,
        fragment: str = "",
    ) -> None:
        """Ask for a run of the script, or of a live part, and wait until it has ended."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self._query, page
        state.page_script_hash = self._script
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        for key, text in (texts or {}).items():
            widget = state.widget_states.widgets.add()
            widget.id, widget.string_value = self._widgets[key], text
        if pressed:
            widget = state.widget_states.widgets.add()
            widget.id, widget.trigger_value = pressed, True
        assert self._socket is not None
        started = time.monotonic()
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(ANSWER_SECONDS):
            while not await self._taken():
                pass
        times.append(time.monotonic() - started)

    async def _taken(self) -> bool:
        """Read a message; whether it ends the run."""
        assert self._socket is not None
        message = ForwardMsg()
        message.ParseFromString(await self._socket.recv(decode=False))
        kind = message.WhichOneof("type")
        if kind == "delta":
            self._look(message)
        elif kind == "new_session":
            self._script = message.new_session.page_script_hash
            if not message.metadata.run.fragment_ids:
                self._ticks = {}
        elif kind == "navigation":
            self._script = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            tick = message.auto_rerun
            self._ticks[tick.fragment_id] = (tick.interval, time.monotonic() + tick.interval)
        elif kind == "page_not_found":
            self._notes.faults.append("A page was not found.")
        elif kind == "script_finished":
            early = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
            return bool(message.script_finished != early)
        return False

    def _look(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self._notes.faults.append(element.exception.message[:200])
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            self._notes.faults.append(element.alert.body[:200])
        elif kind == "html":
            self._said += element.html.body
        elif kind in ("button", "text_input"):
            identity = getattr(element, kind).id
            self._widgets[identity.rpartition("-")[2]] = identity
        elif kind == "page_link" and "id=" in element.page_link.query_string:
            self._studies = [
                *self._studies[-20:],
                element.page_link.query_string.partition("id=")[2],
            ]
