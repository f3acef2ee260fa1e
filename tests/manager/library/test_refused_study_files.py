"""Study files that are none, or tell what cannot be, are refused in one sentence."""

from __future__ import annotations

import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.manager.study_file import (
    CONFIGS,
    SPEC,
    changed,
    events,
    lines,
    packed,
    parts,
    refused,
)
from tuning_core.manager import Manager
from tuning_core.manager.library import study_archive
from tuning_core.spec.study import parse_spec
from tuning_core.study_export.archive import members as members_module

EVIL = {
    "a path outward": lambda: packed({**parts(), "../../evil.json": b"{}"}),
    "an absolute path": lambda: packed({**parts(), "/etc/evil": b"{}"}),
    "a stranger": lambda: packed({**parts(), "code.py": b"{}"}),
    "no spec": lambda: packed(parts(spec=None)),
    "no journal": lambda: packed(parts(events=None)),
    "no zip": lambda: io.BytesIO(b"hello"),
    "nothing": lambda: io.BytesIO(b""),
    "a file of this machine": lambda: packed(
        parts(spec=json.dumps({**SPEC, "dataset": {"id": "csv:/etc/passwd", "target": "y",
                                                   "task": "regression"}}).encode())
    ),
    "a spec that cannot be": lambda: packed(parts(spec=b'{"dataset": {"id": "nope"}}')),
    "a later version": lambda: packed(
        parts(study=parts()["study.json"].replace(b'"version": 1', b'"version": 2'))
    ),
    "markup for an id": lambda: packed(
        parts(study=parts()["study.json"].replace(b"abcd1234", b"<script>"))
    ),
    "a plan of infinities": lambda: packed(
        parts(plan=b'{"plan": {"trials": 1, "trainings": 1, "epochs": 1e999}}')
    ),
    "a plan of large numbers": lambda: packed(
        parts(plan=json.dumps({"plan": {"trials": 10**400, "trainings": 1, "epochs": 1}}).encode())
    ),
    "deep nesting": lambda: packed(parts(spec=b"[" * 100_000)),
    "a deep event": lambda: packed(parts(events=b"[" * 100_000 + b"\n")),
    "a cut line": lambda: packed(parts(events=lines(events())[:-1])),
    "a long line": lambda: packed(parts(events=b" " * 3_000_000 + b"\n")),
}  # fmt: skip


@pytest.mark.parametrize("name", EVIL)
def test_what_is_no_study_file_is_refused_in_one_sentence(manager: Manager, name: str) -> None:
    refused(manager, EVIL[name]())


