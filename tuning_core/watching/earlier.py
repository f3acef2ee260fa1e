"""The study of a search that went on before: whether it is that one, and what it keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tuning_core.files import write_whole
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import EventDict
from tuning_core.journal.reading import read_events
from tuning_core.store import Store
from tuning_core.study_import.runs import RecordedTrial


def settle(
    store: Store,
    files: StudyFiles,
    study: str,
    document: str,
    earlier: Mapping[int, RecordedTrial],
) -> None:
    """Forget what a killed process recorded of trials that had not ended: they begin again."""
    events = read_events(files.journal)
    kept = whole_trials(events, {n for n, trial in earlier.items() if trial.status.ended})
    if len(kept) < len(events):
        events = [{**event, "seq": seq} for seq, event in enumerate(kept, start=1)]
        write_whole(files.journal, "".join(json.dumps(event) + "\n" for event in events))
    store.rebuild(study, events, document)


def whole_trials(events: Sequence[EventDict], ended: set[int]) -> list[EventDict]:
    """The events without those of trials that have not ended, nor are known to have."""
    last = {e["trial"]: n for n, e in enumerate(events) if e["kind"] == "trial_ended"}
    return [
        event
        for place, event in enumerate(events)
        if event["kind"] not in ("trial_started", "epoch")
        or event["trial"] in ended
        or place <= last.get(event["trial"], -1)
    ]


def same_search(events: Sequence[EventDict], earlier: Mapping[int, RecordedTrial]) -> bool:
    """Whether all trials that a journal saw end are among these, with what they had."""
    configs = {e["trial"]: e["config"] for e in events if e["kind"] == "trial_started"}
    ended = {event["trial"] for event in events if event["kind"] == "trial_ended"}
    return all(n in earlier and configs.get(n) == earlier[n].config for n in ended)
