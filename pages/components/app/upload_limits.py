"""Uploads are taken from sessions that may upload, and never more than memory allows.

Streamlit keeps a body in memory until the page has taken it or the session ends, and has no bound
on how many there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, runtime

from pages.components.shared.user import login_configured
from tuning_core.resources import memory_bytes

STALLED_SECONDS = 60.0
LEAST_RATE = 20_000
"""Bytes a second that a body has to come with once it has had ``STALLED_SECONDS``."""
_ROUTE = "/_stcore/upload_file/"
_SHARE = 1 / 8
"""Of the machine's memory, for all bodies at once."""
_MOST = 2_000_000_000
_MULTIPART = 1_048_576
"""Bytes that a body may have beside its file, as Streamlit counts."""


class UploadLimits:
    """Middleware that refuses a body before it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.arriving: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take an upload, or refuse it; anything else is passed on."""
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            _release_later()
            return
        _, route, rest = scope.get("path", "").partition(_ROUTE)
        if not route or scope.get("method") != "PUT":
            await self.app(scope, receive, send)
            return
        session_id, length = rest.partition("/")[0], _length(scope)
        refusal = self._refusal(session_id, length)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        with self._expected(session_id, length):
            try:
                await self.app(scope, _unless_stalled(receive), send)
            except ClientDisconnect:
                # The user went away; Starlette would have it logged with a traceback.
                return

    def _refusal(self, session_id: str, length: int) -> PlainTextResponse | None:
        if length < 0:
            return PlainTextResponse("The length of the file is missing.", 411)
        if not _may_upload(session_id):
            return PlainTextResponse("Files are taken from open pages alone.", 403)
        one = config.get_option("server.maxUploadSize") * 2**20 + _MULTIPART
        held = _held()
        mine = held.get(session_id, 0) + self.arriving.get(session_id, 0) + length
        everyone = sum(held.values()) + sum(self.arriving.values()) + length
        if mine > one:
            return PlainTextResponse("This page has too many files already.", 413)
        if everyone > max(one, min(_MOST, int(memory_bytes() * _SHARE))):
            return PlainTextResponse("Many files arrive just now: try again in a minute.", 503)
        return None

    @contextmanager
    def _expected(self, session_id: str, length: int) -> Iterator[None]:
        """Count a body from its first byte on; Streamlit counts it once it has arrived."""
        self.arriving[session_id] = self.arriving.get(session_id, 0) + length
        try:
            yield
        finally:
            self.arriving[session_id] -= length
            if not self.arriving[session_id]:
                del self.arriving[session_id]


def _unless_stalled(receive: Receive) -> Receive:
    """The body, given up when nothing comes for a while or it drips: its room is kept for it."""
    clock = asyncio.get_running_loop().time
    began, taken = clock(), 0

    async def within() -> Message:
        nonlocal taken
        left = STALLED_SECONDS + taken / LEAST_RATE - (clock() - began)
        try:
            async with asyncio.timeout(min(STALLED_SECONDS, left)):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        taken += len(message.get("body", b""))
        return message

    return within


def _length(scope: Scope) -> int:
    """Bytes of the body as its sender says; -1 where that is not known before it is read."""
    headers = dict(scope["headers"])
    declared = headers.get(b"content-length", b"")
    known = declared.isdigit() and len(declared) < 16 and b"transfer-encoding" not in headers
    return int(declared) if known else -1


def _may_upload(session_id: str) -> bool:
    """Whether a session is open, and logged in where that is asked for."""
    if not runtime.exists():
        return False
    session = runtime.get_instance().get_app_session(session_id)
    if session is None:
        return False
    user: dict[str, Any] = session._user_info
    return not login_configured() or bool(user.get("is_logged_in"))


def _manager() -> Any:
    return runtime.get_instance().uploaded_file_mgr


def _held() -> dict[str, int]:
    """Bytes in memory by session."""
    return {
        session_id: sum(len(file.data) for file in files.values())
        for session_id, files in _manager().file_storage.copy().items()
    }


def _release_later() -> None:
    """Let go of a session that has not come back in time; Streamlit waits for the next to leave."""
    seconds = config.get_option("server.disconnectedSessionTTL") + 1
    asyncio.get_running_loop().call_later(seconds, _release)


def _release() -> None:
    if not runtime.exists():
        return
    sessions = runtime.get_instance()._session_mgr
    stored = getattr(sessions, "_session_storage")._cache  # noqa: B009
    stored.expire()
    known = {info.session.id for info in sessions.list_sessions()}
    for session_id in set(_manager().file_storage) - known:
        _manager().remove_session_files(session_id)
