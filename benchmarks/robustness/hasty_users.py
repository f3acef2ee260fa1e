"""Buttons pressed at one moment, and workers that die or hang under a study."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil

from benchmarks.pages.browser import until
from benchmarks.robustness.hostile_target import Target
from benchmarks.robustness.light_socket import (
    Shown,
    open_page,
    press,
    session,
)
from tuning_core.catalog import StudyStatus
from tuning_core.manager.workers.worker_process import SILENT_SECONDS

AT_ONCE = 4


def launches_at_once(target: Target) -> list[str]:
    """Users who launch at one moment; each gets a study."""
    before = set(target.studies())
    shown = _together(target, "Watch a search")
    new = set(target.studies()) - before
    faults = [error for page in shown for error in page.errors]
    if len(new) != AT_ONCE:
        faults.append(f"{AT_ONCE} launches made {len(new)} studies.")
    for study_id in new:
        faults += _stopped(target, study_id)
    return faults


def resumes_at_once(target: Target) -> list[str]:
    """Users who resume one study at one moment; it runs once and can be stopped."""
    study_id = _launched(target)
    faults = _stopped(target, study_id)
    shown = _together(target, "Resume", "study", f"id={study_id}")
    faults += [error for page in shown for error in page.errors if "fault" in error]
    until(lambda: target.status(study_id) is StudyStatus.RUNNING, target.patience, "it runs")
    return faults + _stopped(target, study_id)


def killed_worker(target: Target) -> list[str]:
    """A worker that the system kills: the study goes on by itself."""
    study_id = _launched(target)
    worker = target.worker(study_id)
    worker.kill()
    return _goes_on(target, study_id, worker.pid, "killed")


def hung_worker(target: Target) -> list[str]:
    """A worker that stands still: it is noticed, and the study goes on or says so."""
    study_id = _launched(target)
    worker = target.worker(study_id)
    worker.send_signal(signal.SIGSTOP)
    try:
        return _goes_on(target, study_id, worker.pid, "hung")
    finally:
        with suppress(psutil.NoSuchProcess):
            worker.kill()


def _goes_on(target: Target, study_id: str, pid: int, what: str) -> list[str]:
    def noticed() -> bool:
        status = target.status(study_id)
        # Between two workers the study is that of one that is gone.
        with suppress(psutil.NoSuchProcess):
            if status is StudyStatus.RUNNING and target.worker(study_id).pid != pid:
                return True
        return status is StudyStatus.FINISHED

    # A minute of silence is the verdict, and another worker has to import.
    patience = SILENT_SECONDS + 2 * target.patience
    try:
        until(noticed, patience, "the study goes on")
    except TimeoutError:
        return [f"A {what} worker: after {patience:g} s {target.status(study_id)}."]
    finally:
        _stopped(target, study_id)
    return []


def _launched(target: Target) -> str:
    """A study of a user's own that trains now."""
    before = set(target.studies())
    with session(target.port) as opened:
        press(opened, open_page(opened), "Watch a search")
    study_id = (set(target.studies()) - before).pop()
    target.worker(study_id)
    return study_id


def _stopped(target: Target, study_id: str) -> list[str]:
    """Stop a study from its page, if it runs; a fault when it does not stop."""
    with session(target.port) as opened:
        shown = open_page(opened, "study", f"id={study_id}")
        if "Stop" not in shown.buttons:
            return []
        press(opened, shown, "Stop")
    try:
        until(lambda: target.status(study_id) is not StudyStatus.RUNNING, target.patience, "stops")
    except TimeoutError:
        return [f"Study {study_id} cannot be stopped."]
    return []


def _together(target: Target, label: str, page: str = "", query: str = "") -> list[Shown]:
    """Press one button in several sessions at one moment."""
    ready = threading.Barrier(AT_ONCE)

    def act(_: int) -> Shown:
        with session(target.port) as opened:
            shown = open_page(opened, page, query)
            ready.wait()
            return press(opened, shown, label)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(act, range(AT_ONCE)))
