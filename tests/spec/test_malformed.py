"""Whatever is given to the command line: a sentence in time, and nothing left behind.

Tables are tried in ``datasets/test_bad_tables.py``, study files in ``manager/library``,
addresses in ``pages/app/test_malformed_addresses.py`` and commands of workers in
``worker/test_malformed_commands.py``: together more than 500 inputs.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.json_values import JSON_VALUES
from tuning_core.catalog import HYPERPARAMETERS
from tuning_core.cli.main import main
from tuning_core.datasets import resolve
from tuning_core.manager import HomeError
from tuning_core.space import SpecError
from tuning_core.spec.study import parse_spec
from tuning_core.spec.validation import decode

IN_TIME = settings(
    deadline=timedelta(seconds=5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SPEC: dict[str, Any] = {
    "name": "malformed",
    "dataset": {"id": "iris"},
    "model": {"family": "mlp"},
    "space": {"units": 8},
    "strategy": {"id": "random", "settings": {}},
    "objective": "val_accuracy",
    "budget": {"trials": 1, "epochs": 1},
}
NAMES = ("run", "resume", "show", "export", "tensorboard", "optuna", "export-study",
         "import-study", "list", "extend", "edit", "--json", "--to", "-", "..")  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUNESCAPE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def answers(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit status and what was said on standard error."""
    try:
        status = main(arguments)
    except SystemExit as usage:
        status = int(usage.code or 0)
    return status, capsys.readouterr().err


@settings(IN_TIME, max_examples=60)
@given(
    place=st.sampled_from([*SPEC, *(f"space.{name}" for name in HYPERPARAMETERS)]),
    value=JSON_VALUES,
)
def test_any_value_in_any_field_of_a_spec(
    place: str, value: Any, home: Path, capsys: pytest.CaptureFixture[str]
):
    outer, _, inner = place.partition(".")
    spec = SPEC | {outer: {inner: value} if inner else value}
    content = json.dumps(spec)
    assume(not _is_spec(content, home))
    Path("spec.json").write_text(content)
    status, said = answers(["run", "spec.json"], capsys)
    assert (status, len(said.splitlines())) == (2, 1)
    assert not home.exists()


@settings(IN_TIME, max_examples=60)
@given(content=st.binary(max_size=80) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_as_a_spec(content: bytes, home: Path, capsys: pytest.CaptureFixture[str]):
    Path("spec.json").write_bytes(content)
    status, said = answers(["run", "spec.json"], capsys)
    assert (status, len(said.splitlines())) == (2, 1)
    assert not home.exists()


@settings(IN_TIME, max_examples=60)
@given(words=st.lists(st.sampled_from(NAMES) | st.text(max_size=8), max_size=4))
def test_any_words_on_the_command_line(words: list[str], capsys: pytest.CaptureFixture[str]):
    assume("-" not in words)  # Reads the standard input, which is nobody's here.
    _, said = answers([word.replace("\0", "") for word in words], capsys)
    assert "Traceback" not in said
    assert {path.name for path in Path().iterdir()} <= {"home", "spec.json"}


def _is_spec(content: str, home: Path) -> bool:
    try:
        parse_spec(resolve(decode(content), home, local_files=True), local_files=True)
    except (SpecError, HomeError):
        return False
    return True
