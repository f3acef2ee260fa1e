"""The teacher's key: made once, shown to be believed, tried a few times a minute, revoked whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuning_core.home.teachers import TRIES, TRIES_SECONDS, Teachers


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def teachers(tmp_path: Path, now: list[float]) -> Teachers:
    return Teachers(tmp_path, clock=lambda: now[0])


def test_the_key_is_made_once_and_for_this_machines_user_alone(
    teachers: Teachers, tmp_path: Path
) -> None:
    assert len(teachers.key) >= 32
    assert Teachers(tmp_path).key == teachers.key
    assert (tmp_path / "teacher.key").stat().st_mode & 0o777 == 0o600


def test_whoever_shows_the_key_is_a_teacher_until_it_is_removed(
    teachers: Teachers, tmp_path: Path
) -> None:
    key = teachers.key
    assert "not the key" in teachers.admit("eve", key[:-1])
    assert teachers.admit("ada", key) == ""
    assert teachers.knows("ada")
    assert Teachers(tmp_path).knows("ada")
    assert not teachers.knows("eve")
    (tmp_path / "teacher.key").unlink()
    assert not teachers.knows("ada")
    assert "not the key" in teachers.admit("eve", "")
    assert teachers.key != key
    assert not teachers.knows("ada")
    assert "not the key" in teachers.admit("ada", key)


def test_keys_are_tried_a_few_times_a_minute(teachers: Teachers, now: list[float]) -> None:
    key = teachers.key
    for guess in range(TRIES):
        assert "not the key" in teachers.admit("eve", f"ключ {guess}")
    assert "Too many" in teachers.admit("eve", key)
    assert not teachers.knows("eve")
    assert teachers.admit("ada", key) == ""
    now[0] += TRIES_SECONDS
    assert teachers.admit("eve", key) == ""


@pytest.mark.parametrize("rest", ["", "\n", "  "])
def test_a_key_that_was_cut_short_is_made_anew(
    teachers: Teachers, tmp_path: Path, rest: str
) -> None:
    (tmp_path / "teacher.key").write_text(rest)
    assert "not the key" in teachers.admit("eve", rest)
    assert "not the key" in teachers.admit("eve", "")
    assert len(teachers.key) >= 32
