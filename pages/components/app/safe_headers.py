"""What every answer says to the browser: no foreign frames, no guessing of types, Secure cookies.

Routes of Streamlit that no page needs are closed here too.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

_CORE = "/_stcore/"
_OPEN = ("health", "host-config", "stream", "upload_file/", "bidi-components/")


class SafeHeaders:
    """Middleware that adds headers to all answers and closes what is not needed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        encrypted = _encrypted(scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), encrypted)
            await send(message)

        _, core, route = scope["path"].partition(_CORE)
        if core and not route.startswith(_OPEN):
            await PlainTextResponse("Not found", 404)(scope, receive, with_headers)
        else:
            await self.app(scope, receive, with_headers)


def _add(headers: MutableHeaders, encrypted: bool) -> None:
    framing = [origin for origin in config.get_option("client.allowedOrigins") if origin]
    headers["Content-Security-Policy"] = " ".join(("frame-ancestors", "'self'", *framing))
    if not framing:
        headers["X-Frame-Options"] = "SAMEORIGIN"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    if encrypted:
        headers.raw[:] = [
            (name, value + b"; Secure")
            if name == b"set-cookie" and b"; secure" not in value.lower()
            else (name, value)
            for name, value in headers.raw
        ]


def _encrypted(scope: Scope) -> bool:
    """Whether the browser speaks TLS, to this server or to the proxy before it."""
    forwarded = dict(scope["headers"]).get(b"x-forwarded-proto", b"").split(b",")[0].strip()
    return scope.get("scheme") == "https" or forwarded == b"https"
