"""Notes, tags and stars are bounded, are their owner's to write, and travel with the study."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.recorded import record
from tuning_core.home.marks import LONGEST_NOTE, MOST_TAGS, Mark, Marks
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.access import Person
from tuning_core.study_export.archive.members import MARKS

STUDY = "abcd1234"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "home", spare=False)
    spec = record(manager.store, STUDY, trials=3)
    files = manager.home.study(STUDY)
    files.folder.mkdir()
    files.spec.write_text(spec.to_json())
    manager.store.readers.give(STUDY, "ann")
    yield manager
    manager.close()


def test_what_is_noted_stays_and_the_rest_is_left_alone(engine: Manager) -> None:
    engine.marks.note(STUDY, note="  for\r\nthe talk ", tags=["Talk, 2026", "talk", ""])
    engine.marks.note(STUDY, star=True)
    engine.marks.note(STUDY, 2, note="odd")
    study = Mark(note="for\nthe talk", tags=("talk 2026", "talk"), star=True)
    assert engine.marks.of(STUDY) == Marks(study=study, trials={2: Mark(note="odd")})
    engine.marks.note(STUDY, 2, note="")
    assert engine.marks.of(STUDY).trials == {}


def test_a_note_whose_letters_come_apart_never_makes_the_file_unreadable(engine: Manager) -> None:
    engine.marks.note(STUDY, star=True)
    with pytest.raises(ManagerError, match="a note has at most 2,000 letters, not 4,000"):
        engine.marks.note(STUDY, note="\N{MUSICAL SYMBOL HALF NOTE}" * LONGEST_NOTE)
    assert engine.marks.of(STUDY).study.star


def test_only_whoever_may_change_the_study_writes(engine: Manager) -> None:
    with pytest.raises(ManagerError, match="another user"):
        engine.marks.note(STUDY, star=True, by=Person("bob"))
    engine.marks.note(STUDY, star=True, by=Person("ann"))
    assert engine.marks.of(STUDY).study.star


@pytest.mark.parametrize(
    "given",
    [
        {"note": "x" * (LONGEST_NOTE + 1)},
        {"tags": [f"t{n}" for n in range(MOST_TAGS + 1)]},
        {"tags": ["x" * 31]},
    ],
)
def test_what_is_too_long_is_refused_in_a_sentence(
    engine: Manager, given: dict[str, object]
) -> None:
    with pytest.raises(ManagerError, match=r"(note|tags).*(at most|30 letters).*\.$"):
        engine.marks.note(STUDY, **given)  # type: ignore[arg-type]
    assert not engine.marks.of(STUDY)


def test_they_travel_with_the_study_and_are_checked_on_the_way_in(
    engine: Manager, tmp_path: Path
) -> None:
    engine.marks.note(STUDY, 1, note="<script>", tags=["a"], star=True)
    packed = tmp_path / "study.zip"
    engine.archive.export_study(engine.study(STUDY), packed)
    taken = engine.archive.import_study(packed)
    assert engine.marks.of(taken) == engine.marks.of(STUDY)
    wrong = tmp_path / "wrong.zip"
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(wrong, "w") as new:
        for name in old.namelist():
            broken = json.dumps({"study": {"note": 5}}).encode()
            new.writestr(name, broken if name == MARKS else old.read(name))
    with pytest.raises(ManagerError, match="no file of notes"):
        engine.archive.import_study(wrong)


def test_a_damaged_file_is_as_none(engine: Manager) -> None:
    engine.marks.note(STUDY, star=True)
    engine.home.study(STUDY).marks.write_text("{")
    assert engine.marks.of(STUDY) == Marks()
