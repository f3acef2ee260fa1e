"""The status page, what the server says when it starts, and its log."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from pages.components.shared.user import is_local
from server import greeting
from tests.pages.conftest import Opener
from tests.pages.recorded import record, recorded
from tuning_core.home.locks import own_token
from tuning_core.home.server_log import keep_log, log_event
from tuning_core.manager import Manager
from tuning_core.manager.searches.progress import ClusterNode


def test_the_status_page_says_what_the_machine_does(opened: Opener, engine: Manager) -> None:
    record(engine.store, "aaaaaaaa", name="<b>bold</b>")
    said = " ".join(str(block.proto.body) for block in opened("status").get("html"))
    for words in ("searches running", "memory free", "disk free", "Nobody waits.", "streamlit"):
        assert words in said


def test_the_status_page_says_what_each_lane_trains(
    opened: Opener, engine: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = record(engine.store, "aaaaaaaa")
    told = recorded(spec, 3, changes={2: {"lane": 1, "node": "second"}, 3: {"lane": 2}})
    begun = next(n for n, event in enumerate(told, 1) if event.get("node"))
    waits = next(event for event in told if event.get("lane") == 2)
    told[begun] = {**waits, "seq": begun + 1}
    monkeypatch.setenv("TUNESCAPE_RAY", "127.0.0.1:6399")
    engine.store.create_study("bbbbbbbb", "Far away", spec.to_json(), 1.0, own_token())
    engine.store.apply("bbbbbbbb", told[: begun + 1])
    monkeypatch.setattr(engine, "running", lambda: ["bbbbbbbb"])
    nodes = [ClusterNode("odd", 1, "old <b>"), ClusterNode("second", 2, "")]
    nodes += [ClusterNode("spare", 1, ""), ClusterNode("head", 0, "")]
    monkeypatch.setattr(engine.queue, "nodes", lambda: nodes)
    said = " ".join(str(block.proto.body) for block in opened("status").get("html"))
    assert "<td>second</td><td>1</td><td>trial 2 of “Far away”, epoch 0</td>" in said
    assert "<td>none yet</td><td>2</td><td>trial 3 of “Far away”, epoch 0</td>" in said
    assert "<td>odd</td><td></td><td>not used: old &lt;b&gt;</td>" in said
    assert "<td>spare</td><td></td><td>nothing</td>" in said
    assert said.count("<td>second</td>") == 1
    assert "<td>head</td>" not in said


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("::", False),
     ("192.168.1.7", False), ("tune.school.example", False)],
)  # fmt: skip
def test_the_server_says_who_can_reach_it(host: str, local: bool) -> None:
    assert is_local(host) is local
    words = greeting(host, 8501, "the-key", login=False)
    assert ":8501/?key=the-key " in words
    assert ("for this machine alone" in words) is local
    assert ("There is no login" in words) is not local
    assert "Readers log in first" in greeting("0.0.0.0", 8501, "the-key", login=True)


def test_what_happens_is_logged_as_a_line_of_json(tmp_path: Path) -> None:
    path = keep_log(tmp_path)
    log_event("study deleted", study="aaaaaaaa", by='"\n')
    try:
        raise ValueError("broken")
    except ValueError as fault:
        logging.getLogger("tunescape.pages").error("A page failed.", exc_info=fault)
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert (first["event"], first["study"], first["by"]) == ("study deleted", "aaaaaaaa", '"\n')
    assert first["time"].endswith("Z")
    assert (second["level"], second["event"]) == ("error", "A page failed.")
    assert "ValueError: broken" in second["trace"]


def test_a_log_that_cannot_be_written_hinders_nobody(tmp_path: Path) -> None:
    keep_log(tmp_path / "missing" / "folder")
    log_event("study started", study="aaaaaaaa")
    keep_log(tmp_path)
