"""What a hostile or hasty reader does to a running server, and what the others see of it.

Each scenario acts on one server. After each, somebody else opens pages: what goes wrong there is a
fault. In the end nothing may have been called but this machine, and the memory of the process that
serves must be back. ``--quick`` uses fewer connections and less patience.
"""

from __future__ import annotations

import secrets
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed

from benchmarks.pages.browser import Server, serving, until
from benchmarks.parts.table import Row, run
from benchmarks.robustness.hostile_target import Target
from benchmarks.robustness.import_bombs import bombs, command, study_file
from benchmarks.robustness.light_socket import (
    Shown,
    ask,
    half_open,
    handshake,
    open_page,
    press,
    session,
    upload,
    upload_token,
)
from benchmarks.robustness.outgoing import Outgoing
from tuning_core.catalog import StudyStatus
from tuning_core.manager.workers.worker_process import SILENT_SECONDS

MEMORY_BAR = 1.10
LOG_BAR = 100_000
"""Bytes that the server may log about all of this."""
MEGABYTE = 2**20
IMPORT_SECONDS = 10.0
AT_ONCE = 4


def client_messages(target: Target) -> list[str]:
    """Every message that Streamlit takes and no page sends."""
    messages = [
        BackMsg(clear_cache=True),
        BackMsg(set_run_on_save=True),
        BackMsg(load_git_info=True),
        BackMsg(debug_shutdown_runtime=True),
        BackMsg(debug_disconnect_websocket=True),
        BackMsg(),
    ]
    messages[-1].file_urls_request.file_names.extend([""] * 1_000_000)
    faults = []
    for message in messages:
        with session(target.port) as opened:
            opened.send(message.SerializeToString())
            faults += open_page(opened).errors
    return faults


def garbage(target: Target) -> list[str]:
    """Texts and random bytes over WebSockets."""
    for count in range(20 if target.quick else 200):
        with session(target.port) as opened, suppress(ConnectionClosed):
            opened.send(secrets.token_bytes(count + 20) if count % 2 else "text")
            opened.recv(timeout=60)
    return []


def foreign_pages(target: Target) -> list[str]:
    """Sockets of other sites, and of names that were made to point here."""
    foreign = [{"Origin": "http://evil.example"}, {"Host": "evil.example"}]
    with ThreadPoolExecutor(10) as pool:
        attempts = [pool.submit(handshake, target.port, **foreign[n % 2]) for n in range(20)]
        started = time.monotonic()
        ask(target.port, "/_stcore/health")
        waited = time.monotonic() - started
        statuses = {attempt.result() for attempt in attempts}
    faults = [] if statuses == {403} else [f"Foreign pages were answered with {statuses}."]
    return faults + ([f"Meanwhile a reader waited {waited:.1f} s."] if waited > 1 else [])


def silent_connections(target: Target) -> list[str]:
    """Connections that begin a request and never end it."""
    opened = half_open(target.port, 300 if target.quick else 900)
    try:
        status = ask(target.port, "/").status
        return [] if status == 200 else [f"Meanwhile a page was answered with {status}."]
    finally:
        for connection in opened:
            connection.close()


def uploads(target: Target) -> list[str]:
    """Bodies without a session, and more of them than a session may hold."""
    token, body = upload_token(target.port), secrets.token_bytes(50 * MEGABYTE)
    strange = upload(target.port, "nobody", body, token)
    faults = [] if strange == 403 else [f"An upload without a session was answered {strange}."]
    for _ in range(2 if target.quick else 10):
        with session(target.port) as opened:
            upload(target.port, open_page(opened).session_id, body, token)
    return faults


def launches_at_once(target: Target) -> list[str]:
    """Readers who launch at one moment; each gets a study."""
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
    """Readers who resume one study at one moment; it runs once and can be stopped."""
    study_id = _launched(target)
    faults = _stopped(target, study_id)
    shown = _together(target, "Resume", "study", f"id={study_id}")
    faults += [error for page in shown for error in page.errors if "fault" in error]
    until(lambda: target.status(study_id) is StudyStatus.RUNNING, target.patience, "it runs")
    return faults + _stopped(target, study_id)


