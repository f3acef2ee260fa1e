"""Every event has a writer, a place in the store, one in a replay, and a model for an import."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tuning_core.catalog import StudyStatus, TrialStatus
from tuning_core.journal import events
from tuning_core.journal.events import EVENTS, NEEDED, JournalEvent
from tuning_core.journal.reading import EventError, parse_event, read_journal
from tuning_core.journal.writing import Journal
from tuning_core.store.events import CHANGES

ENGINE = Path(events.__file__).parents[1]
EXECUTION = events.Execution.model_construct(
    execution=1, status=TrialStatus.COMPLETED, score=0.5, best_epoch=1, epochs=1
)
WHOLE: dict[str, JournalEvent] = {
    event.kind: event
    for event in (
        events.StudyStarted.model_construct(
            pid=7,
            device="CPU",
            versions={"keras": "3"},
            resumed=False,
            rows={"train": 7},
            elapsed=0,
        ),
        events.TrialStarted.model_construct(
            trial=1,
            config={"units": 8},
            parent=None,
            epochs=1,
            initial_epoch=0,
            bracket=None,
            round=None,
            added=False,
            seed=3,
            suggested_in=0.1,
        ),
        events.Epoch.model_construct(
            trial=1, execution=1, epoch=1, metrics={"loss": 0.5, "val_loss": None}, seconds=0.1
        ),
        events.TrialEnded.model_construct(
            trial=1,
            status=TrialStatus.COMPLETED,
            score=0.5,
            best_epoch=1,
            best_execution=1,
            epochs=1,
            seconds=0.2,
            parameters=9,
            executions=[EXECUTION],
            message="",
        ),
        events.StudyEnded.model_construct(
            status=StudyStatus.FINISHED, reason="trials", message="", seconds=0.3
        ),
        events.TestRevealed.model_construct(trial=1, metrics={"loss": 0.5}),
        events.Edited.model_construct(edit="1", asked=1.0, what="kill", trial=1),
        events.Note.model_construct(message="a"),
        events.Imported.model_construct(message="b"),
        events.Restored.model_construct(message="c", asked=1.0),
    )
}
"""One of each kind as a worker writes it."""


def needed(model: type[JournalEvent]) -> set[str]:
    fields = model.model_fields.items()
    return {"seq", "time", "kind", *(n for n, field in fields if NEEDED in field.metadata)}


def test_each_kind_is_among_the_examples() -> None:
    assert set(WHOLE) == set(EVENTS)


@pytest.mark.parametrize("kind", EVENTS)
def test_what_a_worker_writes_is_read_and_may_be_imported(kind: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "events.jsonl", "abcdefgh", lambda _: None)
    written = journal.append(WHOLE[kind])
    journal.close()
    found = read_journal(tmp_path / "events.jsonl")
    assert found.events == [written]
    line = (tmp_path / "events.jsonl").read_bytes()
    event = parse_event(line, 1)
    assert type(event) is EVENTS[kind]
    assert json.loads(event.model_dump_json(exclude_unset=True)) == found.events[0]


@pytest.mark.parametrize("kind", EVENTS)
def test_a_line_is_whole_with_what_a_replay_needs_and_no_less(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    whole = json.loads(json.dumps({**WHOLE[kind].document(), "seq": 1, "time": 1.0}))
    for name in EVENTS[kind].model_fields:
        path.write_text(json.dumps({n: v for n, v in whole.items() if n != name}) + "\n")
        assert len(read_journal(path).events) == (name not in needed(EVENTS[kind])), name
    for name in needed(EVENTS[kind]):
        path.write_text(json.dumps({**whole, name: ["of another type"]}) + "\n")
        assert read_journal(path).events == [], name


def test_an_unknown_status_is_damage_and_an_unknown_kind_is_not(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for kind in ("trial_ended", "study_ended"):
        event = {**WHOLE[kind].document(), "seq": 1, "status": "odd"}
        path.write_text(json.dumps(event) + "\n")
        assert read_journal(path).events == []
    path.write_text('{"seq":1,"time":2.0,"kind":"of a later version"}\n')
    assert len(read_journal(path).events) == 1


@pytest.mark.parametrize("name", ["seq", "time", "kind"])
def test_an_import_needs_the_number_the_time_and_the_kind_of_an_event(name: str) -> None:
    event = {"seq": 1, "time": 1.0, "kind": "note", "message": "a"}
    del event[name]
    with pytest.raises(EventError, match="cannot be read"):
        parse_event(json.dumps(event).encode(), 1)


def calls(folder: Path) -> set[str]:
    """Names of what is called in the files of a folder; of ``X.model_construct()``, X."""
    found = set()
    for path in folder.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                named = node.func.value if isinstance(node.func, ast.Attribute) else node.func
                found.add(named.id if isinstance(named, ast.Name) else "")
    return found


def compared(folder: Path) -> set[str]:
    """Texts that are compared with something in the files of a folder."""
    found = set()
    for path in folder.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                sides = (node.left, *node.comparators)
                found |= {str(s.value) for s in sides if isinstance(s, ast.Constant)}
    return found


def test_each_kind_has_a_writer() -> None:
    models: set[type[JournalEvent]] = {*EVENTS.values(), events.Asked, events.Trained}
    assert {model.__name__ for model in models} <= calls(ENGINE)


def test_each_kind_has_its_place_in_the_store() -> None:
    in_history_alone = {events.Restored}
    assert set(EVENTS.values()) == {*CHANGES, events.Epoch, *in_history_alone}
    assert all(model.remembered for model in in_history_alone)


def test_each_kind_is_replayed_unless_no_search_depends_on_it() -> None:
    kinds = {kind for kind, model in EVENTS.items() if not issubclass(model, events.Remark)}
    assert kinds <= compared(ENGINE / "worker" / "search")
    remarks = set(EVENTS) - kinds
    assert all(needed(EVENTS[kind]) == {"seq", "time", "kind"} for kind in remarks)


@pytest.mark.parametrize("model", EVENTS.values())
def test_a_history_remembers_fields_that_the_event_has(model: type[JournalEvent]) -> None:
    assert set(model.remembered or ()) <= set(model.model_fields)
