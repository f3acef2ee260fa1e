"""A study that was recorded here, to be written for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.recorded import record
from tests.study_export.conftest import SPACE, STUDY
from tuning_core.manager import Manager
from tuning_core.study_export import StudyRecord, read_record


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[StudyRecord]:
    manager = Manager(tmp_path / "home", spare=False)
    record(manager.store, STUDY, name="round", trials=12, epochs=4, space=SPACE, repeats=2)
    yield read_record(manager.store, STUDY)
    manager.close()
