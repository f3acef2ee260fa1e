"""A home of its own for each test of a page, and the app opened on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from pages.components.shared import manager_session as engine_module
from pages.components.shared.manager_session import open_manager
from tests.manager.conftest import SCRIPTED
from tuning_core.manager import Manager

APP = Path(__file__).resolve().parents[2] / "app.py"
Opener = Callable[..., AppTest]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that speak the protocol without training; ask for it before the engine."""
    monkeypatch.setattr(engine_module, "Manager", partial(Manager, worker_command=SCRIPTED))


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """The manager that the pages under test use, on an empty home and without a warm worker.

    The server is one that only this machine reaches.
    """
    monkeypatch.chdir(APP.parent)
    monkeypatch.setenv("TUNESCAPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TUNESCAPE_SPARE", "0")
    config.set_option("server.address", "localhost")
    manager = open_manager()
    yield manager
    manager.close()
    config.set_option("server.address", None)
    st.cache_resource.clear()


@pytest.fixture
def opened(engine: Manager) -> Opener:
    """Opens a page by its file name, with query parameters."""

    def open_page(name: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=120).run()
        if name != "home":
            app.switch_page(f"pages/{name}.py")
        for parameter, value in query.items():
            app.query_params[parameter] = value
        app.run()
        assert not app.exception
        return app

    return open_page


def words(app: AppTest) -> str:
    """Everything that a page says."""
    bodies = [element.proto.body for element in app.get("html")]
    kinds = (app.title, app.subheader, app.markdown, app.error, app.warning, app.info)
    return "\n".join([*bodies, *(element.value for kind in kinds for element in kind)])
