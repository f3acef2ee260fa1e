"""What strangers send to a server: each scenario returns the faults that it found."""

from __future__ import annotations

import secrets
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed

from benchmarks.robustness.hostile_target import Target
from benchmarks.robustness.import_bombs import bombs, command, study_file
from benchmarks.robustness.light_socket import (
    ask,
    half_open,
    handshake,
    open_page,
    session,
    upload,
    upload_token,
)

MEGABYTE = 2**20
IMPORT_SECONDS = 10.0


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
    return faults + ([f"Meanwhile a user waited {waited:.1f} s."] if waited > 1 else [])


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
