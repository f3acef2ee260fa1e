"""A running server that is watched: its log, its memory, and whom it calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks.pages.browser import Server, serving
from benchmarks.robustness.light_socket import (
    open_page,
    session,
)
from benchmarks.robustness.outgoing import Outgoing

LIMIT_MB = 64


class Watched:
    """A running server, its log, and what it called."""

    def __init__(self, server: Server, home: Path, outgoing: Outgoing) -> None:
        self.port = server.port
        self.process = psutil.Process(server.pid)
        self.outgoing = outgoing
        self._logs = [home / "server.log", home / "tunescape.log"]

    @property
    def log(self) -> str:
        """All that the server has said, on its console and in its home."""
        return "".join(log.read_text() for log in self._logs)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server that was started from another folder, with room for few open files."""
    folder = tmp_path_factory.mktemp("hostile")
    home, outgoing = folder / "home", Outgoing(folder / "hook")
    home.mkdir()
    with serving(
        home,
        spare=False,
        cwd=folder,
        under=("prlimit", "--nofile=1024:1024"),
        variables={
            "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1",
            "STREAMLIT_SERVER_MAX_UPLOAD_SIZE": str(LIMIT_MB),
            "STREAMLIT_BROWSER_SERVER_ADDRESS": "tunescape.school.example",
            **outgoing.variables,
        },
    ) as started:
        yield Watched(started, home, outgoing)
        assert outgoing.seen() == []


def errors(server: Watched, page: str = "") -> list[str]:
    """What a new reader is told on a page that should be fine."""
    with session(server.port) as opened:
        return open_page(opened, page).errors
