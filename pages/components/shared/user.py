"""Who reads: the login where the server has one, else the browser."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import streamlit as st
from streamlit import config, runtime
from streamlit.auth_util import is_authlib_installed, validate_auth_credentials
from streamlit.errors import StreamlitAuthError, StreamlitSecretNotFoundError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.components.shared.browser_id import browser_id


@cache
def login_configured() -> bool:
    """Whether .streamlit/secrets.toml has an [auth] section, as docs/deploy.md describes it.

    Settled at the server's start: a file that cannot be read later does not open the server.
    """
    return bool(st.secrets.load_if_toml_exists()) and "auth" in st.secrets


def login_problem() -> str | None:
    """One sentence on what keeps a login from being read; None where all is well.

    Streamlit takes a secrets file that it cannot read for none at all.
    """
    files: list[str] = config.get_option("secrets.files")
    named = config.is_manually_set("secrets.files")
    found = [path for path in files if named or _is_there(path)]
    if not found:
        return None
    for path in found:
        try:
            if path.endswith(".toml"):
                tomllib.loads(Path(path).read_text(encoding="utf-8"))
            else:
                os.listdir(path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            return (
                f"The secrets file {path} cannot be read ({reason}), so that nobody knows whether "
                "a login is asked for. Correct it, or remove it to serve without a login."
            )
    try:
        if "auth" in st.secrets:
            validate_auth_credentials("default")
    except (OSError, StreamlitAuthError, StreamlitSecretNotFoundError) as error:
        return (
            f"The login in {' or '.join(found)} cannot be used: {' '.join(str(error).split())} "
            "See docs/deploy.md."
        )
    if "auth" in st.secrets and not is_authlib_installed():
        return (
            f"{' or '.join(found)} asks for a login, which needs a library: "
            'pip install "Authlib>=1.3.2".'
        )
    return None


def _is_there(path: str) -> bool:
    """Whether there is anything under a path, be it a link to nothing or out of reach."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def user_id() -> str:
    """A short name of the user, the same at every visit.

    It is a digest: whoever reads the database learns neither a cookie nor an address from it.
    """
    if login_configured() and st.user.is_logged_in:
        return named(f"login:{st.user.get('sub') or st.user.get('email') or ''}")
    return named(f"browser:{browser_id()}")


def presence() -> Callable[[], bool]:
    """Whether the browser of this session is connected, for any thread to ask at any time."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    return partial(runtime.get_instance().is_active_session, context.session_id)


def named(who: str) -> str:
    """The digest that stands for a login or a browser."""
    return hashlib.sha256(who.encode()).hexdigest()[:24]


def require_login() -> None:
    """Where a login is configured, show its button and end the page until the user has one."""
    if not login_configured() or st.user.is_logged_in:
        return
    st.title("Tunescape")
    st.write("This server asks its readers to log in.")
    st.button("Log in", type="primary", key="log-in", on_click=st.login)
    st.stop()


def render_logout() -> None:
    """A way out for a user who is logged in."""
    if login_configured() and st.user.is_logged_in:
        st.button("Log out", type="tertiary", key="log-out", on_click=st.logout)
