"""Where the server listens, and what that means for who can reach it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

import psutil

LOCAL = "localhost"


def is_local(host: str) -> bool:
    """Whether only this machine can reach a server that listens on ``host``."""
    if host == LOCAL:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def machine_names() -> tuple[str, ...]:
    """The names under which a network may know this machine."""
    name = socket.gethostname().lower().rstrip(".")
    short = name.partition(".")[0]
    return tuple(dict.fromkeys((name, short, f"{short}.local")))


def reachable(host: str) -> list[str]:
    """How other machines may address a server that listens on ``host``: its address and name."""
    if host not in ("0.0.0.0", "::"):
        return [host]
    addresses = [
        address.address
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family == socket.AF_INET and not is_local(address.address)
    ]
    return [*addresses, machine_names()[0]]


def greeting(host: str, port: int, *, login: bool, others: Sequence[str] = ()) -> str:
    """What the server says when it starts: its address and who can reach it, under what names."""
    if is_local(host):
        shown = f"[{host}]" if ":" in host else host
        return (
            f"Tunescape: http://{shown}:{port} (for this machine alone; make run HOST=0.0.0.0 "
            "opens it to others, see docs/deploy.md)"
        )
    who = (
        "Readers log in first."
        if login
        else "There is no login: whoever reaches it can start searches, and see, change and delete "
        "every study."
    )
    at = " or ".join(f"http://{name}:{port}" for name in others)
    return (
        f"Tunescape: port {port} on {host}, open to every machine that can reach this one"
        f"{f', at {at}' if at else ''}. {who} "
        "Traffic is not encrypted. docs/deploy.md says how to put it behind a proxy with a login."
    )
