"""Messages that wait to be sent build upon each other: none is dropped from among them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from pages.components import unsent

BLOCKS = ((0, 0, ""), (0, 1, "parent"), (0, 1, 0, "nested"), (0, 2, ""))
"""Where blocks are put, and by which fragment."""


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    unsent.keep_unsent()
    yield
    ForwardMsgQueue.clear = unsent._clear  # type: ignore[method-assign]


def waiting() -> ForwardMsgQueue:
    queue = ForwardMsgQueue()
    for *path, fragment in BLOCKS:
        message = ForwardMsg()
        message.metadata.delta_path.extend(path)
        message.delta.add_block.allow_empty = True
        message.delta.fragment_id = fragment
        queue.enqueue(message)
    return queue


def test_a_fragment_that_runs_again_takes_no_block_from_under_the_others():
    queue = waiting()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["parent"])
    sent = [tuple(message.metadata.delta_path) for message in queue.flush()]
    assert sent == [tuple(path) for *path, _ in BLOCKS]


def test_a_page_that_runs_again_is_sent_once():
    queue = waiting()
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.flush() == []