def test_a_link_is_refused(manager: Manager) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts(spec=None).items():
            archive.writestr(name, content)
        link = zipfile.ZipInfo("spec.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "no plain file" in refused(manager, file)


def test_a_member_twice_is_refused(manager: Manager) -> None:
    file = packed(parts())
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("spec.json", parts()["spec.json"])
    assert "twice" in refused(manager, file)


def test_a_zip_bomb_is_refused_whether_its_size_is_declared_or_not(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = packed(parts(events=b"\n" * 5_000_000))
    monkeypatch.setitem(members_module.LIMITS, "events.jsonl", 1_000_000)
    assert "at most 1.0 MB" in refused(manager, bomb)
    content = bomb.getvalue()
    # The same bytes with a lie about their size in both headers.
    told = content.replace(struct.pack("<I", 5_000_000), struct.pack("<I", 5_000))
    refused(manager, io.BytesIO(told))


def edit(**fields: Any) -> bytes:
    """A good journal with an edit at its end."""
    told = [*events(), {"time": 1020.0, "kind": "edited", "edit": "1-a", "asked": 1.0, **fields}]
    return lines([{**event, "seq": n} for n, event in enumerate(told, 1)])


SPACE = {"what": "space", "space": SPEC["space"], "spec": SPEC, "inside": 2, "of": 2}


def test_what_is_kept_of_an_edit_is_what_was_understood(manager: Manager) -> None:
    space = {"units": {"low": 8, "high": 32}}
    told = {**SPACE, "space": space, "spec": {**SPEC, "space": space}}
    row = manager.wait(manager.archive.import_study(packed(parts(events=edit(**told)))))
    assert row.spec == json.loads(parse_spec({**SPEC, "space": space}).to_json())
    [kept] = [r.details for r in manager.store.history(row.id) if r.kind == "edited"]
    assert kept["space"] == row.spec["space"]
    refused_one = edit(refused="No.", what="space", space={"a": {"b": "c" * 1_000}}, trial=None)
    study_id = manager.archive.import_study(packed(parts(events=refused_one)))
    [kept] = [r.details for r in manager.store.history(study_id) if r.kind == "edited"]
    assert kept == {"asked": 1.0, "refused": "No."}


def test_a_spec_that_an_earlier_version_took_as_it_was_is_written_out(
    open_manager: Callable[..., Manager],
) -> None:
    first = open_manager()
    study_id = first.archive.import_study(packed(parts()))
    first.store.set_spec(study_id, json.dumps(SPEC))
    first.close()
    assert open_manager().wait(study_id).spec == json.loads(parse_spec(SPEC).to_json())


def test_what_a_stranger_says_shows_as_it_is(manager: Manager) -> None:
    file = packed(parts(events=changed(10, message="\x1b]0;owned\x07 and \u202e more\n")))
    row = manager.wait(manager.archive.import_study(file))
    assert row.message.isprintable()
    assert "owned" in row.message


WRONG_EVENTS: dict[str, Callable[[], bytes]] = {
    "an unknown kind": lambda: changed(3, kind="exec"),
    "an unknown field": lambda: changed(3, code="import os"),
    "a missing field": lambda: changed(3, seconds=...),
    "a gap": lambda: changed(3, seq=7),
    "an infinite metric": lambda: changed(3, metrics={"loss": 1e999}),
    "a metric that is text": lambda: changed(3, metrics={"loss": "<b>"}),
    "an unknown metric": lambda: changed(3, metrics={"hacked": 1.0}),
    "an epoch of another trial": lambda: changed(3, trial=2),
    "an execution too many": lambda: changed(3, execution=2),
    "an epoch far out": lambda: changed(3, epoch=10**9),
    "a trial far out": lambda: changed(2, trial=10**12),
    "a trial out of order": lambda: changed(2, trial=2),
    "a parent that never ended": lambda: changed(2, parent=9),
    "a true number": lambda: changed(2, trial=True),
    "a stranger among the values": lambda: changed(2, config={**CONFIGS[0], "os": "rm"}),
    "a value of another type": lambda: changed(2, config={**CONFIGS[0], "units": "many"}),
    "a value beyond limits": lambda: changed(2, config={**CONFIGS[0], "units": 10**9}),
    "a value that is a list": lambda: changed(2, config={**CONFIGS[0], "units": [8]}),
    "a status of another thing": lambda: changed(5, status="running"),
    "a score that is no number": lambda: changed(5, score="best"),
    "too many executions": lambda: changed(5, executions=events()[4]["executions"] * 2),
    "an end without end": lambda: changed(10, status="queued"),
    "a long message": lambda: changed(10, message="x" * 20_000),
    "a time before time": lambda: changed(10, time=-1.0),
    "a trial before the study": lambda: lines([{**events()[1], "seq": 1}]),
    "no event but the end": lambda: lines([{**events()[9], "seq": 1}]),
    "an epoch twice": lambda: changed(4, epoch=1),
    "a time beyond time": lambda: changed(10, time=1e12),
    "a score beyond numbers": lambda: changed(5, score=1e300),
    "an edit of nothing": lambda: edit(spec=SPEC),
    "an edit of null": lambda: edit(**{**SPACE, "what": None}),
    "a space without a count": lambda: edit(**{**SPACE, "inside": None}),
    "a space without a spec": lambda: edit(**{**SPACE, "spec": None}),
    "a trial without values": lambda: edit(what="trial", config=CONFIGS[0]),
    "a trial with a spec": lambda: edit(what="kill", trial=1, spec=SPEC),
    "a refusal with a spec": lambda: edit(refused="No.", spec=SPEC),
    "deep values": lambda: edit(**SPACE)[:-2] + b',"x":' + b"[" * 5_000 + b"]" * 5_000 + b"}\n",
    "a number of a thousand digits": lambda: changed(3, seconds=10**1_000),
    "half a character": lambda: changed(10, message="\ud800"),
}


@pytest.mark.parametrize("name", WRONG_EVENTS)
def test_a_journal_that_cannot_be_is_refused_with_its_line(manager: Manager, name: str) -> None:
    assert "line" in refused(manager, packed(parts(events=WRONG_EVENTS[name]())))


def test_bombs_are_refused_before_the_work(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        for n in range(30_000):
            archive.writestr(f"{n}", b"")
    assert "6 members at most" in refused(manager, empty)
    assert "times as large" in refused(manager, packed(parts(events=b"\n" * 3_000_000)))
    monkeypatch.setattr(study_archive, "_MOST_EVENTS", 9)
    assert "9 events" in refused(manager, packed(parts()))
    monkeypatch.setattr(study_archive, "_MOST_EVENTS", 100)
    monkeypatch.setattr(study_archive, "_MOST_LISTED", 3)
    note = {"kind": "note", "time": 1.0, "message": ""}
    told = [{**event, "seq": n} for n, event in enumerate([*events(), note, note], 1)]
    assert "beside those of its trials" in refused(manager, packed(parts(events=lines(told))))
