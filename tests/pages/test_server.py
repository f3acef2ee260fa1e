"""The server refuses what it cannot serve with one sentence."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from tests.pages.conftest import APP
from tuning_core.manager import Manager


def serve(home: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Run the server where it must refuse."""
    return subprocess.run(
        [sys.executable, "server.py", "--port", str(port)],
        cwd=APP.parent,
        env={"TUNESCAPE_HOME": str(home), "TUNESCAPE_SPARE": "0", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


def test_a_second_server_on_one_home_is_refused(engine: Manager):
    refused = serve(engine.home.path, free_port())
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_busy_port_is_refused(tmp_path: Path):
    with socket.socket() as busy:
        busy.bind(("", 0))
        busy.listen()
        refused = serve(tmp_path, busy.getsockname()[1])
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "is in use" in refused.stderr
