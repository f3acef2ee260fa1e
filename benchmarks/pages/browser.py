"""The app as a user meets it: the real server in a process of its own, and a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.parts.table import Row

PROJECT = Path(__file__).resolve().parents[2]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE = {"width": 1440, "height": 1000}
READY_SECONDS = 180.0


class Server:
    """The served app: where it answers, and what it takes."""

    def __init__(self, port: int, process: psutil.Popen) -> None:
        self.port = port
        self.address = f"http://localhost:{port}"
        self._process = process

    @property
    def pid(self) -> int:
        """The process that serves."""
        return int(self._process.pid)

    @property
    def memory_mb(self) -> float:
        """Resident memory of the process that serves, without its workers."""
        return float(self._process.memory_info().rss) / 1e6

    def answers(self) -> bool:
        """Whether the server is up. Raises RuntimeError when it has ended."""
        if self._process.poll() is not None:
            raise RuntimeError("The server has ended; see server.log in the home.")
        try:
            with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def serving(
    home: Path,
    *,
    spare: bool,
    cwd: Path = PROJECT,
    host: str = "localhost",
    under: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    port: int = 0,
) -> Iterator[Server]:
    """The app on a port, by default a free one, as ``make run`` serves it, until the block ends.

    ``under`` is a command that starts another, such as ``prlimit``.
    """
    port = port or free_port()
    own = {"TUNESCAPE_HOME": str(home), "TUNESCAPE_SPARE": str(int(spare))}
    with (home / "server.log").open("a") as log:
        process = psutil.Popen(
            [
                *under,
                sys.executable,
                str(PROJECT / "server.py"),
                f"--port={port}",
                f"--host={host}",
            ],
            cwd=cwd,
            env=os.environ | own | dict(variables or {}),
            stdout=log,
            stderr=log,
        )
    server = Server(port, process)
    try:
        until(server.answers, READY_SECONDS, "the server answers")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except psutil.TimeoutExpired:
            process.kill()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


@contextmanager
def user_page() -> Iterator[Page]:
    """A page of a Chromium of its own."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        raise FileNotFoundError("The benchmark needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(READY_SECONDS * 1000)
        page.on("pageerror", lambda error: print(f"{page.url}: {error}\n{error.stack}"))
        yield page
        browser.close()


def launch(page: Page, server: Server, document: dict[str, Any]) -> str:
    """Launch a study by its JSON document on the New study page; its id. The page shows it."""
    page.goto(f"{server.address}/new_study")
    page.get_by_text("As a JSON document").click()
    page.get_by_role("textbox", name="Paste a spec").fill(json.dumps(document))
    page.get_by_role("button", name="Use this spec").click()
    name = page.get_by_role("textbox", name="Name")
    until(lambda: name.input_value() == document["name"], READY_SECONDS, "the spec is taken")
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url("**/study?id=*")
    return page.url.split("id=")[1][:8]


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a condition; TimeoutError when it does not come true in time."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise TimeoutError(f"Not within {seconds:g} s: {what}.")
        time.sleep(0.05)


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    middle, high = np.percentile(np.asarray(seconds, dtype="float64"), [50, 95])
    return float(middle), float(high)


def timed_row(what: str, seconds: Sequence[float], bar: float) -> Row:
    """A row of the table whose 95th percentile has to stay within ``bar`` seconds."""
    middle, high = percentiles(seconds)
    ours = f"{high:.2f} s (median {middle:.2f}, {len(seconds)} times)"
    return Row(what, "", ours, None, f"95 % within {bar:g} s", high <= bar)


def frame_script(name: str) -> str:
    """A script that runs its ``note`` at every frame after a change of the page."""
    folder = Path(__file__).parent
    return "".join((folder / file).read_text("utf-8") for file in (name, "watch_frames.js"))
