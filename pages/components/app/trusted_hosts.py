"""Requests of foreign pages are refused before Streamlit sees them.

A page of another site may open a WebSocket to this server (its Origin is foreign), or have its own
name point here (its Host is foreign: DNS rebinding). Either would act in the user's name.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import psutil
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

from pages.components.shared.user import is_local

LOCAL = "localhost"
_DEFAULT_PORTS = {"http": 80, "https": 443}


class TrustedHosts:
    """Middleware that answers for this machine's own names and addresses, and to its own pages.

    Others are named by STREAMLIT_BROWSER_SERVER_ADDRESS (the public name behind a proxy),
    STREAMLIT_SERVER_ALLOWED_HOSTS and STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 403, a WebSocket before it is accepted."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = _refusal(scope)
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(refusal, 403)(scope, receive, send)


def machine_names() -> tuple[str, ...]:
    """The names under which a network may know this machine."""
    name = socket.gethostname().lower().rstrip(".")
    short = name.partition(".")[0]
    return tuple(dict.fromkeys((name, short, f"{short}.local")))


def reachable(host: str) -> list[str]:
    """How other machines may address a server that listens on ``host``: its address and name."""
    if host not in ("0.0.0.0", "::"):
        return [host]
    addresses = [
        address.address
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family == socket.AF_INET and not is_local(address.address)
    ]
    return [*addresses, machine_names()[0]]


def host_allowed(host: str) -> bool:
    """Whether this server answers for a Host header (a name or address, with or without a port).

    >>> host_allowed("localhost:8501"), host_allowed("[::1]:8501"), host_allowed("evil.example")
    (True, True, False)
    """
    name = _name(f"//{host}")
    if name is None:
        return False
    try:
        return _is_of_this_machine(ipaddress.ip_address(name))
    except ValueError:
        listens = (config.get_option("server.address") or "").lower()
        # Nobody but this machine calls a server by name that listens to itself alone.
        named = not is_local(listens) and name in (listens, *machine_names())
        return name == LOCAL or named or _is_configured(name)


def origin_allowed(origin: str, host: str) -> bool:
    """Whether a page of ``origin`` may talk to this server, which it calls ``host``.

    >>> origin_allowed("https://a.example", "a.example:443"), origin_allowed("null", "a.example")
    (True, False)
    """
    name, port = _name(origin), _port(origin)
    if name is None or port is None:
        return False
    scheme = urlsplit(origin).scheme
    called = _name(f"{scheme}://{host}")
    same = name == called or (is_local(name) and is_local(called or ""))
    if same and port == _port(f"{scheme}://{host}"):
        return True
    # A proxy may have changed the port or the whole Host; it serves the public name. A server that
    # answers for every host does not thereby trust the pages of every site.
    named = _is_configured(name, every=False)
    return named or origin in config.get_option("server.corsAllowedOrigins")


def _refusal(scope: Scope) -> str | None:
    """One sentence, or None for a request that is let through."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    if not host_allowed(host):
        return (
            f"This server does not answer for the host {host[:200]!r}. Whoever runs it can name "
            "its public host in STREAMLIT_BROWSER_SERVER_ADDRESS; see docs/deploy.md."
        )
    origin = headers.get(b"origin")
    if origin is not None and not origin_allowed(origin.decode("latin-1"), host):
        return "This server does not answer the pages of other sites."
    return None


def _name(url: str) -> str | None:
    """The host of a URL in lower case; None where there is none or more than a host and a port."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    return (parts.hostname or "").rstrip(".") or None


def _port(url: str) -> int | None:
    parts = urlsplit(url)
    return parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _is_of_this_machine(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of this machine's (what can be bound), or configured."""
    if _is_configured(str(address)):
        return True
    if address.is_multicast:
        return False
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _is_configured(name: str, *, every: bool = True) -> bool:
    """Whether a host is one of those named in the settings; ``every``: or all of them are."""
    patterns = [pattern.strip().lower() for pattern in config.get_option("server.allowedHosts")]
    if config.is_manually_set("browser.serverAddress"):
        public: str = config.get_option("browser.serverAddress")
        patterns.append(_name(public if "//" in public else f"//{public}") or "")
    return any(
        pattern == name
        or (every and pattern == "*")
        or (pattern.startswith("*.") and name.endswith(pattern[1:]))
        for pattern in patterns
    )
