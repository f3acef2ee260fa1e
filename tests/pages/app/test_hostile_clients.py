"""What strangers, foreign pages and broken clients send to a running server."""

from __future__ import annotations

import logging
import resource
import secrets
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from benchmarks.pages.browser import Server, serving, until
from benchmarks.robustness.light_socket import (
    ask,
    half_open,
    handshake,
    open_page,
    session,
    upload,
    upload_token,
)
from benchmarks.robustness.outgoing import Outgoing
from pages.components.app.navigation import ADDRESSES
from server import LOG_SECONDS, MOST_RECORDS, Sparing, reachable

MEGABYTE = 2**20
LIMIT_MB = 64
AUTH = """[auth]
redirect_uri = "https://a.example/oauth2callback"
cookie_secret = "c"
client_id = "i"
client_secret = "s"
server_metadata_url = "https://login.example/.well-known/openid-configuration"
"""


class Watched:
    """A running server, its log, and what it called."""

    def __init__(self, server: Server, home: Path, outgoing: Outgoing) -> None:
        self.port = server.port
        self.process = psutil.Process(server.pid)
        self.outgoing = outgoing
        self._logs = [home / "server.log", home / "tunescape.log"]

    @property
    def log(self) -> str:
        """All that the server has said, on its console and in its home."""
        return "".join(log.read_text() for log in self._logs)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server that was started from another folder, with room for few open files."""
    folder = tmp_path_factory.mktemp("hostile")
    home, outgoing = folder / "home", Outgoing(folder / "hook")
    home.mkdir()
    with serving(
        home,
        spare=False,
        cwd=folder,
        under=("prlimit", "--nofile=1024:1024"),
        variables={
            "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1",
            "STREAMLIT_SERVER_MAX_UPLOAD_SIZE": str(LIMIT_MB),
            "STREAMLIT_BROWSER_SERVER_ADDRESS": "tunescape.school.example",
            **outgoing.variables,
        },
    ) as started:
        yield Watched(started, home, outgoing)
        assert outgoing.seen() == []


def errors(server: Watched, page: str = "") -> list[str]:
    """What a new reader is told on a page that should be fine."""
    with session(server.port) as opened:
        return open_page(opened, page).errors


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
    garbage: list[str | bytes] = ["text", "", *(secrets.token_bytes(n) for n in range(20, 60))]
    for sent in garbage:
        with session(server.port) as opened:
            opened.send(sent)
            with pytest.raises(ConnectionClosed):
                opened.recv(timeout=60)
    said = server.log[before:]
    assert "Traceback" not in said
    assert len(said.splitlines()) < 10
    assert errors(server) == []


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


FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "evil.example", "Origin": "http://evil.example"},
    {"Host": "localhost.evil.example"},
    {"Host": "localhost@evil.example"},
    {"Host": "203.0.113.7"},
    {"Host": ""},
    {"Origin": "http://evil.example"},
    {"Origin": "https://share.streamlit.io"},
    {"Origin": "http://localhost:1"},
    {"Origin": "http://tunescape.school.example.evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_foreign_page_is_refused_and_nobody_is_called(server: Watched, headers: dict[str, str]):
    assert handshake(server.port, **headers) == 403
    assert ask(server.port, "/", **headers).status == 403
    assert server.outgoing.seen() == []


def test_own_pages_and_the_public_name_are_let_in(server: Watched):
    port = server.port
    own = [
        {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"},
        {"Host": f"LOCALHOST:{port}", "Origin": f"http://localhost:{port}"},
        {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}"},
        {"Host": f"[::1]:{port}", "Origin": f"http://[::1]:{port}"},
        {"Host": "tunescape.school.example", "Origin": "https://tunescape.school.example"},
        {"Host": "tunescape.school.example", "Origin": "https://tunescape.school.example:8443"},
        {"Host": f"127.0.0.1:{port}", "Origin": "https://tunescape.school.example"},
    ]
    for headers in own:
        assert handshake(port, **headers) == 101, headers
        assert ask(port, "/", **headers).status == 200, headers
    assert server.outgoing.seen() == []


def test_no_other_site_may_frame_a_page_or_guess_its_type(server: Watched):
    for path in ("/", "/study", "/_stcore/health", "/nothing"):
        headers = ask(server.port, path).headers
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert headers["Content-Security-Policy"] == "frame-ancestors 'self'"
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert b'"allowedOrigins":[]' in ask(server.port, "/_stcore/host-config").body


@pytest.mark.parametrize("path", ["/", "/_stcore/health"])
def test_cookies_are_secure_behind_tls(server: Watched, path: str):
    plain = ask(server.port, path).headers.get_all("set-cookie")
    secure = ask(server.port, path, X_Forwarded_Proto="https").headers.get_all("set-cookie")
    assert plain
    assert secure
    assert not any("Secure" in cookie for cookie in plain)
    assert all("; Secure" in cookie for cookie in secure)


@pytest.mark.parametrize("path", ["metrics", "metrics?families=x", "agent/openapi.json", "else"])
def test_routes_that_no_page_needs_are_closed(server: Watched, path: str):
    assert ask(server.port, f"/_stcore/{path}").status == 404


def test_an_unknown_address_is_called_unknown(server: Watched):
    for path in ("/nothing", "/study/more", "/<script>alert(1)</script>", "/a.b"):
        answer = ask(server.port, path)
        assert answer.status == 404, path
        assert b"There is no such page" in answer.body
        assert b"<script>alert" not in answer.body
    for page in ADDRESSES:
        assert ask(server.port, f"/{page}?id=aaaaaaaa&embed=true").status == 200


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


def test_a_server_for_a_class_answers_by_address_and_name_and_lets_nobody_in_unnamed(
    tmp_path: Path,
):
    # The library of the login is not among the requirements; nothing of it is called here.
    library = tmp_path / "library" / "authlib" / "__init__.py"
    library.parent.mkdir(parents=True)
    library.write_text("__version__ = '1.6.0'\n")
    secrets_file = tmp_path / "secrets.toml"
    secrets_file.write_text(AUTH)
    home = tmp_path / "home"
    home.mkdir()
    with serving(
        home,
        spare=False,
        host="0.0.0.0",
        variables={
            "PYTHONPATH": str(library.parents[1]),
            "STREAMLIT_SECRETS_FILES": str(secrets_file),
            "STREAMLIT_CLIENT_ALLOWED_ORIGINS": "https://lms.school.example",
        },
    ) as server:
        port = server.port
        for name in (*reachable("0.0.0.0"), "localhost"):
            own = {"Host": f"{name}:{port}", "Origin": f"http://{name}:{port}"}
            assert handshake(port, **own) == 101, name
        assert handshake(port, Host=f"evil.example:{port}") == 403
        framing = ask(port, "/").headers
        assert framing["Content-Security-Policy"] == (
            "frame-ancestors 'self' https://lms.school.example"
        )
        assert "X-Frame-Options" not in framing
        with session(port) as opened:
            shown = open_page(opened, "library")
            assert list(shown.buttons) == ["Log in"]
            identity = shown.session_id
            assert upload(port, identity, b"a,b\n", upload_token(port)) == 403
            secrets_file.write_text("[auth\n")
            assert open_page(opened, "library").errors == []
            assert upload(port, identity, b"a,b\n", upload_token(port)) == 403
    log = (home / "server.log").read_text()
    assert "Readers log in first" in log
    assert "Traceback" not in log


def test_a_log_does_not_repeat_itself(caplog: pytest.LogCaptureFixture):
    now = 0.0
    log = logging.getLogger("tests.sparing")
    log.addFilter(Sparing(clock=lambda: now))
    for moment in (0.0, LOG_SECONDS):
        now = moment
        for number in range(1_000):
            log.warning("The same fault: %s", number)
    log.error("Another fault")
    assert len(caplog.messages) == 2 * MOST_RECORDS + 1
    assert "and 995 more like it" in caplog.messages[MOST_RECORDS]
