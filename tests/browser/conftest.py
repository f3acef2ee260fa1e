"""One real server for all browser tests, and pages that report what a browser complains about."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tuning_core.catalog import StudyStatus
from tuning_core.store import Store

PROJECT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZE = {"width": 1440, "height": 1000}


class Server:
    """A served home; ``address`` ends without a slash."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.address = f"http://localhost:{port}"

    def end_searches(self) -> None:
        """End what a failed test left running, or the next study would wait behind it."""
        store = Store(self.home / "tunescape.db")
        for study in store.studies():
            owner = self.home / "studies" / study.id / "owner.json"
            if study.status is StudyStatus.RUNNING and owner.exists():
                with suppress(ProcessLookupError):
                    os.kill(json.loads(owner.read_text())["pid"], signal.SIGKILL)
        store.close()


@contextmanager
def serving(home: Path, *, spare: bool) -> Iterator[Server]:
    """A server of its own on a free port; it ends with the block."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "TUNESCAPE_HOME": str(home),
        "TUNESCAPE_SPARE": "1" if spare else "0",
    }
    log = home.with_suffix(".log")
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "server.py", "--port", str(port)],
            cwd=PROJECT,
            env=environment,
            stdout=file,
            stderr=file,
        )
    server = Server(home, port)
    try:
        until(lambda: answers(server, process, log), 60)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()
    assert "Traceback" not in log.read_text()


def answers(server: Server, process: subprocess.Popen[bytes], log: Path) -> bool:
    """Whether the server is up; fails with its log when it has ended."""
    assert process.poll() is None, log.read_text()
    try:
        with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition; AssertionError when it does not come true in time."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, f"not within {seconds} s: {condition}"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as Debian or its makers install it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("The browser tests need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share, with a warm worker."""
    with serving(tmp_path_factory.mktemp("served") / "home", spare=True) as started:
        yield started


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that must finish without a console error and without asking another host."""
    complaints: list[str] = []
    context = browser.new_context(viewport=SIZE, accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    opened.on(
        "console", lambda said: complaints.append(said.text) if said.type == "error" else None
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "request",
        lambda request: (
            complaints.append(request.url)
            if not request.url.startswith(("http://localhost:", "data:", "blob:"))
            else None
        ),
    )
    yield opened
    context.close()
    if "server" in request.fixturenames:
        request.getfixturevalue("server").end_searches()
    assert complaints == []
