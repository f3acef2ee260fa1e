"""One real server for all browser tests, and pages that report what a browser complains about."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.pages.browser import CHROMIUM, FLAGS
from benchmarks.pages.browser import serving as served
from tuning_core.catalog import StudyStatus
from tuning_core.store import Store

PROJECT = Path(__file__).resolve().parents[2]
SIZE = {"width": 1440, "height": 1000}
# A page that is about to say something may take its time on a busy machine.
expect.set_options(timeout=60_000)


class Server:
    """A served home; ``address`` ends without a slash."""

    def __init__(self, home: Path, address: str) -> None:
        self.home = home
        self.address = address

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
    """A server of its own on a free port; it ends with the block, and must not have stumbled."""
    home.mkdir(exist_ok=True)
    with served(home, spare=spare) as process:
        yield Server(home, process.address)
    assert "Traceback" not in (home / "server.log").read_text()


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition; AssertionError when it does not come true in time.

    ``seconds`` are those of an idle machine, a busy one gets three times as many.
    """
    limit = time.monotonic() + 3 * seconds
    while not condition():
        assert time.monotonic() < limit, f"not within {seconds} s: {condition}"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as Debian or its makers install it."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("The browser tests need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
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
    opened.set_default_timeout(90_000)
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
