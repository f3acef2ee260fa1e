"""A class on What-if: 30 users who speak Streamlit's protocol, and two real browsers.

Each moves a slider every 10 seconds, on digits with 10 epochs; no two ask for the same. Light
users open a websocket, ask for the page at an address with other values, and are answered when
the page tells the score of the new run. So the server runs the whole page for each of them, and
the load is none of drawing. A user who is told to wait has the whole page run again (the page
itself runs only a fragment): after 0.2 s, then after twice as long each time.
"""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from urllib.parse import urlencode

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.pages.browser import Server, percentiles, serving, user_page
from benchmarks.pages.what_if import WATCH, moved
from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import scratch_home

USERS, BROWSERS = 30, 2
EVERY, BAR = 10.0, 4.0
LONGEST = 60.0
FAIR = 2.0
"""How many times the median user's median the slowest user's may be."""


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    moves = 2 if quick else 12
    with scratch_home() as home, serving(home, spare=True) as server:
        light_user(server, 0, 1)
        opened = Barrier(BROWSERS + 1)
        with ThreadPoolExecutor(USERS + BROWSERS) as threads:
            seen = [threads.submit(browser_user, server, n, moves, opened) for n in range(BROWSERS)]
            # Two browsers that start on the server's own cores are no part of the class.
            opened.wait(2 * LONGEST)
            light = [threads.submit(light_user, server, n, moves) for n in range(1, USERS + 1)]
            answers = [future.result() for future in light]
            drawn = [seconds for future in seen for seconds in future.result()]
    middle, high = percentiles([seconds for each in answers for seconds in each])
    medians = [float(np.median(each)) for each in answers]
    unfair = max(medians) / float(np.median(medians))
    browser_middle, browser_high = percentiles(drawn)
    return [
        Row(
            f"{USERS} users, a move every {EVERY:g} s, {moves} moves each",
            "",
            f"median {middle:.2f} s (95 % within {high:.2f}), no error",
            None,
            f"median within {BAR:g} s",
            middle <= BAR,
        ),
        Row(
            "the slowest user's median against the middle one",
            "",
            f"{unfair:.2f}x",
            None,
            f"at most {FAIR:g}x",
            unfair <= FAIR,
        ),
        Row(
            f"{BROWSERS} browsers beside them, to the curve on screen",
            "",
            f"median {browser_middle:.2f} s (95 % within {browser_high:.2f})",
            None,
            f"median within {BAR:g} s",
            browser_middle <= BAR,
        ),
    ]


def light_user(server: Server, number: int, moves: int) -> list[float]:
    """Seconds from each move of a user to the answer. Raises on any error of the page."""
    rng = random.Random(number)
    address = server.address.replace("http", "ws", 1) + "/_stcore/stream"
    seconds = []
    with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        begin = time.monotonic() + rng.uniform(0, EVERY if moves > 1 else 0)
        for move in range(moves):
            time.sleep(max(0.0, begin + move * EVERY - time.monotonic()))
            query = {
                "dataset": "digits",
                "epochs": "10",
                "seed": str(number),
                "learning_rate": f"{10 ** rng.uniform(-4, -2):.6f}",
            }
            _drain(socket)
            started, wait = time.monotonic(), 0.2
            while not _asked(socket, urlencode(query)):
                if time.monotonic() - started > LONGEST:
                    raise TimeoutError(f"User {number} was not answered in {LONGEST:g} s.")
                time.sleep(wait)
                wait *= 2
            seconds.append(time.monotonic() - started)
    return seconds


def browser_user(server: Server, number: int, moves: int, opened: Barrier) -> list[float]:
    """Seconds from each key on the slider to the whole curve in a real browser."""
    with user_page() as page:
        page.add_init_script(WATCH)
        query = {"dataset": "digits", "units": str(17 + number)}
        moved(page, server, {**query, "layers": "1"}, "Learning rate", 1)
        opened.wait(2 * LONGEST)
        return moved(page, server, query, "Learning rate", moves, pause=EVERY)


def _drain(socket: ClientConnection) -> None:
    """Read what came since the last answer: a fragment of the page may have run again."""
    with suppress(TimeoutError):
        while True:
            socket.recv(timeout=0.01)


def _asked(socket: ClientConnection, query: str) -> bool:
    """Have the page run at an address; whether it tells the score of the run."""
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_name = "what_if"
    socket.send(message.SerializeToString())
    told = False
    while True:
        answer = ForwardMsg.FromString(socket.recv(timeout=LONGEST))
        kind = answer.WhichOneof("type")
        if kind == "delta":
            element = answer.delta.new_element
            body = element.html.body
            told = told or ("ts-run-status" in body and "validation accuracy" in body)
            if element.WhichOneof("type") == "exception":
                raise RuntimeError(element.exception.message)
        elif kind == "script_finished":
            return told


if __name__ == "__main__":
    run("A class on What-if", __doc__, measure)
