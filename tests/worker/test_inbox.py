"""The worker's way in: wishes are kept until they are met, and never without end."""

from __future__ import annotations

import io
import json
import subprocess
import sys

from tuning_core.worker.pipes import MOST_WISHES, Inbox


def inbox_of(*commands: dict[str, str]) -> Inbox:
    """An inbox that has read these commands; its standard input is still open."""
    inbox = Inbox(io.BytesIO())
    for command in commands:
        inbox._accept(json.loads(json.dumps(command)))
    return inbox


def test_the_stops_of_long_gone_requests_are_forgotten() -> None:
    stops = [{"command": "stop", "study": f"request {n}"} for n in range(5_000)]
    skips = [{"command": "skip", "study": f"study {n}"} for n in range(5_000)]
    inbox = inbox_of(*stops, *skips)
    assert len(inbox._stops) == len(inbox._skips) == MOST_WISHES
    assert inbox.wants_stop("request 4999")
    assert not inbox.wants_stop("request 0")
    assert inbox.take_skips("study 4999") == {0}
    assert not inbox.take_skips("study 4999")


def test_the_latest_wish_about_a_study_holds_until_it_runs_again() -> None:
    study = {"study": "abcdefgh"}
    inbox = inbox_of({"command": "stop", **study}, {"command": "pause", **study})
    assert (inbox.wants_stop("abcdefgh"), inbox.reason("abcdefgh")) == (True, "paused")
    inbox._accept({"command": "run", **study})
    assert not inbox.wants_stop("abcdefgh")


def test_the_worker_listens_before_it_imports_what_takes_long() -> None:
    code = "import sys, tuning_core.worker.pipes; print({'numpy', 'pydantic'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
