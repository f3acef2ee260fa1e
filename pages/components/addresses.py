"""Where the server listens, and what that means for who can reach it."""

from __future__ import annotations

import ipaddress

LOCAL = "localhost"


def is_local(host: str) -> bool:
    """Whether only this machine can reach a server that listens on ``host``."""
    if host == LOCAL:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def greeting(host: str, port: int, *, login: bool) -> str:
    """What the server says when it starts: its address and who can reach it."""
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
    return (
        f"Tunescape: port {port} on {host}, open to every machine that can reach this one. {who} "
        "Traffic is not encrypted. docs/deploy.md says how to put it behind a proxy with a login."
    )
