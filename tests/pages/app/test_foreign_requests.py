"""What other sites and unknown addresses ask of a running server."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.pages.browser import serving
from benchmarks.robustness.light_socket import (
    ask,
    handshake,
    open_page,
    session,
    upload,
    upload_token,
)
from pages.components.app.navigation import ADDRESSES
from server import reachable
from tests.pages.app.conftest import Watched

AUTH = """[auth]
redirect_uri = "https://a.example/oauth2callback"
cookie_secret = "c"
client_id = "i"
client_secret = "s"
server_metadata_url = "https://login.example/.well-known/openid-configuration"
"""


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
            for _ in range(20):  # The server looks at the file a while after it has changed.
                shown = open_page(opened, "library")
                assert (list(shown.buttons), shown.errors) == (["Log in"], [])
            assert upload(port, identity, b"a,b\n", upload_token(port)) == 403
    log = (home / "server.log").read_text()
    assert "Readers log in first" in log
    assert "Traceback" not in log
