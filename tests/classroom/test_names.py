"""Codes cannot be misread, nicknames show as what they are, and no two can be taken for another."""

from __future__ import annotations

import pytest

from tuning_core.classroom.names import (
    ANIMALS,
    CODE_LETTERS,
    LONGEST_NICKNAME,
    drawn_code,
    drawn_nickname,
    key_of,
    proposed,
    read_code,
    read_nickname,
    read_title,
)
from tuning_core.classroom.pins import drawn_pin, hashed, is_pin, read_pin
from tuning_core.home.home import ManagerError


def test_codes_have_no_vowels_and_no_look_alikes_and_are_new():
    codes = {drawn_code(()) for _ in range(500)}
    assert len(codes) > 480
    assert not set("".join(codes)) & set("AEIOUYLG0128567")
    assert all(read_code(code.lower()) == code for code in codes)


@pytest.mark.parametrize(
    ("typed", "read"), [("kqrt", "KQRT"), (" kq rt ", "KQRT"), ("KQ-RT", "KQRT")]
)
def test_a_code_is_read_as_people_type_it(typed: str, read: str):
    assert read_code(typed) == read


@pytest.mark.parametrize(
    "typed", ["", "KQR", "KQRTX", "KQR1", "KQRA", "../x", "\u202eKQRT", "ß" * 4]
)
def test_what_is_no_code_is_said(typed: str):
    with pytest.raises(ManagerError, match=f"4 letters.*no vowels .*{CODE_LETTERS}"):
        read_code(typed)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  elk  ", "elk"),
        ("\uff25\uff4c\uff4b", "Elk"),
        ("Ana\u0301 María", "Aná María"),
        ("张伟", "张伟"),
        ("<b>x</b>", "<b>x</b>"),
        ("=1+1", "=1+1"),
        ("x" * LONGEST_NICKNAME, "x" * LONGEST_NICKNAME),
    ],
)
def test_a_nickname_is_normalised(typed: str, read: str):
    assert read_nickname(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "   ",
            "x" * 25,
            "x" * 100_000,
            "\u202eabc",
            "a\u200bb",
            "\x00",
            "a\x1b[31m",
            "\ud800",
        ),
        *("z\u0334\u0335\u0336", "\u0301a", "\u2066x\u2069", "\ufeff"),
    ],
)
def test_a_nickname_that_does_not_show_as_what_it_is_is_refused(typed: str):
    with pytest.raises(ManagerError, match="nickname"):
        read_nickname(typed)


def test_a_line_end_in_a_name_is_a_blank():
    assert read_nickname("a\nb\u2028c") == read_title("a\nb\u2028c") == "a b c"
    with pytest.raises(ManagerError, match="title"):
        read_title("a\u202eb")


def test_another_nickname_is_proposed_that_is_free_and_short_enough():
    taken = {key_of(name) for name in ("Elk", "elk 2")}
    assert proposed("ELK", taken) == "ELK 3"
    long = "x" * LONGEST_NICKNAME
    assert read_nickname(proposed(long, {long})) == "x" * 22 + " 2"


def test_an_animal_is_drawn_until_none_is_left():
    taken: set[str] = set()
    for _ in range(len(ANIMALS) + 5):
        taken.add(key_of(drawn_nickname(taken)))
    assert len(taken) == len(ANIMALS) + 5
    assert len({key_of(animal) for animal in ANIMALS}) == len(ANIMALS) >= 60
    assert all(read_nickname(animal) == animal for animal in ANIMALS)


def test_a_pin_is_kept_as_a_hash_that_differs_each_time():
    kept = hashed("0471")
    assert is_pin("0471", kept)
    assert not is_pin("0472", kept)
    assert "0471" not in kept
    assert hashed("0471") != kept
    assert read_pin(" 04 71 ") == "0471"
    assert read_pin(drawn_pin())


@pytest.mark.parametrize("typed", ["", "123", "12345", "abcd", "١٢٣٤", "1.34"])
def test_what_is_no_pin_is_said(typed: str):
    with pytest.raises(ManagerError, match="4 digits"):
        read_pin(typed)


def test_codes_are_many():
    assert len(CODE_LETTERS) ** 4 > 100_000
