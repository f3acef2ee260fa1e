"""The wheel: what is in it, what it needs, and that the app is served from it in any folder."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.manager.conftest import eventually

ROOT = Path(__file__).parents[1]
OUTSIDE = {"app.py", "server.py", ".streamlit/config.toml"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked as an installation has it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", str(ROOT)]
    done = subprocess.run(
        build, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    installed = folder / "installed"
    with zipfile.ZipFile(built) as file:
        file.extractall(installed)
    return installed


def files(folder: Path) -> set[str]:
    """Names of all files below a folder."""
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return {name for name in found if "__pycache__" not in name}


def test_nothing_but_the_package_lands_at_the_top_of_site_packages(wheel: Path) -> None:
    names = {path.name for path in wheel.iterdir()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"tuning_core"}
    assert len(names) == 2


def test_the_whole_app_and_no_test_is_in_the_package(wheel: Path) -> None:
    there = files(wheel / "tuning_core")
    app = {f"_web/{name}" for name in OUTSIDE}
    app |= {f"_web/pages/{name}" for name in files(ROOT / "pages")}
    engine = files(ROOT / "tuning_core")
    assert {"_web/pages/assets/style.css", "_web/pages/components/shared/paint.js"} <= app
    assert there == app | engine


def test_the_requirements_files_say_what_an_installation_needs(wheel: Path) -> None:
    (about,) = wheel.glob("*.dist-info/METADATA")
    metadata = message_from_string(about.read_text(encoding="utf-8"))
    needs = metadata.get_all("Requires-Dist") or []
    always = {re.split(r"[<>=\[; ]", need)[0] for need in needs if "extra ==" not in need}
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if not line.startswith("#")]
    assert always == {re.split(r"[<>=]", line)[0].replace("_", "-") for line in listed}
    extras = set(metadata.get_all("Provides-Extra") or [])
    assert {"cluster", "gpu"} <= extras
    assert not extras & {"dev", "bench"}
    assert any(need.startswith("ray") and "cluster" in need for need in needs)


def test_the_build_backend_is_what_tests_install() -> None:
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    listed = (ROOT / "requirements-dev.txt").read_text().splitlines()
    assert set(backend) <= set(listed)


def test_the_app_is_served_from_a_folder_of_somebody_else(wheel: Path, tmp_path: Path) -> None:
    folder, user = tmp_path / "foreign", tmp_path / "user"
    folder.mkdir()
    user.mkdir()
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "HOME": str(user), "PYTHONPATH": str(wheel)}
    environment |= {"TUNESCAPE_HOME": "", "TUNESCAPE_SPARE": "0"}
    with subprocess.Popen(
        [sys.executable, "-m", "tuning_core", "serve", "--port", str(port)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            eventually(lambda: "Tunescape" in _page(port) or server.poll() is not None, 60.0)
            assert server.poll() is None
            maps = Path(f"/proc/{server.pid}/maps")
            assert not maps.exists() or "tensorflow" not in maps.read_text()
        finally:
            server.terminate()
            said, _ = server.communicate(timeout=60)
    assert "tunescape serve --host 0.0.0.0 opens it to others" in said
    assert list(folder.iterdir()) == []
    assert (user / ".tunescape" / "tunescape.db").exists()


def _page(port: int) -> str:
    try:
        with urlopen(f"http://localhost:{port}/", timeout=5) as answer:
            return str(answer.read().decode())
    except (URLError, ConnectionError):
        return ""
