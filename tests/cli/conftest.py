"""A home of its own for each test of the command line, and its commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SPEC: dict[str, Any] = {
    "name": "cli",
    "dataset": {"id": "iris"},
    "space": {"learning_rate": {"low": 1e-3, "high": 1e-1, "scale": "log"}, "units": 8},
    "budget": {"trials": 3, "epochs": 4},
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("TUNESCAPE_HOME", str(home))
    return home


def command(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tuning_core", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        input=stdin,
    )


def last_line(output: str) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(output.splitlines()[-1], parse_constant=refuse)


def spec_file(tmp_path: Path, spec: object) -> str:
    path = tmp_path / "spec.json"
    path.write_text(spec if isinstance(spec, str) else json.dumps(spec))
    return str(path)
