"""Which lessons a browser has done outlives the page, and nothing else gets into the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuning_core.manager.library import lessons_done
from tuning_core.manager.library.lessons_done import LessonsDone

ONE, OTHER = "1" * 32, "a" * 32


def test_what_was_done_is_known_to_that_browser_alone(tmp_path: Path):
    LessonsDone(tmp_path / "lessons").mark(ONE, "scales")
    LessonsDone(tmp_path / "lessons").mark(ONE, "bayesian")
    again = LessonsDone(tmp_path / "lessons")
    assert again.done(ONE) == {"scales", "bayesian"}
    assert again.done(OTHER) == frozenset()
    again.forget(ONE)
    assert again.done(ONE) == frozenset()


def test_aims_stand_beside_what_was_done_and_older_files_are_read(tmp_path: Path):
    kept = LessonsDone(tmp_path)
    (tmp_path / f"{ONE}.json").write_text('["scales"]')
    assert kept.reach(ONE, "seeds")
    assert not kept.reach(ONE, "seeds")
    kept.mark(ONE, "bayesian")
    again = LessonsDone(tmp_path)
    assert again.done(ONE) == {"scales", "bayesian"}
    assert again.reached(ONE) == {"seeds"}


@pytest.mark.parametrize("browser", ["", "../../etc/passwd", "1" * 31, "1" * 33, "G" * 32, "a/b"])
def test_a_name_that_is_no_browser_leaves_no_file(browser: str, tmp_path: Path):
    kept = LessonsDone(tmp_path / "lessons")
    kept.mark(browser, "scales")
    assert kept.done(browser) == frozenset()
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize(
    "content", [b"", b"[", b'{"a": 1}', b"[1, null]", b"\xff\xfe", b'{"done": 3, "reached": {}}']
)
def test_a_damaged_file_counts_as_nothing_done_and_is_replaced(content: bytes, tmp_path: Path):
    (tmp_path / f"{ONE}.json").write_bytes(content)
    kept = LessonsDone(tmp_path)
    assert kept.done(ONE) == frozenset()
    kept.mark(ONE, "scales")
    assert kept.done(ONE) == {"scales"}


def test_a_folder_that_cannot_be_written_only_forgets(tmp_path: Path):
    (tmp_path / "lessons").write_text("a file in the way")
    kept = LessonsDone(tmp_path / "lessons")
    kept.mark(ONE, "scales")
    assert kept.done(ONE) == frozenset()


def test_browsers_that_did_not_come_back_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lessons_done, "MOST_BROWSERS", 20)
    kept = LessonsDone(tmp_path)
    for number in range(60):
        kept.mark(f"{number:032x}", "scales")
    assert len(list(tmp_path.glob("*.json"))) <= 20
    assert kept.done(f"{59:032x}") == {"scales"}
