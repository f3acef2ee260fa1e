"""What a browser may say over its WebSocket: what the pages need, and nothing else.

Streamlit takes more from any client: messages that empty the caches of all users, run git, write
files, or ask for a million upload addresses at once. What is not listed here is dropped; what is no
message of Streamlit's ends the connection, without a traceback.
"""

from __future__ import annotations

import asyncio
import logging

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

log = logging.getLogger("tunescape.connections")

MOST_SESSIONS = 400
MOST_FILES = 100
"""Upload addresses that one message may ask for."""
RATE, BURST = 50.0, 100
"""Messages a second that are read of one connection in the long run, and at once."""
_ALLOWED = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}
_ALLOWED_OPERATIONS = {"deferred_file", "dataframe_chunk"}

_GONE: Message = {"type": "websocket.disconnect", "code": 1006}


class ClientMessages:
    """Middleware that reads every message of a client before Streamlit does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.sessions = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a WebSocket; anything else is passed on."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        if self.sessions >= MOST_SESSIONS:
            log.warning("A session was refused: %s are open.", self.sessions)
            await send({"type": "websocket.close", "code": 1013})
            return
        self.sessions += 1
        try:
            await _serve(self.app, scope, receive, send)
        finally:
            self.sessions -= 1


async def _serve(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    ended = False
    clock = asyncio.get_running_loop().time
    due = 0.0

    async def allowed() -> Message:
        nonlocal ended, due
        while True:
            message = _GONE if ended else await receive()
            if message["type"] != "websocket.receive":
                return message
            # Each may start a run of a page: whoever sends thousands waits, and nobody else.
            due = max(due + 1 / RATE, clock() - BURST / RATE)
            await asyncio.sleep(max(0.0, due - clock()))
            verdict = _allowed(message.get("bytes"))
            if verdict is None:
                log.warning("A connection was closed: what it sent is no message of Streamlit's.")
                ended = True
                await send({"type": "websocket.close", "code": 1002})
                return _GONE
            if verdict:
                return message
            log.warning("A message of a client was dropped: no page sends it.")

    async def unless_ended(message: Message) -> None:
        nonlocal ended
        if ended:
            return
        try:
            await send(message)
        except OSError:
            # The user is gone. Streamlit, told so here, would stumble over what is still unread.
            ended = True

    await app(scope, allowed, unless_ended)


def _allowed(data: bytes | None) -> bool | None:
    """Return whether a message may pass; None if it is no message of Streamlit's."""
    if data is None:
        return None
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return None
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _ALLOWED_OPERATIONS
    if kind == "file_urls_request":
        return len(message.file_urls_request.file_names) <= MOST_FILES
    return kind in _ALLOWED
