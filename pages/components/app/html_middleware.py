"""The HTML page that Streamlit serves, with our title and style, without requests that fail.

The style is there before the first element, so that nothing moves when it arrives. With ``embed=1``
in its address a page is shown without navigation, within another one.

On a deep link such as /study Streamlit's client looks for its server at /study/_stcore first,
which the browser reports as errors. Telling it the address spares it the search.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from pages.components.app.navigation import ADDRESSES

_ADDRESS = b'<script>window.__streamlit={BACKEND_BASE_URL:new URL(".",location.href).href}</script>'
_TITLE = b"<title>Streamlit</title>"
_OURS = b"<title>Tunescape</title>" + _ADDRESS
_RULES = (Path(__file__).parents[2] / "assets" / "style.css").read_bytes()
_END, _ROOT = b"</body>", b'<html lang="en"'
_EMBEDDED = b"embed=true"
# Streamlit adds rules of its own to the head; ours come after them.
_STYLE = b"<style>" + _RULES + b"</style>" + _END


_SHORT = re.compile(r"/c(?:/(?P<code>[A-Za-z]{4}))?/?")
"""The address of a class as students type it, or as their cameras read it."""
_ELSEWHERE = ("/_stcore/", "/static/", "/media/", "/component/")
_UNKNOWN = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tunescape</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>
:root{color-scheme:light dark}body{font:15px/1.5 sans-serif;max-width:34rem;margin:12vh auto;
padding:0 1.5rem}a{color:light-dark(#0f766e,#5cc9be)}h1{font-size:1.4rem}
code{overflow-wrap:anywhere}
</style></head><body><h1>There is no such page</h1>
<p>Tunescape has nothing at <code>WANTED</code>. It may have been moved or mistyped.</p>
<p><a href="ROOT">Home</a> · <a href="ROOTlibrary">Library</a> ·
<a href="ROOTlearn">Lessons</a></p></body></html>"""


class HtmlMiddleware:
    """Middleware that edits the HTML page and leaves everything else alone.

    Streamlit serves its page at every address; one that is no page's is answered with 404.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = _path(scope)
        if scope["type"] != "http" or path.startswith(_ELSEWHERE):
            await self.app(scope, receive, send)
            return
        short = _SHORT.fullmatch(path)
        if short is not None:
            await _send_on(path, short["code"], send)
            return
        asked = scope.get("query_string", b"").split(b"&")
        if b"embed=1" in asked:
            # Streamlit's client keeps this one through its own links and addresses.
            kept = [part if part != b"embed=1" else _EMBEDDED for part in asked]
            there = "?" + b"&".join(kept).decode("latin-1")
            await RedirectResponse(there)(scope, receive, send)
            return
        embedded = _EMBEDDED in asked
        # A compressed page could not be edited.
        scope = {**scope, "headers": [h for h in scope["headers"] if h[0] != b"accept-encoding"]}
        head: Message | None = None
        body = b""

        async def edit(message: Message) -> None:
            nonlocal head, body
            if message["type"] == "http.response.start" and _is_page(message):
                head = message
            elif head is None or message["type"] != "http.response.body":
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await _send_page(path, head, body, embedded, send)

        await self.app(scope, receive, edit)


async def _send_on(path: str, code: str | None, send: Send) -> None:
    """Send whoever typed the short address of a class to its page."""
    there = "../" * (path.count("/") - 1) + "class_room" + (f"?code={code}" if code else "")
    headers = [(b"location", there.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _path(scope: Scope) -> str:
    """The address below the base that the server may have been given."""
    base = "/" + config.get_option("server.baseUrlPath").strip("/")
    path: str = scope.get("path", "")
    return path.removeprefix(base) if base != "/" else path


def _is_page(message: Message) -> bool:
    kind = MutableHeaders(scope=message).get("content-type", "")
    return message["status"] == 200 and kind.startswith("text/html")


async def _send_page(path: str, head: Message, body: bytes, embedded: bool, send: Send) -> None:
    headers = MutableHeaders(scope=head)
    empty = not body
    if path.strip("/") in {*ADDRESSES, "index.html"}:
        body = body.replace(_TITLE, _OURS).replace(_END, _STYLE)
        if embedded:
            body = body.replace(_ROOT, _ROOT + b' class="ts-embed"', 1)
    else:
        head["status"] = 404
        depth = "../" * (path.count("/") - 1) or "./"
        body = _UNKNOWN.replace("WANTED", html.escape(path[:200])).replace("ROOT", depth).encode()
        for name in ("etag", "last-modified"):
            del headers[name]
    if not empty:
        headers["content-length"] = str(len(body))
    # The answer to a HEAD has none.
    await send(head)
    await send({"type": "http.response.body", "body": b"" if empty else body})
