"""What a page has not sent to the browser yet is sent in the end, all of it and in order.

Streamlit (seen in 1.67) drops the waiting messages of a fragment that runs again and keeps those of
others, whose places in the page may then not be there: the browser stumbles over a "Bad delta path
index" and shows nothing at all any more. And where more messages wait than it expects, it stops
sending without a word: the page looks alive and never changes again. Two runs of a whole Study page
are enough. Both befell pages on a busy server.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.web.server.starlette import starlette_websocket

MOST_UNSENT = 20_000
"""Messages that may wait for one browser: those of about a hundred runs of a page."""

_clear = ForwardMsgQueue.clear


def keep_unsent() -> None:
    """From now on every message of a fragment is sent, in order."""
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
