"""A number for each browser, so that what belongs to one can be shown to it first.

It is a cookie that scripts cannot read, made at random at the first visit. It names nobody and
protects nothing: whoever copies it sees the same marks.
"""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "tunescape_browser"
_YEAR = 365 * 24 * 3600
_FORM = re.compile(r"[0-9a-f]{32}")
_SESSION = "browser_id"


class BrowserId:
    """Middleware that gives a browser without a number one, with the first page it asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; only pages (paths without a dot or an underscore) set the cookie."""
        path = scope.get("path", "")
        page = scope["type"] == "http" and "." not in path and not path.startswith("/_stcore")
        if not page or _known(scope):
            await self.app(scope, receive, send)
            return

        async def give(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append(
                        "set-cookie",
                        f"{COOKIE}={secrets.token_hex(16)}; Path=/; Max-Age={_YEAR}; "
                        "HttpOnly; SameSite=Lax",
                    )
            await send(message)

        await self.app(scope, receive, give)


def browser_id() -> str:
    """The number of the user's browser; one of the session's own where cookies are refused."""
    sent = st.context.cookies.get(COOKIE)
    if isinstance(sent, str) and _FORM.fullmatch(sent):
        return sent
    made: str = st.session_state.setdefault(_SESSION, secrets.token_hex(16))
    return made


def _known(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name != b"cookie":
            continue
        try:
            cookies = SimpleCookie(value.decode("latin-1"))
        except CookieError:
            continue
        if COOKIE in cookies and _FORM.fullmatch(cookies[COOKIE].value):
            return True
    return False
