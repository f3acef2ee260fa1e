"""Every connection that a process and its children make or look up, but to this machine."""

from __future__ import annotations

import os
from pathlib import Path

_HOOK = """
import os, sys

_HERE = {None, "", "localhost", "::1", "0.0.0.0", "::"}
_log = os.open(os.environ["OUTGOING_LOG"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)


def _record(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in _HERE and not host.startswith("127."):
        os.write(_log, f"{event} {host}\\n".encode())


sys.addaudithook(_record)
"""


class Outgoing:
    """A record that a server writes when it is started with ``variables`` in its environment."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sitecustomize.py").write_text(_HOOK)
        self._log = folder / "outgoing.log"
        self._log.touch()
        path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
        self.variables = {"PYTHONPATH": path, "OUTGOING_LOG": str(self._log)}

    def seen(self) -> list[str]:
        """What was called, a line each."""
        return self._log.read_text().splitlines()
