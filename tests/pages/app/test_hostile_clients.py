"""What strangers, foreign pages and broken clients send to a running server."""

from __future__ import annotations

import logging
import resource
import secrets
import socket
from contextlib import suppress

import pytest
from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from benchmarks.pages.browser import until
from benchmarks.robustness.light_socket import (
    ask,
    half_open,
    open_page,
    session,
    upload,
    upload_token,
)
from pages.components.app.navigation import ADDRESSES
from server import LOG_SECONDS, MOST_RECORDS, RepeatFilter
from tests.pages.app.conftest import LIMIT_MB, Watched, errors

MEGABYTE = 2**20


@pytest.mark.parametrize("page", sorted(ADDRESSES))
def test_a_server_that_was_started_elsewhere_shows_every_page(server: Watched, page: str):
    assert errors(server, page) == []
    assert "Traceback" not in server.log


MESSAGES = {
    "clear_cache": BackMsg(clear_cache=True),
    "set_run_on_save": BackMsg(set_run_on_save=True),
    "load_git_info": BackMsg(load_git_info=True),
    "debug_disconnect_websocket": BackMsg(debug_disconnect_websocket=True),
    "debug_shutdown_runtime": BackMsg(debug_shutdown_runtime=True),
    "nothing": BackMsg(),
}
for operation in ("install_skills", "dismiss_skills_nudge"):
    MESSAGES[operation] = BackMsg()
    getattr(MESSAGES[operation].backend_operation_request, operation).SetInParent()
MESSAGES["a million files"] = BackMsg()
MESSAGES["a million files"].file_urls_request.file_names.extend([""] * 1_000_000)


def test_every_message_of_streamlits_is_known_here():
    known = {*MESSAGES, "rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}
    assert {field.name for field in BackMsg.DESCRIPTOR.fields} <= {
        *known,
        "backend_operation_request",
    }


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_that_no_page_sends_changes_nothing_for_anyone(server: Watched, name: str):
    with session(server.port) as other, session(server.port) as opened:
        assert open_page(other).errors == []
        opened.send(MESSAGES[name].SerializeToString())
        assert open_page(opened).errors == []
        assert open_page(other).errors == []
    assert errors(server, "library") == []


def test_garbage_ends_a_connection_without_a_traceback(server: Watched):
    before = len(server.log)
    sendings: list[str | bytes] = ["text", "", *(garbage(n) for n in range(20, 60))]
    for sent in sendings:
        with session(server.port) as opened:
            opened.send(sent)
            with pytest.raises(ConnectionClosed):
                opened.recv(timeout=60)
    said = server.log[before:]
    assert "Traceback" not in said
    assert len(said.splitlines()) < 10
    assert errors(server) == []


def garbage(length: int) -> bytes:
    """Random bytes that are no message; a few in a thousand are one, of unknown fields."""
    while True:
        sent = secrets.token_bytes(length)
        try:
            BackMsg.FromString(sent)
        except DecodeError:
            return sent


def test_one_who_sends_thousands_of_messages_holds_up_nobody_else(server: Watched):
    with session(server.port) as flooding, session(server.port) as other:
        open_page(other)
        message = BackMsg()
        message.rerun_script.page_name = "library"
        for _ in range(2_000):
            flooding.send(message.SerializeToString())
        flooding.send(BackMsg(app_heartbeat=True).SerializeToString())
        assert open_page(other).errors == []
        # The other was answered, and the last of the flood has not been read yet.
        assert "heartbeat_ack" not in answered(flooding)


def answered(opened: ClientConnection) -> set[str | None]:
    """Kinds of the messages that have come so far."""
    kinds: set[str | None] = set()
    with suppress(TimeoutError):
        while True:
            message = ForwardMsg()
            message.ParseFromString(opened.recv(timeout=0, decode=False))
            kinds.add(message.WhichOneof("type"))
    return kinds


def test_an_upload_without_a_session_is_refused_before_it_is_sent(server: Watched):
    # ask() sends the head alone: an answer means that nobody waits for the body.
    path = f"/_stcore/upload_file/{secrets.token_hex(16)}/1"
    assert ask(server.port, path, "PUT", Content_Length=str(50 * MEGABYTE)).status == 403
    assert ask(server.port, path, "PUT", Transfer_Encoding="chunked").status == 411
    both = {"Transfer_Encoding": "chunked", "Content_Length": "1"}
    assert ask(server.port, path, "PUT", **both).status in (400, 411)


def test_files_of_a_session_are_bounded_and_released_with_it(server: Watched):
    token = upload_token(server.port)
    body = secrets.token_bytes(LIMIT_MB * MEGABYTE - 1000)
    before = server.process.memory_info().rss
    with session(server.port) as opened:
        identity = open_page(opened).session_id
        assert upload(server.port, identity, body, token) == 204
        assert upload(server.port, identity, body[: 2 * MEGABYTE], token) == 413
        assert server.process.memory_info().rss > before + 0.9 * len(body)
    until(
        lambda: server.process.memory_info().rss < before + 0.5 * len(body), 120, "memory is back"
    )


def test_an_upload_that_breaks_off_leaves_no_traceback(server: Watched):
    token = upload_token(server.port)
    with session(server.port) as opened:
        identity = open_page(opened).session_id
        head = "".join(f"{name}: {value}\r\n" for name, value in token.items())
        with socket.create_connection(("localhost", server.port)) as broken:
            broken.sendall(
                f"PUT /_stcore/upload_file/{identity}/1 HTTP/1.1\r\nHost: localhost\r\n{head}"
                "Content-Type: multipart/form-data; boundary=x\r\n"
                "Content-Length: 1000000\r\n\r\n--x\r\n".encode()
            )
        assert open_page(opened).errors == []
    assert errors(server) == []
    assert "Traceback" not in server.log


def test_half_open_connections_are_closed_and_stop_nobody(server: Watched):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2000:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4000), hard))
    before = len(server.log)
    silent = half_open(server.port, 1_100)
    assert ask(server.port, "/").status == 200
    assert errors(server) == []
    for connection in silent:
        connection.settimeout(120)
        with suppress(ConnectionResetError):
            assert connection.recv(1) == b""
        connection.close()
    assert len(server.log) - before < 5_000


def test_a_log_does_not_repeat_itself(caplog: pytest.LogCaptureFixture):
    now = 0.0
    log = logging.getLogger("tests.sparing")
    log.addFilter(RepeatFilter(clock=lambda: now))
    for moment in (0.0, LOG_SECONDS):
        now = moment
        for number in range(1_000):
            log.warning("The same fault: %s", number)
    log.error("Another fault")
    assert len(caplog.messages) == 2 * MOST_RECORDS + 1
    assert "and 995 more like it" in caplog.messages[MOST_RECORDS]
