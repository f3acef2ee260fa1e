"""The process that serves pages downloads nothing: it shows what is there, workers bring data."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_import_rules import ROOT, imports, room_of, sources
from tuning_core.catalog.datasets import DATASETS
from tuning_core.datasets import load_present, preview
from tuning_core.datasets.sources import TABLES
from tuning_core.spec.dataset import DatasetSpec

TRAINS = {"models", "strategies", "training", "model_export", "worker", "datasets"}
"""Rooms of the processes that train, and what they download with."""
DOWNLOADING = {
    f"tuning_core.datasets.{name}"
    for name in (
        *("load", "load_rows", "prepare", "prepare_all", "prepare_folds", "test_part"),
        *("clients", "download", "images", "downloaded_tables", "loading", "preparation"),
    )
}
AUDITED = """
import importlib, json, pkgutil, sys
from pathlib import Path

import pages.components, server
from tuning_core.catalog.datasets import DATASETS
from tuning_core.datasets import load_present, preview
from tuning_core.spec.dataset import DatasetSpec

for module in pkgutil.walk_packages(pages.components.__path__, "pages.components."):
    importlib.import_module(module.name)
seen = []
watched = ("subprocess.Popen", "os.fork", "os.posix_spawn", "socket.connect", "socket.getaddrinfo")
sys.addaudithook(lambda event, _: seen.append(event) if event in watched else None)
home = Path(sys.argv[1])
for name in DATASETS:
    preview(DatasetSpec(id=name), home)
    load_present(name, home)
print(json.dumps({"seen": seen, "clients": "tuning_core.datasets.clients" in sys.modules}))
"""


def torn_home(folder: Path) -> Path:
    """A home in which every download has begun and none is whole."""
    for name, download in TABLES.items():
        (folder / "data" / name).mkdir(parents=True)
        (folder / "data" / name / download.sources[0].files[0].name).write_bytes(b"torn")
    (folder / "data" / "mnist").mkdir()
    (folder / "data" / "mnist" / "mnist.npz").write_bytes(b"torn")
    return folder


@pytest.mark.parametrize(
    "path",
    [path for path in sources() if room_of(path) not in TRAINS],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_nothing_that_a_server_runs_can_download(path: Path) -> None:
    assert not DOWNLOADING & set(imports(path))


def test_a_server_starts_no_package_manager_and_connects_to_no_host(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, torn_home(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {"seen": [], "clients": False}


def test_what_is_torn_is_not_there(tmp_path: Path) -> None:
    torn_home(tmp_path)
    for name, info in DATASETS.items():
        assert (load_present(name, tmp_path) is None) == (not info.embedded)
        assert (preview(DatasetSpec(id=name), tmp_path) is None) == (not info.embedded)
