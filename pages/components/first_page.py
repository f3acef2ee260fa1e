"""The HTML page that Streamlit serves, with our title and without two requests that fail.

On a deep link such as /study Streamlit's client looks for its server at /study/_stcore first,
which the browser reports as errors. Telling it the address spares it the search.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ADDRESS = b'<script>window.__streamlit={BACKEND_BASE_URL:new URL(".",location.href).href}</script>'
_TITLE = b"<title>Streamlit</title>"
_OURS = b"<title>Tunescape</title>" + _ADDRESS


class FirstPage:
    """Middleware that edits the HTML page and leaves everything else alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; only pages (paths without a dot or an underscore) are edited."""
        path = scope.get("path", "")
        if scope["type"] != "http" or "." in path or path.startswith("/_stcore"):
            await self.app(scope, receive, send)
            return
        # A compressed page could not be edited.
        scope = {**scope, "headers": [h for h in scope["headers"] if h[0] != b"accept-encoding"]}
        head: Message = {}
        body = b""

        async def edit(message: Message) -> None:
            nonlocal head, body
            if message["type"] == "http.response.start":
                head = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            headers = MutableHeaders(scope=head)
            if headers.get("content-type", "").startswith("text/html"):
                body = body.replace(_TITLE, _OURS)
                headers["content-length"] = str(len(body))
            await send(head)
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, edit)
