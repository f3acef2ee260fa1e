"""Why a trial was asked for: the oracle rebuilt from the trials before it, and asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tuning_core.catalog import TrialStatus
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import EventDict
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.strategies import RecordError, TrialRecord, make_oracle
from tuning_core.worker.pipes import Command, EventPipe
from tuning_core.worker.search.edits import read_spec
from tuning_core.worker.search.replay import replay

_EPOCH = b'"kind":"epoch"'


def explain(
    command: Command, files: StudyFiles, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    """The explanation of trial ``command["trial"]``, also of a study that another worker runs.

    Needs no lock: trials that have ended do not change, and the journal is only read. Raises
    RecordError for a trial that has not begun.
    """
    number = command.get("trial")
    events = list(_events(files.journal))
    records = replay(events, spec.objective_info).records
    if not isinstance(number, int) or not 0 < number <= len(records):
        raise RecordError(
            f"trial: expected a number from 1 to {len(records)}, received {str(number)[:20]}."
        )
    oracle = make_oracle(_spec_at(number, events, files))
    try:
        # What ran beside it is handed out to nobody; a strategy never knew its score.
        oracle.restore([_settled(record) for record in records[: number - 1]])
        return asdict(oracle.explain(records[number - 1].suggestion))
    finally:
        oracle.close()


def _settled(record: TrialRecord) -> TrialRecord:
    return record if record.status.ended else replace(record, status=TrialStatus.FAILED)


def _spec_at(number: int, events: Iterable[EventDict], files: StudyFiles) -> StudySpec:
    """The spec that was in effect when a trial was asked for: ranges change under way."""
    document: Any = None
    for event in events:
        if event["kind"] == "trial_started" and event["trial"] == number:
            break
        if event["kind"] == "edited":
            document = event.get("spec", document)
    if document is None:
        return read_spec(files)
    return parse_spec(document, local_files=True)


def _events(path: Path) -> Iterator[EventDict]:
    """The events of a journal but its epochs, which are nearly all of it and say nothing here."""
    with path.open("rb") as lines:
        for line in lines:
            if _EPOCH in line[:100]:
                continue
            if not line.endswith(b"\n"):
                return
            yield json.loads(line)
