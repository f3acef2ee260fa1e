"""What a container or a service leaves of the machine."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tuning_core import resources
from tuning_core.manager.workers.machine import searches_allowed
from tuning_core.worker import device


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The control group of this process, two below the top."""
    own = tmp_path / "own"
    own.write_text("1:name=systemd:/\n0::/system.slice/app.service\n")
    monkeypatch.setattr(resources, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(resources, "_OWN", own)
    monkeypatch.delenv("TUNESCAPE_SEARCHES", raising=False)
    folder = tmp_path / "cgroup" / "system.slice" / "app.service"
    folder.mkdir(parents=True)
    return folder


def test_without_limits_there_is_the_machine(group: Path) -> None:
    assert resources.cores() >= 1
    assert resources.memory_bytes() == psutil.virtual_memory().total
    (group / "cpu.max").write_text("max 100000\n")
    (group / "memory.max").write_text("max\n")
    assert resources.memory_bytes() == psutil.virtual_memory().total


@pytest.mark.parametrize("level", [0, 1])
def test_a_quota_counts_wherever_it_is_set(group: Path, level: int) -> None:
    (group.parents[level - 1] if level else group).joinpath("cpu.max").write_text("100000 100000")
    assert resources.cores() == 1
    # What the page calls the device is what the number of searches rests on.
    assert device._cpu_name() == "CPU, 1 core"
    assert searches_allowed() == 1


def test_memory_is_what_the_tightest_group_leaves(group: Path) -> None:
    (group / "memory.max").write_text("3000000\n")
    (group / "memory.current").write_text("1000000\n")
    (group.parent / "memory.max").write_text("2500000\n")
    (group.parent / "memory.current").write_text("2400000\n")
    assert resources.memory_bytes() == 2_500_000
    assert resources.free_memory_bytes() == 100_000


@pytest.mark.parametrize(
    "address", ["here", "host:", ":1", "host:70000", "ray://host:10001", "h:1x"]
)
def test_a_cluster_s_address_is_a_host_and_a_port(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources.importlib.util, "find_spec", lambda _: "found")
    assert f"received {address!r}" in resources.ray_trouble(address)


def test_a_cluster_that_cannot_be_used_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resources.importlib.util, "find_spec", lambda _: None)
    assert "pip install -r requirements-cluster.txt" in resources.ray_trouble("local")
    monkeypatch.setattr(resources.importlib.util, "find_spec", lambda _: "found")
    assert resources.ray_trouble("local") == ""
    assert "ray start --head --port=1" in resources.ray_trouble("127.0.0.1:1")


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)), ""),
        (b"HTTP/1.1 400 Bad Request\r\n", "(something else than Ray listens there)"),
        (b"", "(timed out)"),
    ],
)
def test_who_does_not_answer_as_ray_does_is_not_waited_for(
    answer: bytes, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources.importlib.util, "find_spec", lambda _: "found")
    monkeypatch.setattr(resources, "_RAY_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(ConnectionError):
                connection.sendall(answer)
                while connection.recv(100):
                    pass

        threading.Thread(target=serve, daemon=True).start()
        said = resources.ray_trouble(f"127.0.0.1:{server.getsockname()[1]}")
    assert trouble in said
    assert bool(trouble) is bool(said)
