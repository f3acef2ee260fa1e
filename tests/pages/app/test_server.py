"""The server refuses what it cannot serve with one sentence."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event

import pytest
from starlette.types import Message
from streamlit import config
from streamlit.config_option import ConfigOption
from streamlit.runtime.secrets import secrets_singleton

from pages.components.app import upload_limits
from pages.components.app.trusted_hosts import host_allowed, machine_names, origin_allowed
from pages.components.shared import manager_session as engine_module
from pages.components.shared.manager_session import close_manager, open_manager
from pages.components.shared.user import login_problem
from tests.pages.conftest import APP
from tuning_core.manager import HomeError, Manager

SERVER = APP.parent / "server.py"


def serve(
    home: Path,
    port: int,
    variables: Mapping[str, str] | None = None,
    *,
    script: Path = SERVER,
    cwd: Path = APP.parent,
) -> subprocess.CompletedProcess[str]:
    """Run the server where it must refuse."""
    own = {"TUNESCAPE_HOME": str(home), "TUNESCAPE_SPARE": "0", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, str(script), "--port", str(port)],
        cwd=cwd,
        env=own | dict(variables or {}),
        capture_output=True,
        text=True,
        timeout=120,
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


UNUSABLE = {
    "no TOML": b"[auth\n",
    "no text": b"[auth]\nclient_id = '\xff\xfe'\n",
    "a key twice": b"[auth]\nclient_id = 'a'\nclient_id = 'b'\n",
    "keys missing": b"[auth]\nclient_id = 'a'\n",
    "empty section": b"[auth]\n",
    "no section": b"auth = 'yes'\n",
}


def refusal(tmp_path: Path, **variables: str) -> str:
    """The one line with which the server refuses to start."""
    refused = serve(tmp_path / "home", free_port(), {"HOME": str(tmp_path)} | variables)
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
    assert refused.stdout == ""
    return refused.stderr


@pytest.fixture
def secrets_file(tmp_path: Path) -> Iterator[Path]:
    """The only place where secrets are looked for; nothing is there yet."""
    before = config.get_option("secrets.files")
    path = tmp_path / "secrets.toml"
    config._set_option("secrets.files", [str(path)], ConfigOption.DEFAULT_DEFINITION)
    yield path
    config._set_option("secrets.files", before, ConfigOption.DEFAULT_DEFINITION)
    secrets_singleton._reset()


@pytest.mark.parametrize("wrong", UNUSABLE)
def test_a_login_that_cannot_be_used_is_a_problem(secrets_file: Path, wrong: str):
    secrets_file.write_bytes(UNUSABLE[wrong])
    problem = login_problem()
    assert problem is not None
    assert str(secrets_file) in problem
    assert "\n" not in problem


def test_secrets_without_a_login_or_none_at_all_are_no_problem(secrets_file: Path):
    assert login_problem() is None
    secrets_file.write_text("other = 1\n")
    assert login_problem() is None


@pytest.mark.parametrize("kind", ["folder", "link to nothing"])
def test_secrets_that_are_no_file_are_a_problem(secrets_file: Path, kind: str):
    if kind == "folder":
        secrets_file.mkdir()
    else:
        secrets_file.symlink_to(secrets_file.parent / "nothing")
    assert str(secrets_file) in (login_problem() or "")


def test_a_secrets_file_that_is_named_and_missing_is_not_left_out(tmp_path: Path):
    missing = str(tmp_path / "missing.toml")
    assert missing in refusal(tmp_path, STREAMLIT_SECRETS_FILES=missing)


def test_secrets_beside_the_project_are_found_from_another_folder(tmp_path: Path):
    project = tmp_path / "project"
    secrets = project / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(parents=True)
    secrets.write_text("[auth\n")
    for name in ("server.py", "app.py"):
        shutil.copy(APP.parent / name, project)
    for name in ("pages", "tuning_core"):
        (project / name).symlink_to(APP.parent / name)
    refused = serve(tmp_path / "home", free_port(), script=project / "server.py", cwd=tmp_path)
    assert refused.returncode == 1
    assert str(secrets) in refused.stderr


def test_a_setting_of_the_wrong_type_is_refused(tmp_path: Path):
    said = refusal(tmp_path, STREAMLIT_SERVER_MAX_UPLOAD_SIZE="much")
    assert "STREAMLIT_SERVER_MAX_UPLOAD_SIZE" in said
    assert "much" in said


@pytest.mark.parametrize(
    ("listens", "name", "let_in"),
    [
        ("tune.school.example", "tune.school.example:8501", True),
        ("tune.school.example", "other.school.example:8501", False),
        ("0.0.0.0", f"{machine_names()[0]}:8501", True),
        ("0.0.0.0", f"{machine_names()[0]}.evil.example:8501", False),
        ("localhost", f"not-{machine_names()[0]}:8501", False),
    ],
)
def test_a_server_answers_for_the_names_under_which_it_listens(
    listens: str, name: str, let_in: bool
):
    before = config.get_option("server.address")
    config._set_option("server.address", listens, "a test")
    try:
        assert host_allowed(name) is let_in
    finally:
        config._set_option("server.address", before, ConfigOption.DEFAULT_DEFINITION)


def test_a_server_for_every_host_trusts_the_pages_of_none_but_its_own():
    before = config.get_option("server.allowedHosts")
    config._set_option("server.allowedHosts", ["*", "*.school.example"], "a test")
    try:
        assert host_allowed("any.example:8501")
        assert origin_allowed("http://any.example:8501", "any.example:8501")
        assert origin_allowed("https://tune.school.example", "127.0.0.1:8501")
        assert not origin_allowed("https://evil.example", "any.example:8501")
    finally:
        config._set_option("server.allowedHosts", before, ConfigOption.DEFAULT_DEFINITION)


def test_no_page_opens_another_manager_while_the_server_stops(
    engine: Manager, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engine_module, "_stopping", Event())
    close_manager()
    assert engine.closed
    with pytest.raises(HomeError, match="The server is stopping"):
        open_manager()


@pytest.mark.parametrize(("each", "whole"), [(b"x", False), (b"x" * 100_000, True)])
def test_a_body_that_drips_is_given_up(
    each: bytes, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_limits, "STALLED_SECONDS", 0.2)
    parts = 5

    async def arriving() -> list[str]:
        left = parts

        async def receive() -> Message:
            nonlocal left
            await asyncio.sleep(0.1)
            left -= 1
            return {"type": "http.request", "body": each, "more_body": left > 0}

        limited = upload_limits._unless_stalled(receive)
        return [(await limited())["type"] for _ in range(parts)]

    assert ("http.disconnect" not in asyncio.run(arriving())) is whole
