"""Downloads against a server of our own: whole or not at all, resumed, from the next source."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.datasets.file_server import FileServer, closed_port_url, serving
from tests.datasets.tiny_images import (
    CONTAINERS,
    IDX_FILES,
    NAMES,
    container,
    is_tiny,
    source,
    tiny_folder,
)
from tuning_core.datasets.images import obtain
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.sources import Source

NPZ = CONTAINERS["tiny.npz"]
# Two whole chunks of 64 KiB arrive of the 150,000 bytes after which the server breaks off.
RESUMED = "bytes=131072-"


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as running:
        running.files = {**CONTAINERS, **IDX_FILES["gz"]}
        yield running


@pytest.fixture
def npz(server: FileServer) -> Source:
    return container("tiny.npz", server.url(""))


def unreachable() -> Source:
    return container("tiny-1.0.tgz", closed_port_url(""))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited a minute"
        time.sleep(0.01)


def obtain_in_process(folder: Path, origin: Source) -> None:
    """What the child processes of the tests below run."""
    assert is_tiny(obtain(tiny_folder(folder, origin)))


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_is_downloaded_once_and_leaves_four_plain_files(
    name: str, server: FileServer, tmp_path: Path
) -> None:
    folder = tiny_folder(tmp_path / "home" / "data", container(name, server.url("")))
    assert not folder.available()
    assert is_tiny(obtain(folder))
    assert is_tiny(obtain(folder))
    assert len(server.ranges) == 1
    assert folder.complete()
    assert sorted(path.name for path in folder.path.iterdir()) == [".lock", *sorted(NAMES)]


def test_progress_runs_over_all_files_of_a_source(server: FileServer, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    origin = source(IDX_FILES["gz"], server.url(""))
    obtain(tiny_folder(tmp_path, origin), lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {origin.size}
    assert seen[-1] == (origin.size, origin.size)


def test_a_file_with_the_wrong_hash_is_refused_and_the_next_source_taken(
    server: FileServer, npz: Source, tmp_path: Path
) -> None:
    server.files["tiny.npz"] = b"x" * len(NPZ)
    folder = tiny_folder(tmp_path, npz, container("tiny_1.0_all.deb", server.url("")))
    assert is_tiny(obtain(folder))


@pytest.mark.parametrize("length", [len(NPZ) - 1, len(NPZ) + 1])
def test_a_file_of_the_wrong_length_is_refused(
    length: int, server: FileServer, npz: Source, tmp_path: Path
) -> None:
    server.files["tiny.npz"] = (NPZ + b"x")[:length]
    with pytest.raises(DataError, match="tiny could not be downloaded"):
        obtain(tiny_folder(tmp_path, npz))
    assert not list(tmp_path.glob("*idx*"))


@pytest.mark.parametrize("answer", ["refused", "not found"])
def test_a_source_that_does_not_answer_is_passed_over(
    answer: str, server: FileServer, tmp_path: Path
) -> None:
    del server.files["tiny-1.0.tgz"]
    first = unreachable() if answer == "refused" else container("tiny-1.0.tgz", server.url(""))
    folder = tiny_folder(tmp_path, first, source(IDX_FILES["gz"], server.url("")))
    assert is_tiny(obtain(folder))


def test_a_connection_that_breaks_is_taken_up_where_it_broke(
    server: FileServer, npz: Source, tmp_path: Path
) -> None:
    server.cut_after = [150_000, 70_000]
    assert is_tiny(obtain(tiny_folder(tmp_path, npz)))
    assert server.ranges == [None, RESUMED, "bytes=196608-"]


def test_a_server_that_knows_no_ranges_sends_everything_again(
    server: FileServer, npz: Source, tmp_path: Path
) -> None:
    server.cut_after = [150_000]
    server.with_ranges = False
    assert is_tiny(obtain(tiny_folder(tmp_path, npz)))


@pytest.mark.parametrize("left", [b"not the beginning", NPZ[:-1] + b"?", NPZ + b"more"])
def test_what_an_older_call_left_is_dropped_when_it_does_not_fit(
    left: bytes, server: FileServer, npz: Source, tmp_path: Path
) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "tiny.npz.part").write_bytes(left)
    assert is_tiny(obtain(tiny_folder(tmp_path, npz)))


@pytest.mark.parametrize("ending", [KeyboardInterrupt, ValueError])
def test_a_download_ended_by_its_progress_goes_on_from_there(
    ending: type[BaseException], server: FileServer, npz: Source, tmp_path: Path
) -> None:
    def stop(done: int, total: int) -> None:
        raise ending

    server.cut_after = [150_000]
    with pytest.raises(ending):
        obtain(tiny_folder(tmp_path, npz), stop)
    assert not tiny_folder(tmp_path, npz).available()
    assert is_tiny(obtain(tiny_folder(tmp_path, npz)))
    assert server.ranges == [None, "bytes=65536-"]


def test_a_killed_process_leaves_nothing_that_is_taken_for_whole(
    server: FileServer, npz: Source, tmp_path: Path
) -> None:
    server.cut_after = [150_000]
    server.hold = True
    (tmp_path / ".left.tmp").write_bytes(b"of another kill")
    process = multiprocessing.get_context("spawn").Process(
        target=obtain_in_process, args=(tmp_path, npz)
    )
    process.start()
    part = tmp_path / "downloads" / "tiny.npz.part"
    wait_until(lambda: part.exists() and part.stat().st_size > 0)
    process.kill()
    process.join()
    server.release.set()
    folder = tiny_folder(tmp_path, npz)
    assert not folder.available()
    assert is_tiny(obtain(folder))
    assert server.ranges[1] is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", *sorted(NAMES)]


def test_two_processes_at_once_download_once(
    server: FileServer, npz: Source, tmp_path: Path
) -> None:
    server.cut_after = [150_000]
    server.hold = True
    waited: list[tuple[int, int]] = []
    process = multiprocessing.get_context("spawn").Process(
        target=obtain_in_process, args=(tmp_path, npz)
    )
    process.start()
    wait_until(lambda: bool(server.ranges))

    def let_go(done: int, total: int) -> None:
        waited.append((done, total))
        server.release.set()

    assert is_tiny(obtain(tiny_folder(tmp_path, npz), let_go))
    process.join()
    assert process.exitcode == 0
    assert waited[0] == (0, 0)
    assert server.ranges == [None, RESUMED]


def test_without_any_source_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "data" / "tiny", container("tiny.npz", closed_port_url("")))
    with pytest.raises(DataError) as caught:
        obtain(folder)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.startswith("tiny could not be downloaded (127.0.0.1:")
    assert "connect this machine to the internet" in sentence
    for wanted in ("tiny.npz", *NAMES, str(folder.path)):
        assert wanted in sentence


def test_a_home_that_cannot_be_written_is_said_so(npz: Source, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"cannot be stored in .*TUNESCAPE_HOME"):
        obtain(tiny_folder(tmp_path / "data" / "tiny", npz))


def by_client(code: str) -> Source:
    """A source whose host is unreachable and whose package manager runs this code."""
    return container("tiny.npz", closed_port_url(""), (sys.executable, "-c", code))


@pytest.mark.usefixtures("package_managers")
def test_a_package_manager_brings_the_file_where_the_address_does_not(tmp_path: Path) -> None:
    parcel = tmp_path / "parcel"
    parcel.write_bytes(NPZ)
    copy = f"import shutil; shutil.copy({str(parcel)!r}, 'tiny.npz')"
    assert is_tiny(obtain(tiny_folder(tmp_path / "data", by_client(copy))))


@pytest.mark.usefixtures("package_managers")
def test_the_progress_of_a_package_manager_is_that_of_its_files(tmp_path: Path) -> None:
    slow = (
        "import time; f = open('tiny.npz', 'wb'); f.write(b'x' * 1000); f.flush(); time.sleep(60)"
    )
    origin = by_client(slow)
    seen: list[tuple[int, int]] = []

    def stop_then(done: int, total: int) -> None:
        seen.append((done, total))
        if done:
            raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        obtain(tiny_folder(tmp_path, origin), stop_then)
    assert seen[-1] == (1000, origin.size)
    assert time.monotonic() - begun < 30
    assert not list((tmp_path / "downloads").glob("*/*"))


def test_a_process_that_does_not_offer_package_managers_runs_none(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    origin = by_client(f"open({str(mark)!r}, 'w')")
    with pytest.raises(DataError, match="could not be downloaded"):
        obtain(tiny_folder(tmp_path / "data", origin))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("no-such-program",), "not installed"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "failed with status 3"),
        ((sys.executable, "-c", ""), "did not bring tiny.npz"),
        ((sys.executable, "-c", "open('tiny.npz', 'w').write('x')"), "brought another tiny.npz"),
    ],
)
@pytest.mark.usefixtures("package_managers")
def test_a_package_manager_that_fails_is_one_more_problem_in_the_sentence(
    command: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=reason):
        obtain(tiny_folder(tmp_path, container("tiny.npz", closed_port_url(""), command)))
