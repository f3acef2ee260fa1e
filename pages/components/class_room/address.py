"""The address under which students reach a class, and its picture for their cameras."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import segno
import streamlit as st
from streamlit import config

from pages.components.app.trusted_hosts import reachable
from pages.components.shared.user import is_local
from tuning_core.home.home import serve_command

HOW_TO_OPEN = (
    "Only this machine reaches this server. To let students in, start it with "
    f"{serve_command('host', '0.0.0.0')}"
)


@dataclass(frozen=True)
class ClassAddress:
    """Where a class is joined: ``short`` to type, ``link`` with the code, for the camera.

    ``problem`` is a sentence where others than this machine cannot come in.
    """

    short: str
    link: str
    problem: str = ""


def class_address(code: str) -> ClassAddress:
    """Where the class of a code is joined."""
    seen = st.context.url or "http://localhost/class_room"
    return address_of(code, seen, config.get_option("server.address") or "localhost", reachable)


def address_of(
    code: str, seen: str, listens: str, others_of: Callable[[str], list[str]]
) -> ClassAddress:
    """The address by which the teacher's browser came in (``seen``), or one of the server's own.

    A host that names the teacher's own machine would lead students to theirs; ``others_of`` knows
    what else a server is called that ``listens`` there.
    """
    parts = urlsplit(seen)
    base, netloc, problem = parts.path.rpartition("/")[0], parts.netloc, ""
    if is_local(parts.hostname or "localhost"):
        others = [] if is_local(listens) else others_of(listens)
        if others:
            netloc = others[0] + (f":{parts.port}" if parts.port else "")
        else:
            problem = HOW_TO_OPEN
    scheme = "" if parts.scheme == "http" else f"{parts.scheme}://"
    return ClassAddress(
        f"{scheme}{netloc}{base}/c", f"{parts.scheme}://{netloc}{base}/c/{code}", problem
    )


@cache
def qr_picture(link: str) -> str:
    """The picture of a link as an HTML element, black on white with a margin, made here."""
    source = segno.make(link, error="m", micro=False).svg_data_uri(border=2, light="white")
    return f'<img src="{source}" alt="The address as a QR code">'
