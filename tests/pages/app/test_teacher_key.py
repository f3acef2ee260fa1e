"""Who is a teacher: whoever opened an address with the key, and logins that were named."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared import user
from tests.pages.conftest import APP, words
from tuning_core.manager import Manager


@pytest.fixture
def arrive(engine: Manager) -> Callable[[str], AppTest]:
    """A user's first look at Home, with a key in the address."""

    def opened(key: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=120)
        app.query_params["key"] = key
        return app.run()

    return opened


def test_an_address_with_the_key_makes_a_teacher(
    arrive: Callable[[str], AppTest], engine: Manager
) -> None:
    app = arrive(engine.teachers.key)
    assert "everybody's studies" in app.toast[0].value
    assert "You are a teacher here." in words(app)
    assert "Not understood in the address" not in words(app)


def test_a_wrong_key_gets_a_sentence_and_makes_nobody(
    arrive: Callable[[str], AppTest], engine: Manager
) -> None:
    app = arrive(engine.teachers.key + "x")
    assert "This is not the key of this server." in app.error[0].value
    assert "You are a teacher here." not in words(app)
    assert "Not understood in the address" not in words(app)


@pytest.mark.parametrize(
    ("account", "teaches"),
    [
        ({"sub": "17", "email": "ada@school.example"}, False),
        ({"sub": "17", "email": "Ada@school.example", "email_verified": True}, True),
        ({"sub": "17", "email": "ada@school.example", "email_verified": "false"}, False),
        ({"sub": "17", "email": "eve@school.example", "email_verified": True}, False),
        ({"sub": "18-teacher", "email": "eve@school.example"}, True),
        ({"email_verified": True}, False),
    ],
)
def test_a_login_that_is_named_is_a_teacher(
    monkeypatch: pytest.MonkeyPatch, account: dict[str, Any], teaches: bool
) -> None:
    monkeypatch.setenv(user.TEACHERS, "18-teacher, ada@school.example")
    monkeypatch.setattr(user, "st", SimpleNamespace(user={"is_logged_in": True, **account}))
    monkeypatch.setattr(user, "login_configured", lambda: True)
    assert user._named_teacher() is teaches
    monkeypatch.setattr(user, "login_configured", lambda: False)
    assert not user._named_teacher()


@pytest.mark.parametrize(
    ("headers", "here"),
    [
        ({"Host": "localhost:8501", "Origin": "http://127.0.0.1:8501"}, True),
        ({"Host": "127.0.0.1:8501"}, True),
        ({"Host": "localhost:8501", "Origin": "https://tune.school.example"}, False),
        ({"Host": "localhost:8501", "Origin": "null"}, False),
        ({"Host": "localhost:8501", "Origin": "http://[x"}, False),
        ({"Host": "tune.school.example"}, False),
        ({"Host": "localhost:8501", "X-Forwarded-For": "192.0.2.1"}, False),
    ],
)
def test_who_comes_by_a_proxy_does_not_sit_at_this_machine(
    monkeypatch: pytest.MonkeyPatch, engine: Manager, headers: dict[str, str], here: bool
) -> None:
    monkeypatch.setattr(user.config, "get_option", lambda _: "localhost")
    monkeypatch.setattr(user.st, "context", SimpleNamespace(headers=headers, cookies={}))
    assert user.person().here is here
