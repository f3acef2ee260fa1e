"""Texts of strangers in files that others open."""

from __future__ import annotations

import pytest

from tuning_core.datasets.spreadsheet import markdown, safe_text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("a; @x;b", "a;' @x;b"),
        ("a\n-cmd|' /c'!A0", "a\n'-cmd|' /c'!A0"),
        ("a\t+1+1", "a\t'+1+1"),
        ("\tx", "'\tx"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("a,=b", "a,=b"),
        ("red, blue", "red, blue"),
        *((number, number) for number in ("-5", "+1,5", "-1e-5", "-.5", "", "x=1", "a-b")),
    ],
)
def test_no_text_is_run_as_a_formula(text: str, written: str) -> None:
    assert safe_text(text) == written
    assert safe_text(written) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("![x](http://a.example)", r"!\[x\](http:\//a.example)"),
        ("a\n# b", r"a \# b"),
        ("www.a.example & `b`", r"www\.a.example &amp; \`b\`"),
        ("Digits, 8x8 (small)", "Digits, 8x8 (small)"),
        ("a | b", r"a \| b"),
    ],
)
def test_no_text_is_markup(text: str, written: str) -> None:
    assert markdown(text) == written
