"""Serve the app: python server.py [--port 8501] [--host localhost].

Opens the home folder and starts the warm worker before the first visit, refuses a second
server on one home and a busy port with one sentence, and keeps tracebacks off the pages.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config
from streamlit.logger import get_logger
from streamlit.web.bootstrap import load_config_options

from pages.components.app.client_messages import ClientMessages
from pages.components.app.connections import keep_unsent, limit_connections
from pages.components.app.html_middleware import HtmlMiddleware
from pages.components.app.safe_headers import SafeHeaders
from pages.components.app.trusted_hosts import LOCAL, TrustedHosts, reachable
from pages.components.app.upload_limits import UploadLimits
from pages.components.shared.errors import show_error
from pages.components.shared.manager_session import close_manager, home, open_manager
from pages.components.shared.user import KEY, BrowserId, is_local, login_configured, login_problem
from tuning_core.catalog import DATASETS
from tuning_core.datasets import preview
from tuning_core.home.home import serve_command
from tuning_core.home.server_log import log_event
from tuning_core.manager import HomeError
from tuning_core.spec.dataset import DatasetSpec

DEFAULT_PORT = 8501
LOG_SECONDS, MOST_RECORDS = 60.0, 5
"""Records from one place in the code that are logged in so many seconds."""
_NOISY = ("uvicorn", "streamlit", "asyncio", "tunescape", "websockets")
_BOOLEANS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


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
    """Serve until interrupted; return 1 if the port, the home or the login cannot be had."""
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
    try:
        key = open_manager().teachers.key
    except OSError as error:
        print(f"The teacher's key cannot be kept: {error}.", file=sys.stderr)
        return 1
    print(greeting(host, port, key, login=login_configured(), others=others), flush=True)
    log_event("server started", host=host, port=port, pid=os.getpid())
    app.run(config=settings)
    return 0


def _settings(host: str, port: int) -> dict[str, Any]:
    """Put Streamlit's settings in force, the secrets file among them, and return them.

    Raises ValueError (one sentence) if the server cannot be started with them.
    """
    if not _resolves(host):
        raise ValueError(f"--host: {host!r} is no address of this machine; try 0.0.0.0.")
    if not _free(host, port):
        raise ValueError(
            f"Port {port} is in use. Stop what uses it, or choose another: "
            f"{serve_command('port', 8600)}"
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


def settings_from(environment: Mapping[str, str]) -> dict[str, Any]:
    """Streamlit's settings that an environment gives, by name; lists are separated by spaces.

    ``streamlit run`` reads them; an app that is started by its own script has to.

    Raises ValueError (one sentence) when a value is not of the setting's type.

    >>> settings_from({"STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "20"})
    {'server.maxUploadSize': 20}
    """
    found: dict[str, Any] = {}
    for name, option in config._config_options_template.items():
        text = environment.get(option.env_var, "").strip()
        # Streamlit reads the sensitive ones by itself, and takes them from nowhere else.
        if text and not option.sensitive:
            found[name] = text.split() if option.multiple else _parsed(option.env_var, option, text)
    return found


def _parsed(variable: str, option: Any, text: str) -> Any:
    try:
        return _BOOLEANS[text.lower()] if option.type is bool else option.type(text)
    except (KeyError, ValueError):
        raise ValueError(
            f"{variable}: expected {option.type.__name__}, received {text[:40]!r}. "
            "Correct it or leave it out."
        ) from None


def greeting(host: str, port: int, key: str, *, login: bool, others: Sequence[str] = ()) -> str:
    """What the server says when it starts: its address, who can reach it, and the teacher's key."""
    if is_local(host):
        shown = f"[{host}]" if ":" in host else host
        return (
            f"Tunescape: http://{shown}:{port} (for this machine alone; "
            f"{serve_command('host', '0.0.0.0')} opens it to others, see docs/deploy.md)\n"
            f"Teachers open http://{shown}:{port}/?{KEY}={key} once: they may change every study."
        )
    who = (
        "Readers log in first."
        if login
        else "There is no login: whoever reaches it can start searches and see every study."
    )
    at = " or ".join(f"http://{name}:{port}" for name in others)
    return (
        f"Tunescape: port {port} on {host}, open to every machine that can reach this one"
        f"{f', at {at}' if at else ''}. {who} "
        "Traffic is not encrypted. docs/deploy.md says how to put it behind a proxy with a login."
        f"\nA study is changed by whoever made it, and by teachers: they open "
        f"http://{others[0] if others else host}:{port}/?{KEY}={key} once."
    )


class RepeatFilter(logging.Filter):
    """Lets the first records of a kind through; the next minute's first says how many were not."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log a record; its kind is where it was made, and what was raised."""
        if record.levelno < logging.WARNING:
            return True
        raised = record.exc_info[0] if record.exc_info else None
        kind = (record.pathname, record.lineno, raised)
        now = self._clock()
        since, count = self._seen.get(kind, (now, 0))
        if now - since >= LOG_SECONDS:
            if count > MOST_RECORDS:
                record.msg = f"{record.getMessage()} (and {count - MOST_RECORDS} more like it)"
                record.args = ()
            since, count = now, 0
        self._seen[kind] = (since, count + 1)
        return count < MOST_RECORDS


def keep_log_short() -> None:
    """Keep the loggers that there are by now from repeating themselves."""
    repeats = RepeatFilter()
    for name in ("uvicorn.error", *logging.root.manager.loggerDict, "asyncio"):
        logger = logging.getLogger(name)
        if name.partition(".")[0] in _NOISY and not logger.filters:
            logger.addFilter(repeats)


def _warm_up() -> None:
    """Import what the pages draw with now, so that no first visitor waits for it."""
    import pyarrow  # noqa: F401

    # With Altair, pandas and SciPy.
    import tuning_core.charts.hyperparameters.contour  # noqa: F401

    preview(DatasetSpec(id=next(iter(DATASETS))), home())
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
