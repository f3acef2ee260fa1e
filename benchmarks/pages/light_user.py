"""A user without a browser: speaks Streamlit's protocol, keeps what matters, draws nothing."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from pages.components.shared.user import COOKIE

ANSWER_SECONDS = 60.0
_LARGEST = 200_000_000


@dataclass
class Notes:
    """What the users of a class saw: seconds of page answers and of live ticks, and faults."""

    pages: list[float] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    launched: int = 0


class LightUser:
    """One session on a server, in an asyncio task of its own."""

    def __init__(self, port: int, notes: Notes) -> None:
        self._port = port
        self._notes = notes
        self._cookie = f"{COOKIE}={secrets.token_hex(16)}"
        self._script = ""
        self._query = ""
        self._tick: tuple[str, float] | None = None
        self._buttons: dict[str, str] = {}
        self._studies: list[str] = []
        self._socket: ClientConnection | None = None

    async def attend(self, wait: Callable[[float], Awaitable[bool]], *, launches: bool) -> None:
        """Wander through the pages until ``wait(seconds)`` says that the lesson is over."""
        try:
            async with self._connected():
                await self._open("")
                if launches:
                    await self._press("watch")
                    self._notes.launched += 1
                while await wait(random.uniform(3, 8)):
                    await self._wander(wait)
        except Exception as error:
            self._notes.faults.append(f"{type(error).__name__}: {error}"[:200])

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

    async def _wander(self, wait: Callable[[float], Awaitable[bool]]) -> None:
        page = random.choice(["", "library", "study", "study", "new_study", "status"])
        query = f"id={random.choice(self._studies)}" if page == "study" and self._studies else ""
        await self._open(page, query)
        # A live page is looked at for a while, and asks for its parts as a browser does.
        until = time.monotonic() + random.uniform(4, 10)
        while self._tick is not None and time.monotonic() < until:
            fragment, interval = self._tick
            if not await wait(interval):
                return
            await self._ask(self._notes.ticks, fragment=fragment)

    async def _open(self, page: str, query: str = "") -> None:
        self._script, self._query, self._tick = "", query, None
        await self._ask(self._notes.pages, page=page)

    async def _press(self, key: str) -> None:
        identity = self._buttons.get(key)
        if identity is None:
            self._notes.faults.append(f"The page has no button {key!r}.")
            return
        await self._ask(self._notes.pages, pressed=identity)

    async def _ask(
        self, times: list[float], *, page: str = "", pressed: str = "", fragment: str = ""
    ) -> None:
        """Ask for a run of the script, or of a live part, and wait until it has ended."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self._query, page
        state.page_script_hash = self._script
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
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
                self._tick = None
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._tick = (message.auto_rerun.fragment_id, message.auto_rerun.interval)
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
        elif kind == "button":
            self._buttons[element.button.id.rpartition("-")[2]] = element.button.id
        elif kind == "page_link" and "id=" in element.page_link.query_string:
            self._studies = [
                *self._studies[-20:],
                element.page_link.query_string.partition("id=")[2],
            ]
