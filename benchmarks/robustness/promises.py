"""What must hold of a study at the end of a history, whatever happened in it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from benchmarks.robustness.kills import epochs_of, results_of
from tuning_core.home.home import HomeFiles
from tuning_core.journal.reading import read_events, read_journal
from tuning_core.spec.study import parse_spec
from tuning_core.store import Store

Outcome = dict[str, dict[Any, Any]]


class BrokenPromiseError(AssertionError):
    """What is not as it was promised."""


def promise(kept: bool, words: str) -> None:
    """Raises BrokenPromiseError unless it is kept."""
    if not kept:
        raise BrokenPromiseError(words)


def told(store: Store, study: str) -> dict[int, float]:
    """The trials whose ends the server knows, and the seconds that each took."""
    return {row.number: row.seconds for row in store.trials(study) if row.seconds is not None}


def ended(home: Path, study: str) -> dict[int, float]:
    """The trials whose ends are in the journal, and the seconds that each took."""
    events = read_events(HomeFiles(home).study(study).journal)
    return {event["trial"]: event["seconds"] for event in events if event["kind"] == "trial_ended"}


def outcome(home: Path, study: str) -> Outcome:
    """What came of each trial, and every epoch, by the journal, which is whole."""
    found = read_journal(HomeFiles(home).study(study).journal)
    promise(not found.damaged, f"line {len(found.events) + 1} of the journal is damaged")
    ends = Counter(event["trial"] for event in found.events if event["kind"] == "trial_ended")
    promise(set(ends.values()) <= {1}, f"a trial ended more than once: {ends}")
    return {"trial": results_of(found.events), "epoch": epochs_of(found.events)}


def difference(actual: Outcome, expected: Outcome) -> str:
    """Where two outcomes differ, in a few lines."""
    lines = [
        f"{part} {key}: {actual[part].get(key)}; expected: {expected[part].get(key)}"
        for part in actual
        for key in sorted(actual[part].keys() | expected[part].keys())
        if actual[part].get(key) != expected[part].get(key)
    ]
    return "\n".join(lines[:6])


def check_store(home: Path, study: str, spec: dict[str, Any]) -> None:
    """Raises BrokenPromiseError where the database is not what the journal tells an empty one."""
    journal = read_journal(HomeFiles(home).study(study).journal)
    with scratch() as empty:
        store, fresh = Store(HomeFiles(home).database), Store(HomeFiles(empty).database)
        fresh.create_study(study, "", parse_spec(spec).to_json(), 0.0)
        fresh.apply(study, journal.events)
        for what in ("trials", "epochs", "history"):
            rows = (map(_plain, getattr(each, what)(study)) for each in (store, fresh))
            for ours, theirs in zip_longest(*rows):
                promise(ours == theirs, f"{what}: {ours} in the database, {theirs} by the journal")
        one, two = store.study(study), fresh.study(study)
        for name in ("status", "trials", "epochs", "best_trial", "best_score", "seconds", "spec"):
            ours, theirs = getattr(one, name), getattr(two, name)
            promise(ours == theirs, f"{name}: {ours} in the database, {theirs} by the journal")
        store.close()
        fresh.close()


def _plain(row: Any) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in fields(row) if each.name != "seq"}


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty home in memory, whose database has its tables."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        for part, content in _template().items():
            (Path(folder) / part).write_bytes(content)
        yield Path(folder)


@cache
def _template() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        database = HomeFiles(Path(folder)).database
        Store(database).close()
        return {path.name: path.read_bytes() for path in Path(folder).glob(f"{database.name}*")}
