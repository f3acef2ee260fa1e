"""Processes that have Keras from their start: forked from one that has imported it once.

To import Keras takes 4 s of a processor, and tests start many processes that need it. A *host*
imports it for all that one pytest starts, and runs no operation of TensorFlow, so that it can be
forked, as ``tuning_core.worker.lanes.host`` is. A fork does what its command says, with the
environment, folder, descriptors and exit code that a new process would have, and is a child of
pytest as that would be. One host has Keras and nothing of ours, for ``python -I``; the other,
forked from it, has what a worker imports.

How Python starts and what a module imports first is not tested so: ask for ``cold`` then.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback
import types
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
IMPORTS = {
    "alone": ("keras", "pandas"),
    "worker": ("tuning_core.worker.service", "tuning_core.datasets.clients"),
}
ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""What must stand before the imports, as a worker sets it."""
SUBREAPER = 36
"""Linux's PR_SET_CHILD_SUBREAPER: whose child a process becomes when its parent ends."""


def popen(command: Sequence[str], **options: Any) -> Any:
    """``subprocess.Popen`` for what ``ChildProcess`` uses of it, forked where a host fits."""
    host = _host(command)
    return Forked(command, host, **options) if host else subprocess.Popen(command, **options)


def _host(command: Sequence[str]) -> str:
    if sys.platform != "linux" or len(command) < 3 or command[0] != sys.executable:
        return ""
    if command[1] == "-I":
        return "alone"
    return "worker" if command[1] == "-m" and command[2] == "tuning_core.worker" else ""


def printed(*arguments: str, limit: float = 200.0) -> str:
    """What Python prints with arguments, in a process that has what a worker imports.

    For what runs in one process from beginning to end; its folder is that of the project.
    """
    command = [sys.executable, *arguments]
    kind: Any = partial(Forked, host="worker") if sys.platform == "linux" else subprocess.Popen
    with TemporaryFile("w+", encoding="utf-8") as output:
        process: Any = kind(command, stdout=output, cwd=ROOT)
        try:
            code = process.wait(limit)
        finally:
            process.send_signal(signal.SIGKILL)
        output.seek(0)
        said = output.read()
    assert code == 0, said
    return said


class Forked:
    """A process forked by a host: a child of this one."""

    def __init__(
        self,
        command: Sequence[str],
        host: str,
        *,
        stdin: int | IO[bytes] | None = None,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        start_new_session: bool = False,
    ) -> None:
        self.args = command
        self.returncode: int | None = None
        self.stdin: IO[bytes] | None = None
        nowhere = os.open(os.devnull, os.O_RDWR)
        opened = [nowhere]
        if stdin == subprocess.PIPE:
            stdin, write_end = os.pipe()
            opened.append(stdin)
            self.stdin = os.fdopen(write_end, "wb", buffering=0)
        stderr = stdout if stderr == subprocess.STDOUT else stderr
        ends = []
        for number, given in enumerate((stdin, stdout, stderr)):
            end = number if given is None else nowhere if given == subprocess.DEVNULL else given
            ends.append(end if isinstance(end, int) else end.fileno())
        request = {
            "command": [*command[1:]],
            "environment": dict(os.environ if env is None else env),
            "folder": str(cwd or Path.cwd()),
            "descriptors": [0, 1, 2, *pass_fds],
            "session": start_new_session,
            "parent": os.getpid(),
        }
        self.pid = _ask(host, request, [*ends, *pass_fds])
        for end in opened:
            os.close(end)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, or minus the signal that ended it, once it has ended."""
        limit = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            pid, status = os.waitpid(self.pid, 0 if limit is None else os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
            elif limit is not None and time.monotonic() > limit:
                raise subprocess.TimeoutExpired(list(self.args), timeout or 0.0)
            else:
                time.sleep(0.005)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)


_hosts: dict[str, socket.socket] = {}
_lock = Lock()


def _ask(host: str, request: Mapping[str, Any], descriptors: Sequence[int]) -> int:
    """Have a host fork a process; its id."""
    adopt = ctypes.CDLL(None).prctl
    with _lock:
        control = _control(host)
        adopt(SUBREAPER, 1, 0, 0, 0)
        try:
            _send(control, request, descriptors)
            pid = control.recv(LENGTH.size, socket.MSG_WAITALL)
        finally:
            adopt(SUBREAPER, 0, 0, 0, 0)
    assert pid, f"the host {host!r} of processes has ended"
    return int(LENGTH.unpack(pid)[0])


def _control(host: str) -> socket.socket:
    """The connection with a host, which is started where it is not there yet."""
    if host not in _hosts:
        _hosts[host], theirs = socket.socketpair()
        with theirs:
            if host == "alone":
                subprocess.Popen(
                    [sys.executable, "-I", __file__, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    env={**os.environ, **ENVIRONMENT},
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            else:
                _send(_control("alone"), {"host": host}, [theirs.fileno()])
    return _hosts[host]


LENGTH = struct.Struct("I")


def _send(control: socket.socket, request: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    body = json.dumps(request).encode()
    socket.send_fds(control, [LENGTH.pack(len(body))], descriptors)
    control.sendall(body)


def _serve(control: socket.socket) -> None:
    """Fork a process for every request, until the connection closes."""
    while True:
        length, descriptors, _, _ = socket.recv_fds(control, LENGTH.size, 16)
        if not length:
            return
        request = json.loads(control.recv(LENGTH.unpack(length)[0], socket.MSG_WAITALL))
        if os.fork():
            os.wait() if "host" not in request else None
            for descriptor in descriptors:
                os.close(descriptor)
        elif "host" in request:
            control = socket.socket(fileno=descriptors[0])
            sys.path.insert(0, str(ROOT))
            _prepare(request["host"])
        elif os.fork():
            os._exit(0)
        else:
            os._exit(_become(request, descriptors, control))


def _prepare(host: str) -> None:
    for name in IMPORTS[host]:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _become(request: Mapping[str, Any], descriptors: list[int], control: socket.socket) -> int:
    """Be the process of a request; its exit code."""
    while os.getppid() != request["parent"]:
        time.sleep(0.001)
    if request["session"]:
        os.setsid()
    control.sendall(LENGTH.pack(os.getpid()))
    control.close()
    # First out of the way of each other.
    beyond = max(*request["descriptors"], *descriptors) + 1
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, beyond) for end in descriptors]
    for source, descriptor in zip(moved, request["descriptors"], strict=True):
        os.dup2(source, descriptor)
        os.close(source)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    code = 0
    try:
        _run(request["command"])
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _run(command: list[str]) -> None:
    """What Python does with the arguments of its command line."""
    kind, *rest = [word for word in command if word != "-I"]
    if kind == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv = ["-c", *rest[1:]]
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(rest[0], main.__dict__)
    else:
        sys.argv = [kind, *rest]
        runpy.run_path(kind, run_name="__main__")


if __name__ == "__main__":
    _prepare("alone")
    _serve(socket.socket(fileno=int(sys.argv[1])))
