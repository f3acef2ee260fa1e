"""Serve the app: python server.py [--port 8501].

Opens the home folder and starts the warm worker before the first visit, refuses a second
server on one home and a busy port with one sentence, and keeps tracebacks off the pages.
"""

from __future__ import annotations

import argparse
import gc
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from pages.components.browser_id import BrowserId
from pages.components.engine import home, open_manager
from pages.components.errors import say_fault
from pages.components.first_page import FirstPage
from tuning_core.catalog import DATASETS
from tuning_core.datasets import preview
from tuning_core.manager import HomeError

DEFAULT_PORT = 8501


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Open the manager before the first visit; close it with the server.

    Closing keeps running searches as interrupted.
    """
    try:
        open_manager()
    except HomeError as error:
        # Raised from here, the web server would print a traceback. Nothing has started yet.
        print(error, file=sys.stderr, flush=True)
        os._exit(1)
    yield
    open_manager().close()


app = st.App(
    "app.py",
    lifespan=lifespan,
    middleware=[Middleware(BrowserId), Middleware(FirstPage)],
    on_script_error=say_fault,
)


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; 1 when the port or the home folder cannot be had."""
    parser = argparse.ArgumentParser(description="Serve Tunescape.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    port = parser.parse_args(arguments).port
    if not _free(port):
        print(
            f"Port {port} is in use. Stop what uses it, or choose another: make run PORT=8600",
            file=sys.stderr,
        )
        return 1
    try:
        open_manager()
    except HomeError as error:
        print(error, file=sys.stderr)
        return 1
    _warm_up()
    print(f"Tunescape: http://localhost:{port}", flush=True)
    app.run(config={"server.port": port})
    return 0


def _warm_up() -> None:
    """Import what the pages draw with now, so that no first visitor waits for it."""
    for name in ("tuning_core.charts", "pyarrow", "pages.components.study_body"):
        import_module(name)
    preview(next(iter(DATASETS)), home())
    # Streamlit collects garbage after every script run, two a second in each open tab. What is
    # here by now stays for good: looking through it again and again took 0.1 s of every run.
    gc.collect()
    gc.freeze()


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except (OSError, OverflowError):
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
