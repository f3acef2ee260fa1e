"""What a trial and a study say of an exception."""

from __future__ import annotations

import traceback

from tuning_core.watching.messages import last_line, of_traceback


class OwnError(Exception):
    pass


def raised(error: Exception) -> str:
    try:
        raise error
    except Exception:
        return traceback.format_exc()


def test_a_traceback_is_its_exception_and_a_place_of_ones_own() -> None:
    line = raised.__code__.co_firstlineno + 2
    place = f"(test_messages.py, line {line})"
    assert of_traceback(raised(ValueError("no such thing"))) == f"ValueError: no such thing {place}"
    assert of_traceback(raised(ValueError("one\n\ntwo"))) == f"ValueError: one … two {place}"
    assert of_traceback(raised(ValueError())) == f"ValueError {place}"
    assert of_traceback(raised(OwnError("a: b"))) == f"OwnError: a: b {place}"


def test_a_chain_ends_with_the_exception_that_came_last() -> None:
    try:
        try:
            raise ValueError("first")
        except ValueError as error:
            raise OwnError("second") from error
    except OwnError:
        text = traceback.format_exc()
    assert of_traceback(text).startswith("OwnError: second (test_messages.py, line ")


def test_what_is_no_traceback_is_left_as_it_is() -> None:
    assert of_traceback(None) == of_traceback(" ") == ""
    assert of_traceback("Oversized model.") == "Oversized model."
    assert last_line(KeyboardInterrupt()) == "KeyboardInterrupt"
    assert last_line(OwnError("first\nlast")) == "OwnError: first … last"
