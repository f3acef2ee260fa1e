"""Who the user is: the login where the server has one, else the browser.

A browser has a number, by which what belongs to it is known. It is a cookie that scripts cannot
read, made at random at the first visit: whoever copies it is taken for the same user.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import secrets
import tomllib
from collections.abc import Callable
from functools import cache, partial
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, runtime
from streamlit.auth_util import is_authlib_installed, validate_auth_credentials
from streamlit.errors import StreamlitAuthError, StreamlitSecretNotFoundError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.components.shared.manager_session import manager
from tuning_core.manager.access import Person

NOT_MINE = "Made by another user: look, or clone it."
ROWS_HIDDEN = "Rows are shown to whoever uploaded them, and to those whom the study is shared with."
COOKIE = "tunescape_browser"
KEY = "key"
"""The parameter of an address that holds a teacher's key."""
TEACHERS = "TUNESCAPE_TEACHERS"
"""Logins that are teachers, separated by spaces or commas."""
_YEAR = 365 * 24 * 3600
_FORM = re.compile(r"[0-9a-f]{32}")
_SESSION = "browser_id"
_FORWARDED = {
    *("forwarded", "via", "x-real-ip"),
    *(f"x-forwarded-{what}" for what in ("for", "host", "proto")),
}
"""Headers with which a proxy says for whom it asks."""


class BrowserId:
    """Middleware that gives a browser without a number one, with the first page it asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; only pages (paths without a dot or an underscore) set the cookie."""
        path = scope.get("path", "")
        page = scope["type"] == "http" and "." not in path and not path.startswith("/_stcore")
        if not page or _known(scope):
            await self.app(scope, receive, send)
            return

        async def give(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append(
                        "set-cookie",
                        f"{COOKIE}={secrets.token_hex(16)}; Path=/; Max-Age={_YEAR}; "
                        "HttpOnly; SameSite=Lax",
                    )
            await send(message)

        await self.app(scope, receive, give)


def browser_id() -> str:
    """The number of the user's browser; one of the session's own where cookies are refused."""
    sent = st.context.cookies.get(COOKIE)
    if isinstance(sent, str) and _FORM.fullmatch(sent):
        return sent
    made: str = st.session_state.setdefault(_SESSION, secrets.token_hex(16))
    return made


def _known(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name != b"cookie":
            continue
        try:
            cookies = SimpleCookie(value.decode("latin-1"))
        except CookieError:
            continue
        if COOKIE in cookies and _FORM.fullmatch(cookies[COOKIE].value):
            return True
    return False


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


def _logged_in() -> bool:
    """Whether the user is: nobody, while the secrets file cannot be read."""
    return bool(st.user.get("is_logged_in", False))


def user_id() -> str:
    """A short name of the user, the same at every visit.

    It is a digest: whoever reads the database learns neither a cookie nor an address from it.
    """
    account = st.user.get("sub") or st.user.get("email") if login_configured() else None
    if account and _logged_in():
        return named(f"login:{account}")
    return named(f"browser:{browser_id()}")


def person() -> Person:
    """Who asks the manager for something in this session."""
    user = user_id()
    teacher = _named_teacher() or manager().teachers.knows(user)
    return Person(user, teacher=teacher, here=_here())


def _named_teacher() -> bool:
    """Whether the login is one of TUNESCAPE_TEACHERS.

    By its ``sub``, or by an address that the provider has verified: others let anybody claim one.
    """
    if not login_configured() or not _logged_in():
        return False
    teachers = os.environ.get(TEACHERS, "").replace(",", " ").split()
    address = str(st.user.get("email") or "").casefold()
    verified = str(st.user.get("email_verified")).lower() == "true"
    named = bool(address) and address in [teacher.casefold() for teacher in teachers]
    return (named and verified) or st.user.get("sub") in teachers


def take_teacher_key() -> None:
    """Take a teacher's key out of the address, and say what came of it."""
    given = st.query_params.get(KEY)
    if given is None:
        return
    del st.query_params[KEY]
    refusal = manager().teachers.admit(user_id(), given)
    if refusal:
        st.error(refusal)
    else:
        st.toast("You are a teacher here: everybody's studies are yours to change.")


def _here() -> bool:
    """Whether the browser is on this machine, and no other machine can reach the server.

    What a proxy passes on says so, or comes for a public name, or from a page of one.
    """
    headers = {name.lower(): value for name, value in st.context.headers.items()}
    addresses = (f"//{headers.get('host', 'localhost')}", headers.get("origin", "//localhost"))
    return (
        is_local(config.get_option("server.address") or "")
        and all(map(_names_this_machine, addresses))
        and not config.is_manually_set("browser.serverAddress")
        and not _FORWARDED.intersection(headers)
    )


def _names_this_machine(address: str) -> bool:
    try:
        return is_local(urlsplit(address).hostname or "")
    except ValueError:
        return False


def is_local(host: str) -> bool:
    """Whether only this machine can reach a server that listens on ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
    if not login_configured() or _logged_in():
        return
    st.title("Tunescape")
    st.write("This server asks its readers to log in.")
    st.button("Log in", type="primary", key="log-in", on_click=st.login)
    st.stop()


def render_logout() -> None:
    """A way out for a user who is logged in."""
    if login_configured() and _logged_in():
        st.button("Log out", type="tertiary", key="log-out", on_click=st.logout)
