"""Serve the app: python server.py [--port 8501] [--host localhost].

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
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit.logger import get_logger
from streamlit.web.bootstrap import load_config_options

from pages.components.app.client_messages import ClientMessages
from pages.components.app.connections import limit_connections
from pages.components.app.html_middleware import HtmlMiddleware
from pages.components.app.quiet_log import keep_log_short
from pages.components.app.safe_headers import SafeHeaders
from pages.components.app.server_address import LOCAL, greeting, reachable
from pages.components.app.streamlit_patch import keep_unsent
from pages.components.app.streamlit_settings import settings_from
from pages.components.app.trusted_hosts import TrustedHosts
from pages.components.app.upload_limits import UploadLimits
from pages.components.shared.browser_id import BrowserId
from pages.components.shared.errors import show_error
from pages.components.shared.manager_session import close_manager, home, open_manager
from pages.components.shared.user import login_configured, login_problem
from tuning_core.catalog import DATASETS
from tuning_core.datasets import preview
from tuning_core.home.server_log import log_event
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
    log_event("server stopping", pid=os.getpid())
    close_manager()


app = st.App(
    Path(__file__).parent / "app.py",
    lifespan=lifespan,
    # The first is the outermost.
    middleware=[
        Middleware(SafeHeaders),
        Middleware(TrustedHosts),
        Middleware(ClientMessages),
        Middleware(UploadLimits),
        Middleware(BrowserId),
        Middleware(HtmlMiddleware),
    ],
    on_script_error=show_error,
)


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; 1 when the port, the home or the login cannot be had."""
    parser = argparse.ArgumentParser(description="Serve Tunescape.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument(
        "--host", default=LOCAL, help="address to listen on; 0.0.0.0 lets other machines in"
    )
    options = parser.parse_args(arguments)
    port, host = options.port, options.host or LOCAL
    try:
        settings = _settings(host, port)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        open_manager()
    except HomeError as error:
        print(error, file=sys.stderr)
        return 1
    _warm_up()
    keep_unsent()
    limit_connections()
    keep_log_short()
    others = reachable(host)
    print(greeting(host, port, login=login_configured(), others=others), flush=True)
    log_event("server started", host=host, port=port, pid=os.getpid())
    app.run(config=settings)
    return 0


def _settings(host: str, port: int) -> dict[str, Any]:
    """Streamlit's settings; ValueError (one sentence) for what the server cannot be started with.

    They are in force from now on: the secrets file is among them.
    """
    if not _resolves(host):
        raise ValueError(f"--host: {host!r} is no address of this machine; try 0.0.0.0.")
    if not _free(host, port):
        raise ValueError(
            f"Port {port} is in use. Stop what uses it, or choose another: make run PORT=8600"
        )
    settings = settings_from(os.environ) | {"server.port": port, "server.address": host}
    # Streamlit complains of each cache that is made before it serves, and of settings given twice.
    for name in ("runtime.caching.cache_data_api", "config"):
        get_logger(f"streamlit.{name}").disabled = True
    load_config_options(settings)
    problem = login_problem()
    if problem is not None:
        raise ValueError(problem)
    return settings


def _warm_up() -> None:
    """Import what the pages draw with now, so that no first visitor waits for it."""
    import pyarrow  # noqa: F401

    # With Altair, pandas and SciPy.
    import tuning_core.charts.hyperparameters.contour  # noqa: F401

    preview(next(iter(DATASETS)), home())
    # What is here by now stays for good: whoever looks for garbage need not look through it.
    gc.collect()
    gc.freeze()


def _resolves(host: str) -> bool:
    """Whether this machine has the address ``host``."""
    with socket.socket(_family(host)) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _free(host: str, port: int) -> bool:
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError):
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
