"""Checking the events of a journal takes as long as it has events."""

from __future__ import annotations

import json
import time

import pytest

from tests.manager.study_file import CONFIGS, SPEC, events, started
from tuning_core.catalog import TrialStatus
from tuning_core.journal.events import Event
from tuning_core.journal.reading import parse_event
from tuning_core.spec.study import parse_spec
from tuning_core.study_export.archive.journal_validation import JournalCheck
from tuning_core.study_export.archive.members import ArchiveError
from tuning_core.study_import.runs import RecordedSearch, RecordedTrial, spec_of


def told(trials: int) -> list[Event]:
    first, _, epoch, _, end, *_ = events()
    found = [first]
    for number in range(1, trials + 1):
        begun = {"time": 1.0, **started(number, CONFIGS[0])}
        found += [begun, {**epoch, "trial": number}, {**end, "trial": number}]
    return [parse_event(json.dumps({**e, "seq": n}).encode(), n) for n, e in enumerate(found, 1)]


def seconds(trials: int) -> float:
    taken, check = told(trials), JournalCheck(parse_spec(SPEC))
    before = time.process_time()
    for event in taken:
        check.take(event)
    return time.process_time() - before


def test_four_times_the_trials_take_about_four_times_as_long() -> None:
    seconds(100)
    assert seconds(6_000) < 8 * seconds(1_500)


def test_no_trial_of_a_recorded_study_goes_on_with_itself() -> None:
    trial = RecordedTrial({"units": 8}, TrialStatus.COMPLETED, 0.5)
    search = RecordedSearch("r", "csv", "", "val_accuracy", "max", {}, {}, [trial])
    check = JournalCheck(spec_of(search))
    first, _, _, _, end, *_ = events()
    begun = {"time": 1.0, **started(1, {"units": 8})}
    told = [{**e, "seq": n} for n, e in enumerate([first, begun, end, {**begun, "parent": 1}], 1)]
    *good, circle = [parse_event(json.dumps(e).encode(), e["seq"]) for e in told]
    for event in good:
        check.take(event)
    with pytest.raises(ArchiveError, match="continues trial 1"):
        check.take(circle)
