"""Children that end are gone, whoever looks."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.manager.conftest import eventually, spec_named
from tuning_core.catalog import StudyStatus
from tuning_core.child_process import ChildProcess, run_child
from tuning_core.home.locks import own_token
from tuning_core.manager import Manager


def zombies() -> list[int]:
    """The children of this process that have ended and were not waited for."""
    found = []
    for child in psutil.Process().children():
        try:
            if child.status() == psutil.STATUS_ZOMBIE:
                found.append(child.pid)
        except psutil.NoSuchProcess:
            continue
    return found


def test_a_child_that_ends_leaves_no_zombie_though_nobody_asks() -> None:
    child = ChildProcess([sys.executable, "-c", "raise SystemExit(3)"])
    eventually(lambda: not psutil.pid_exists(child.pid))
    assert child.ended.wait(60)
    assert (child.returncode, child.exit_words) == (3, "exit code 3")


def test_a_killed_child_takes_its_own_children_with_it() -> None:
    script = (
        "import subprocess, sys\n"
        "print(subprocess.Popen([sys.executable, '-c', 'input()'], stdin=0).pid, flush=True)\n"
        "input()"
    )
    child = ChildProcess([sys.executable, "-c", script], output=subprocess.PIPE)
    assert child._process.stdout is not None
    grandchild = int(child._process.stdout.readline())
    child.kill()
    child.kill()
    eventually(lambda: not running(grandchild))
    assert child.exit_words == "killed by signal 9"


def test_a_command_that_has_run_tells_what_it_wrote_and_why_it_failed(tmp_path: Path) -> None:
    script = "import os, sys; print(os.getcwd()); print('x' * 10**6, 'é', file=sys.stderr)"
    done = run_child([sys.executable, "-X", "utf8", "-c", script], 60, folder=tmp_path)
    assert (done.returncode, done.output.strip()) == (0, str(tmp_path))
    assert done.errors.strip().endswith("x é")
    failed = run_child([sys.executable, "-c", "raise SystemExit('first\\nlast')"], 60)
    assert (failed.returncode, failed.reason) == (1, "last")
    silent = run_child([sys.executable, "-c", "raise SystemExit(4)"], 60)
    assert (silent.returncode, silent.reason) == (4, "no reason given")


@pytest.mark.parametrize("own_session", [False, True])
def test_a_command_that_takes_too_long_is_killed(tmp_path: Path, own_session: bool) -> None:
    noted = tmp_path / "pid"
    script = f"import os, time; open({str(noted)!r}, 'w').write(str(os.getpid())); time.sleep(99)"
    with pytest.raises(TimeoutError, match="not done after 3 s"):
        run_child([sys.executable, "-c", script], 3, own_session=own_session)
    assert not running(int(noted.read_text()))


def running(pid: int) -> bool:
    """Whether a process runs; one that waits for a parent in vain does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_writers_of_tensorboard_logs_that_have_ended_are_gone(tmp_path: Path) -> None:
    manager = Manager(tmp_path, spare=False)
    # Such as the one that tracks shared memory, where an earlier test has asked for it.
    others = {*psutil.Process().children()}
    try:
        ids = []
        for name in ("one", "two"):
            spec = spec_named(name)
            ids.append(f"study{name}"[:8].ljust(8, "x"))
            manager.home.study(ids[-1]).folder.mkdir()
            manager.store.create_study(ids[-1], name, spec.to_json(), time.time(), own_token())
            manager.store.set_status(ids[-1], StudyStatus.FINISHED)
            manager.live_tensorboard.switch(ids[-1], True)
        # Nobody asks about them: each writes what there is and ends.
        eventually(lambda: not {*psutil.Process().children()} - others, 60)
        assert not any(manager.live_tensorboard.writing(study_id) for study_id in ids)
    finally:
        manager.close()
