"""How many connections the server keeps, how long one may say nothing, what may wait for one.

A connection that never asks for anything costs a file descriptor. Out of descriptors, asyncio
accepts nobody and complains thousands of times a second.

What a page has not sent to the browser yet is sent in the end, all of it and in order.

Streamlit (seen in 1.67) drops the waiting messages of a fragment that runs again and keeps those of
others, whose places in the page may then not be there: the browser stumbles over a "Bad delta path
index" and shows nothing at all any more. And where more messages wait than it expects, it stops
sending without a word: the page looks alive and never changes again. Two runs of a whole Study page
are enough. Both befell pages on a busy server.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any, ClassVar

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime_util import get_max_widget_state_size_bytes
from streamlit.web.server.starlette import starlette_server, starlette_websocket
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""Seconds in which a request must have begun and its head must have come."""
STUCK_SECONDS = 60.0
"""Seconds after which a user that takes nothing of its answer is given up."""
MOST_CONNECTIONS = 1_000
BACKLOG = 128
"""Connections that are accepted at once, before any can be refused."""
MOST_UNSENT = 20_000
"""Messages that may wait for one browser: those of about a hundred runs of a page."""
_FILES_EACH = 4
"""A connection, and the event loop that Streamlit makes for its session."""
_FILES_KEPT = 2 * BACKLOG + 300
"""For what is about to be accepted, workers, the database and journals."""
_uvicorn_settings = starlette_server._get_uvicorn_config_kwargs
_clear = ForwardMsgQueue.clear


class Connection(H11Protocol):
    """An HTTP connection that is closed when it asks for nothing, and one of not too many."""

    most: ClassVar[int] = MOST_CONNECTIONS
    silent: ClassVar[dict[Connection, None]] = {}
    """Connections without a request, the oldest first."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request; at too many connections the longest silent one gives way."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._unsent, self._stuck = 0, 0.0
        self._watch()
        if len(self.connections) > self.most:
            oldest = next(iter(self.silent))
            oldest._forget()
            oldest.transport.abort()

    def handle_events(self) -> None:
        """Note that a request has come: the connection is not silent any more."""
        super().handle_events()
        if not self._is_silent():
            self.silent.pop(self, None)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._watch()
        super().on_response_complete()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Leave a WebSocket to its own pings."""
        self._forget()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._forget()
        super().connection_lost(exc)

    def _is_silent(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _watch(self) -> None:
        self._forget()
        self.silent[self] = None
        self._timer = self.loop.call_later(HEAD_SECONDS, self._check)

    def _forget(self) -> None:
        self.silent.pop(self, None)
        timer: asyncio.TimerHandle | None = getattr(self, "_timer", None)
        if timer is not None:
            timer.cancel()

    def _check(self) -> None:
        """Give up a connection that asks for nothing or takes nothing."""
        unsent = self.transport.get_write_buffer_size()
        self._stuck = self._stuck + HEAD_SECONDS if unsent and unsent == self._unsent else 0.0
        self._unsent = unsent
        if self._stuck >= STUCK_SECONDS or (self._is_silent() and not unsent):
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._check)


def limit_connections() -> None:
    """Make a server that Streamlit starts keep to these limits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS * _FILES_EACH + _FILES_KEPT
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        room = (soft - _FILES_KEPT) // _FILES_EACH
        Connection.most = max(BACKLOG // 2, min(MOST_CONNECTIONS, room))
    starlette_server._get_uvicorn_config_kwargs = _settings


def _settings() -> dict[str, Any]:
    return _uvicorn_settings() | {
        "http": Connection,
        "backlog": BACKLOG,
        "ws_max_size": get_max_widget_state_size_bytes(),
        "server_header": False,
    }


def keep_unsent() -> None:
    """Have every message of a fragment sent, in order."""
    ForwardMsgQueue.clear = _clear_for_whole_pages  # type: ignore[method-assign]
    starlette_websocket.WEBSOCKET_MAX_SEND_QUEUE_SIZE = MOST_UNSENT  # type: ignore[misc]


def _clear_for_whole_pages(
    self: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> Any:
    if fragment_ids_this_run is None:
        return _clear(self, retain_lifecycle_msgs)
    # A later message for the same place must not take that of one that others build upon.
    self._delta_index_map = {}
    return None
