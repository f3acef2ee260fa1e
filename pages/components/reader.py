"""Who reads: the login where the server has one, else the browser."""

from __future__ import annotations

import hashlib

import streamlit as st

from pages.components.browser_id import browser_id


def login_configured() -> bool:
    """Whether .streamlit/secrets.toml has an [auth] section, as docs/deploy.md describes it."""
    return bool(st.secrets.load_if_toml_exists()) and "auth" in st.secrets


def reader() -> str:
    """A short name of the reader, the same at every visit.

    It is a digest: whoever reads the database learns neither a cookie nor an address from it.
    """
    if login_configured() and st.user.is_logged_in:
        return named(f"login:{st.user.get('sub') or st.user.get('email') or ''}")
    return named(f"browser:{browser_id()}")


def named(who: str) -> str:
    """The digest that stands for a login or a browser."""
    return hashlib.sha256(who.encode()).hexdigest()[:24]


def require_login() -> None:
    """Where a login is configured, show its button and end the page until the reader has one."""
    if not login_configured() or st.user.is_logged_in:
        return
    st.title("Tunescape")
    st.write("This server asks its readers to log in.")
    st.button("Log in", type="primary", key="log-in", on_click=st.login)
    st.stop()


def put_logout() -> None:
    """A way out for a reader who is logged in."""
    if login_configured() and st.user.is_logged_in:
        st.button("Log out", type="tertiary", key="log-out", on_click=st.logout)
