"""Bringing the store up to the journals after a process has died."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from contextlib import suppress

from filelock import FileLock, Timeout

from tuning_core.files import write_whole
from tuning_core.home.server_log import log_event
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import Restored
from tuning_core.journal.reading import JournalContent, damaged_copy, read_events, read_journal
from tuning_core.manager.searches.recorded_events import RecordedEvents
from tuning_core.spec.study import parse_spec
from tuning_core.store import Store

_LOCK_SECONDS = 0.5


def catch_up(store: Store, study_id: str, files: StudyFiles) -> None:
    """Record the journal's events that the store lacks. Raises StoreError, OSError."""
    events = read_events(files.journal)
    with suppress(KeyError):  # Of a study that was deleted meanwhile there is nothing to record.
        if events and events[-1]["seq"] > store.last_seq(study_id):
            store.apply(study_id, events)


def align(store: Store, study_id: str, files: StudyFiles) -> None:
    """Make store and journal equal: each takes from the other what it lacks.

    A worker numbers its next event after the journal's last one; were the store ahead, it would
    take new events for known ones. A journal that is damaged, or that a power cut left shorter, is
    completed from the store, and says so. Raises StoreError, OSError.
    """
    found = read_journal(files.journal)
    last, recorded = len(found.events), store.last_seq(study_id)
    if found.damaged or last < recorded:
        lock = FileLock(files.lock)
        # A worker that has it writes the journal itself; others look at it for a moment.
        with suppress(Timeout), lock.acquire(timeout=_LOCK_SECONDS):
            _complete(store, study_id, files, read_journal(files.journal))
    elif last > recorded:
        store.apply(study_id, found.events)


def _complete(store: Store, study_id: str, files: StudyFiles, found: JournalContent) -> None:
    """Complete a journal from the store and from what can be read behind the damage."""
    store.apply(study_id, [*found.events, *found.later])
    row = store.study(study_id)
    if row is None:
        return
    document = files.spec.read_bytes() if files.spec.exists() else json.dumps(row.spec).encode()
    recorded = RecordedEvents(store, row, parse_spec(document, local_files=True), found.events)
    events = [*found.events, *recorded.events]
    message = _what_came_back(files, found, recorded)
    if message:
        log_event("journal completed", study=study_id, message=message)
        time_of_last = events[-1]["time"] if events else row.created
        restored = Restored.model_construct(time=time_of_last, message=message, asked=time.time())
        events.append(restored.document())
    numbered = [{**event, "seq": seq} for seq, event in enumerate(events, 1)]
    if found.damaged:
        shutil.copyfile(files.journal, damaged_copy(files.journal))
    write_whole(files.journal, "".join(json.dumps(event) + "\n" for event in numbered))
    store.rebuild(study_id, numbered, document.decode())
    now = store.study(study_id)
    if now is not None and (bool(row.owner) if row.status.active else now.status.active):
        store.set_status(study_id, row.status, row.message, owner=row.owner)


def _what_came_back(files: StudyFiles, found: JournalContent, recorded: RecordedEvents) -> str:
    """What was wrong and what became of it; "" where nothing was to be said."""
    kinds = Counter(event["kind"] for event in recorded.events)
    trials, epochs = kinds["trial_ended"], kinds["epoch"]
    if not found.damaged and not trials and not epochs:
        return ""
    what = "The end of the journal was missing"
    if found.damaged:
        what = (
            f"The journal was damaged at line {len(found.events) + 1:,} and is kept as "
            f"{damaged_copy(files.journal).name}"
        )
    came = (
        f"{_count(trials, 'ended trial')} and {_count(epochs, 'epoch')} came back from the database"
    )
    words = f"{what}; {came}{' and from the lines behind it' if found.later else ''}."
    if recorded.left_out:
        first, last = recorded.left_out[0], recorded.left_out[-1]
        words += f" Trials {first:,} to {last:,} did not, and are trained again."
    elif found.damaged and not trials and not epochs:
        words += " What the rest of it recorded is lost, and is trained again."
    return words


def _count(amount: int, word: str) -> str:
    return f"{amount:,} {word}{'' if amount == 1 else 's'}"
