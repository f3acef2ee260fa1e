"""Whatever was done to a study file, it is read or refused in one sentence."""

from __future__ import annotations

import io
import json
import shutil
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.json_values import JSON_VALUES
from tests.manager.study_file import (
    changed,
    events,
    left_behind,
    packed,
    parts,
)
from tuning_core.manager import Manager
from tuning_core.study_export.archive.members import ArchiveError

GOOD = packed(parts()).getvalue()
FUZZED = settings(
    max_examples=35,
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
