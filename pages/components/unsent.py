"""What a page has not sent to the browser yet outlives the next run of one of its fragments.

Streamlit (seen in 1.67) drops the waiting messages of a fragment that runs again and keeps those of
others, whose places in the page may then not be there: the browser stumbles over a "Bad delta path
index" and shows nothing at all any more. That befell pages that were opened on a busy server.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def keep_unsent() -> None:
    """From now on every message of a fragment is sent, in order."""
    ForwardMsgQueue.clear = _clear_for_whole_pages  # type: ignore[method-assign]


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
