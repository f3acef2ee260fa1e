"""Messages that wait to be sent build upon each other: none is dropped from among them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.web.server.starlette import starlette_websocket

from pages.components.app import connections

BLOCKS = ((0, 0, ""), (0, 1, "parent"), (0, 1, 0, "nested"), (0, 2, ""))
"""Where blocks are put, and by which fragment."""


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    most = starlette_websocket.WEBSOCKET_MAX_SEND_QUEUE_SIZE
    connections.keep_unsent()
    yield
    starlette_websocket.WEBSOCKET_MAX_SEND_QUEUE_SIZE = most  # type: ignore[misc]
    ForwardMsgQueue.clear = connections._clear  # type: ignore[method-assign]


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


def test_a_burst_of_messages_reaches_a_slow_browser():
    sent: list[bytes] = []

    async def burst() -> None:
        async def send(payload: bytes) -> None:
            sent.append(payload)

        browser: Any = SimpleNamespace(headers={}, cookies={}, client=None, send_bytes=send)
        client = starlette_websocket.StarletteSessionClient(browser)
        for _ in range(5_000):
            client.write_forward_msg(ForwardMsg())
        while len(sent) < 5_000:
            await asyncio.sleep(0)
        await client.aclose()

    asyncio.run(asyncio.wait_for(burst(), 30))
    assert len(sent) == 5_000