def import_bombs(target: Target) -> list[str]:
    """Study files that are small and take long or much to read."""
    faults = []
    with tempfile.TemporaryDirectory() as place:
        for name, content in bombs(study_file(Path(place))).items():
            path = Path(place) / f"{name}.zip"
            path.write_bytes(content)
            started = time.monotonic()
            ended = command(target.home, "import-study", str(path))
            seconds = time.monotonic() - started
            if ended.returncode == 0 or "Traceback" in ended.stderr:
                faults.append(f"{name}: exit {ended.returncode}, {ended.stderr.strip()[-80:]}")
            if seconds > IMPORT_SECONDS:
                faults.append(f"{name}: {seconds:.0f} s")
    return faults


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
    """A study of a reader's own that trains now."""
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


SCENARIOS: list[Callable[[Target], list[str]]] = [
    client_messages,
    garbage,
    foreign_pages,
    silent_connections,
    uploads,
    import_bombs,
    launches_at_once,
    resumes_at_once,
    killed_worker,
    hung_worker,
]


def others(target: Target) -> list[str]:
    """What somebody else is told on pages that should be fine."""
    pages = [("", ""), ("library", ""), ("status", ""), ("new_study", "")]
    pages += [("study", f"id={study_id}") for study_id in target.studies()[:1]]
    faults = []
    with session(target.port) as opened:
        for page, query in pages:
            faults += [f"/{page}: {error[:150]}" for error in open_page(opened, page, query).errors]
    return faults


def measure(quick: bool) -> list[Row]:
    """Rows of the table: one a scenario, then what all of them left behind."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="tunescape-bench-") as place:
        home, outgoing = Path(place) / "home", Outgoing(Path(place) / "hook")
        home.mkdir()
        variables = {
            "TUNESCAPE_SEARCHES": "2",
            "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "5",
            **outgoing.variables,
        }
        with serving(home, spare=False, variables=variables) as server:
            target = Target(server, home, quick)
            for _ in range(20):
                others(target)
            before, said = server.memory_mb, target.said()
            for scenario in SCENARIOS:
                rows.append(_row(scenario, target))
                print(rows[-1], file=sys.stderr, flush=True)
            rows += _left(server, before, target.said() - said)
        called = outgoing.seen()
    rows.append(_judged("outgoing connections", called))
    return rows


def _row(scenario: Callable[[Target], list[str]], target: Target) -> Row:
    try:
        faults = scenario(target)
    except Exception as error:
        faults = [f"{type(error).__name__}: {error}"[:200]]
    try:
        faults += others(target)
    except Exception as error:
        faults += [f"another reader: {type(error).__name__}: {error}"[:200]]
    return _judged(scenario.__name__.replace("_", " "), faults)


def _judged(what: str, faults: list[str]) -> Row:
    shown = "; ".join(sorted(set(faults))[:4]).replace("\n", " ") or "0"
    return Row(what, "", shown, bar="0 faults", reached=not faults)


def _left(server: Server, before: float, said: int) -> list[Row]:
    with suppress(TimeoutError):
        until(lambda: server.memory_mb <= before * MEMORY_BAR, 60.0, "memory is back")
    after = server.memory_mb
    return [
        Row(
            "memory that serves",
            "",
            f"{before:.0f} MB before, {after:.0f} MB after",
            bar=f"x {MEMORY_BAR:g}",
            reached=after <= before * MEMORY_BAR,
        ),
        Row("log", "", f"{said:,} bytes", bar=f"{LOG_BAR:,}", reached=said <= LOG_BAR),
    ]


if __name__ == "__main__":
    run("Hostile and hasty readers", __doc__, measure)
