"""Study files: what goes out comes back in, and nothing else does."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.json_values import JSON_VALUES
from tests.manager.conftest import spec_named
from tests.manager.study_file import CONFIGS, SPEC, events, lines, packed, parts, weights
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.library import study_archive
from tuning_core.space import SpecError
from tuning_core.spec.study import parse_spec
from tuning_core.study_export.archive import members as members_module
from tuning_core.study_export.archive.members import ArchiveError


def left_behind(manager: Manager) -> list[Any]:
    """Studies, their folders, and what lies in the trash."""
    home = manager.home
    return [
        *manager.store.studies(),
        *home.studies.iterdir(),
        *(home.trash.iterdir() if home.trash.exists() else ()),
    ]


def refused(manager: Manager, file: io.BytesIO) -> str:
    """The one sentence that refuses a file, of which nothing stays."""
    with pytest.raises(ArchiveError) as caught:
        manager.archive.import_study(file)
    assert left_behind(manager) == []
    words = str(caught.value)
    assert words.isprintable()
    assert len(words) < 500
    return words


def changed(line: int, /, **fields: Any) -> bytes:
    """A good journal but for some fields of one event; ``...`` takes a field away."""
    told = events()
    told[line - 1] = {k: v for k, v in {**told[line - 1], **fields}.items() if v is not ...}
    return lines(told)


def test_an_exported_study_comes_back_under_a_new_id(manager: Manager, tmp_path: Path) -> None:
    study_id = manager.launch(spec_named("plain"))
    row = manager.wait(study_id, 30)
    manager.rename(study_id, "My <b>search</b>")
    files = manager.home.study(study_id)
    # The scripted worker makes up configurations and weights.
    told = [json.loads(line) for line in files.journal.read_bytes().splitlines()]
    config = spec_named("plain").search_space.complete({"units": 8})
    for event in told:
        if event["kind"] == "trial_started":
            event["config"] = config
        if event["kind"] == "epoch":
            event["metrics"]["val_loss"] = None
    files.journal.write_bytes(lines(told))
    files.best.unlink()
    manager.archive.export_study(manager.wait(study_id), tmp_path / "study")
    copy = manager.archive.import_study(tmp_path / "study")
    found = manager.wait(copy)
    assert copy != study_id
    assert (found.name, found.status, found.trials) == ("My <b>search</b>", "finished", 3)
    assert (found.best_score, found.epochs) == (row.best_score, row.epochs)
    assert found.message.startswith("Imported from a file of ")
    assert manager.store.history(copy)[-1].details["message"] == found.message
    assert manager.planned(copy) == manager.planned(study_id)
    assert [p.name for p in tmp_path.iterdir() if "study" in p.name] == ["study"]


def test_a_study_that_ran_when_it_was_exported_is_stopped(manager: Manager) -> None:
    study_id = manager.archive.import_study(packed(parts(events=lines(events(None)))))
    row = manager.wait(study_id)
    assert (row.status, row.trials) == ("stopped", 2)
    assert "It ran when it was exported" in row.message
    assert [str(t.status) for t in manager.store.trials(study_id)][-1] == "waiting"


def test_a_study_that_never_started_is_stopped(manager: Manager) -> None:
    study_id = manager.archive.import_study(packed(parts(events=b"", best=None)))
    assert manager.wait(study_id).status == "stopped"


def test_a_table_of_this_machine_goes_out_by_its_hash_alone(
    manager: Manager, tmp_path: Path
) -> None:
    study_id = manager.archive.import_study(packed(parts()))
    files = manager.home.study(study_id)
    dataset = {"id": "csv:/home/me/secret.csv", "target": "y", "task": "regression"}
    files.spec.write_text(json.dumps({**SPEC, "dataset": {**dataset, "sha256": "a" * 64}}))
    manager.archive.export_study(manager.wait(study_id), tmp_path / "study")
    with zipfile.ZipFile(tmp_path / "study") as archive:
        spec = json.loads(archive.read("spec.json"))
    assert spec["dataset"]["id"] == "upload:" + "a" * 64
    assert "/home/me" not in json.dumps(spec)


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


FIRED: list[str] = []


def fire() -> None:
    FIRED.append("unpickled")


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return fire, ()


def npz(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def header(shape: str, kind: str = "<f4") -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def member(name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(weights())).read(f"{name}.npy")


WRONG_WEIGHTS: dict[str, Callable[[], bytes]] = {
    "objects": lambda: npz(meta=member("meta"), weights_0=header("(1,)", "|O") + pickle.dumps([1])),
    "a pickle": lambda: pickle.dumps([1]),
    "a pickle for an array": lambda: npz(meta=member("meta"), weights_0=pickle.dumps(Bomb())),
    "an enormous shape": lambda: npz(meta=member("meta"), weights_0=header("(10**12,)")),
    "a shape of its own length": lambda: npz(
        meta=member("meta"), weights_0=header("(1000000000000,)") + b"\0" * 8
    ),
    "whole numbers": lambda: weights(weights_0=np.ones(3, np.int64)),
    "values that are not finite": lambda: weights(weights_0=np.array([np.nan], np.float32)),
    "another array": lambda: weights(biases=np.ones(3, np.float32)),
    "no description": lambda: npz(weights_0=member("weights_0")),
    "a trial that is not there": lambda: weights({"trial": 7}),
    "a list for a trial": lambda: weights({"trial": [2]}),
    "another configuration": lambda: weights({"config": {**CONFIGS[1], "units": 10**6}}),
    "more arrays than there are": lambda: weights({"groups": {"weights": 10**9}}),
    "a score that is text": lambda: weights({"score": "<b>"}),
    "an unknown field": lambda: weights({"code": "import os"}),
    "a header of signs": lambda: npz(meta=member("meta"), weights_0=header("-" * 9_500)),
    "a header of brackets": lambda: npz(meta=member("meta"), weights_0=header("(" * 200)),
    "a long header": lambda: npz(
        meta=member("meta"),
        weights_0=b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31) + b" " * 1_000,
    ),
    "a deep description": lambda: npz(meta=array(b'{"a":' * 20_000), weights_0=member("weights_0")),
    "a number of 4,000 digits": lambda: weights({"score": 10**4_000}),
    "more arrays than any network": lambda: npz(
        meta=member("meta"), **{f"weights_{n}": b"" for n in range(20_000)}
    ),
}


def array(content: bytes) -> bytes:
    """Bytes as the description of weights holds them."""
    file = io.BytesIO()
    np.save(file, np.frombuffer(content, np.uint8))
    return file.getvalue()


@pytest.mark.parametrize("name", WRONG_WEIGHTS)
def test_weights_that_are_not_plain_numbers_of_a_trial_are_refused(
    manager: Manager, name: str
) -> None:
    assert "best.npz" in refused(manager, packed(parts(best=WRONG_WEIGHTS[name]())))
    assert FIRED == []


def test_a_long_journal_lets_others_write_between_its_parts(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = manager.archive.import_study(packed(parts()))
    monkeypatch.setattr(study_archive, "_PART_BYTES", 500)
    writes: list[int] = []
    record = manager.store.apply

    def counted(study_id: str, told: Any) -> None:
        record(study_id, told)
        manager.store.rename(whole, f"after part {len(writes) + 1}")
        writes.append(manager.store.last_seq(study_id))

    monkeypatch.setattr(manager.store, "apply", counted)
    study_id = manager.archive.import_study(packed(parts()))
    assert len(writes) > 2
    assert writes == sorted({*writes})
    again, once = ([*map(asdict, manager.store.trials(id))] for id in (study_id, whole))
    assert again == [{**trial, "study_id": study_id} for trial in once]
    assert manager.store.epochs(study_id) == manager.store.epochs(whole)
    assert manager.store.last_seq(study_id) == manager.store.last_seq(whole)


def test_bombs_are_refused_before_the_work(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        for n in range(30_000):
            archive.writestr(f"{n}", b"")
    assert "5 members at most" in refused(manager, empty)
    assert "times as large" in refused(manager, packed(parts(events=b"\n" * 3_000_000)))
    monkeypatch.setattr(study_archive, "_MOST_EVENTS", 9)
    assert "9 events" in refused(manager, packed(parts()))
    monkeypatch.setattr(study_archive, "_MOST_EVENTS", 100)
    monkeypatch.setattr(study_archive, "_MOST_TOLD", 3)
    note = {"kind": "note", "time": 1.0, "message": ""}
    told = [{**event, "seq": n} for n, event in enumerate([*events(), note, note], 1)]
    assert "beside those of its trials" in refused(manager, packed(parts(events=lines(told))))


NAMES = ("a\nb", "a\u200bb", "\u202eevil", "\u200d", "\u00a0", "x" * 201, "", "a\x00b", "\ud800")
FINE = (
    "Ключ 42",
    "👩\u200d💻 search",
    "\u0645\u06cc\u200c\u062e\u0648",
    "<b>&amp;",
    "x" * 200,
    " trimmed ",
)


def test_one_rule_for_names(manager: Manager, tmp_path: Path) -> None:
    study_id = manager.archive.import_study(packed(parts()))
    for name in FINE:
        manager.rename(study_id, name)
        manager.archive.export_study(manager.wait(study_id), tmp_path / "study")
        copy = manager.wait(manager.archive.import_study(tmp_path / "study"))
        assert copy.name == parse_spec({**SPEC, "name": name}).name == name.strip()
    manifest = json.loads(parts()["study.json"])
    for name in NAMES:
        with pytest.raises(ManagerError, match=r"^name: expected"):
            manager.rename(study_id, name)
        if name.strip():
            with pytest.raises(SpecError, match=r"^name: "):
                parse_spec({**SPEC, "name": name})
        named = json.dumps({**manifest, "name": name}).encode()
        with pytest.raises(ArchiveError, match=r"name|hex escape"):
            manager.archive.import_study(packed(parts(study=named)))
        if name.isascii() or name.isspace():
            # One that an earlier version took.
            manager.store.rename(study_id, name)
            manager.archive.export_study(manager.wait(study_id), tmp_path / "study")
            copy = manager.wait(manager.archive.import_study(tmp_path / "study"))
            assert copy.name.isprintable()


@pytest.mark.parametrize("target", [".", "..", "/", "", "folder", "gone/file", "x" * 300, "pipe"])
def test_a_target_that_cannot_be_written_is_said_in_a_sentence(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    row = manager.wait(manager.archive.import_study(packed(parts())))
    for write in (
        lambda: manager.archive.export_study(row, Path(target)),
        lambda: manager.study_exports.write("optuna", row.id, Path(target)),
    ):
        with pytest.raises(ManagerError, match=r"^--to: .*\.$"):
            write()
    if target != "folder":
        with pytest.raises(ManagerError, match=r"^--to: .*\.$"):
            manager.study_exports.write("tensorboard", row.id, Path(target))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "home", "pipe"]


GOOD = packed(parts()).getvalue()
FUZZED = settings(
    max_examples=35,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FUZZED
@given(
    place=st.integers(0, len(GOOD) - 1),
    bytes_=st.binary(min_size=1, max_size=20),
    cut=st.booleans(),
)
def test_a_torn_or_overwritten_file_is_refused_or_read(
    manager: Manager, place: int, bytes_: bytes, cut: bool
) -> None:
    file = GOOD[:place] if cut else GOOD[:place] + bytes_ + GOOD[place + len(bytes_) :]
    accepts_or_refuses(manager, io.BytesIO(file))


@FUZZED
@given(line=st.integers(1, 10), field=st.sampled_from(sorted({k for e in events() for k in e})),
       value=JSON_VALUES)  # fmt: skip
def test_any_value_in_any_field_of_a_journal_is_refused_or_read(
    manager: Manager, line: int, field: str, value: Any
) -> None:
    accepts_or_refuses(manager, packed(parts(events=changed(line, **{field: value}))))


@FUZZED
@given(name=st.sampled_from(["study", "spec", "plan"]), document=JSON_VALUES)
def test_any_document_in_place_of_another_is_refused_or_read(
    manager: Manager, name: str, document: Any
) -> None:
    accepts_or_refuses(manager, packed(parts(**{name: json.dumps(document).encode()})))


def accepts_or_refuses(manager: Manager, file: io.BytesIO) -> None:
    """A whole study or a sentence, nothing between."""
    words = ""
    try:
        study_id = manager.archive.import_study(file)
    except ArchiveError as error:
        words = str(error)
    else:
        assert not manager.wait(study_id, 0).status.active
        manager.delete(study_id)
        shutil.rmtree(manager.home.trash / study_id)  # Kept there so that it can come back.
    assert words.isprintable()
    assert left_behind(manager) == []
