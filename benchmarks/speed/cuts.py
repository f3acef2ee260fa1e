"""What a kill leaves, without the wait for a new process: journals cut at any byte, then resumed.

A SIGKILL leaves a beginning of the journal, and the last line may be torn. Here the journal of a
study of every strategy, with a trial of the user's own, other ranges and a larger budget, is cut
at random bytes; each is taken into the store, resumed and held against the whole one.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import scratch_home
from benchmarks.robustness.kills import Event, Tally, compare, document, journal_of, rows
from benchmarks.robustness.kills_app import go_on
from tuning_core.catalog import STRATEGIES, StudyStatus
from tuning_core.home.home import new_id
from tuning_core.manager import Manager
from tuning_core.manager.searches.journal_catch_up import align
from tuning_core.spec.study import StudySpec, parse_spec

CUTS, QUICK_CUTS = 200, 10
EPOCHS = 12


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    wanted = int(os.environ.get("CUTS", QUICK_CUTS if quick else CUTS))
    rng = random.Random(0)
    tally = Tally()
    each = -(-wanted // len(STRATEGIES))
    with scratch_home() as home:
        manager = Manager(home, spare=False)
        try:
            for strategy in STRATEGIES:
                _cut_and_resume(manager, _spec(strategy), each, rng, tally)
                print(f"{strategy}: {tally}", file=sys.stderr, flush=True)
        finally:
            manager.close()
    return rows(tally, wanted)


def _spec(strategy: str) -> StudySpec:
    small = document(strategy, 0)
    epochs = 9 if strategy == "hyperband" else EPOCHS
    return parse_spec({**small, "budget": {**small["budget"], "epochs": epochs}})


def _cut_and_resume(
    manager: Manager, spec: StudySpec, cuts: int, rng: random.Random, tally: Tally
) -> None:
    whole_id = manager.launch(spec)
    _finish(manager, whole_id, spec)
    content = _journal(manager, whole_id).read_bytes()
    whole = journal_of(content)
    for _ in range(cuts):
        kept = content[: rng.randrange(len(content))]
        study_id = _taken_in(manager, spec, kept)
        _finish(manager, study_id, spec)
        tally.kills["worker"] += 1
        after = journal_of(_journal(manager, study_id).read_bytes())
        compare(after, whole, {}, tally)
        _compare_store(manager, study_id, after, tally)
        manager.delete(study_id)


def _taken_in(manager: Manager, spec: StudySpec, content: bytes) -> str:
    """A study of the store whose worker died with this much in its journal."""
    study_id = new_id()
    files = manager.home.study(study_id)
    files.folder.mkdir()
    files.spec.write_text(spec.to_json())
    files.journal.write_bytes(content)
    manager.store.create_study(study_id, spec.name, spec.to_json(), time.time())
    align(manager.store, study_id, files)
    row = manager.store.study(study_id)
    if row is not None and row.status.active:
        manager.store.set_status(study_id, StudyStatus.INTERRUPTED, "Cut.")
    return study_id


def _finish(manager: Manager, study_id: str, spec: StudySpec) -> None:
    while go_on(manager, study_id, spec):
        manager.wait(study_id, 60.0)


def _journal(manager: Manager, study_id: str) -> Path:
    return manager.home.study(study_id).journal


def _compare_store(manager: Manager, study_id: str, events: Sequence[Event], tally: Tally) -> None:
    """Count what the store has otherwise than the journal."""
    ended = {e["trial"]: e["score"] for e in events if e["kind"] == "trial_ended"}
    stored = {trial.number: trial.score for trial in manager.store.trials(study_id)}
    tally.missing_trials += len(ended.keys() ^ stored.keys())
    tally.different_trials += sum(stored[n] != ended[n] for n in ended.keys() & stored.keys())
    reported = Counter[Any](
        (e["trial"], e["execution"], e["epoch"]) for e in events if e["kind"] == "epoch"
    )
    rows_there = {(e.trial, e.execution, e.epoch) for e in manager.store.epochs(study_id)}
    tally.lost_epochs += len(reported.keys() ^ rows_there)


if __name__ == "__main__":
    run("Cut journals", __doc__, measure)
