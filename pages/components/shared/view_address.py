"""What of a view its address carries: a reload, a second tab, Back and a link show the same.

A page lists its :class:`ViewPart` objects, opens the view before it draws and writes it afterwards.
What is as it would be without stands in no address. Between the two the session's keys are the
truth: widgets have them as their ``key``, and no default of their own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.components.shared import html

STALE_SECONDS = 1.0
"""How long a browser may still send the address that it had before the page wrote another one."""

LONGEST, MOST_LEFT = 40, 20

_KEY = "view"


@dataclass(frozen=True)
class ViewPart:
    """A parameter of the address by its ``name``, and the session's ``key`` that it stands for.

    ``read`` makes a value of a text; a ValueError says what was expected. ``get`` and ``put`` stand
    in for what is no plain key of the session.
    """

    name: str
    key: str
    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    get: Callable[[], Any] | None = None
    put: Callable[[Any], None] | None = None

    def value(self) -> Any:
        """What is chosen; None where nobody has said yet."""
        return self.get() if self.get else st.session_state.get(self.key)

    def choose(self, value: Any) -> None:
        """Choose it for the user."""
        if self.put:
            self.put(value)
        else:
            st.session_state[self.key] = value


@dataclass
class _View:
    """The view of ``subject``: what is chosen, and the address as it was read or written last."""

    subject: str
    values: dict[str, Any] = field(default_factory=dict)
    query: dict[str, str] | None = None
    left: list[tuple[dict[str, str], float]] = field(default_factory=list)
    complaints: tuple[str, ...] = ()


def open_view(subject: str, parts: Sequence[ViewPart]) -> None:
    """Choose what the address says, unless it is as this page left it.

    ``subject`` is what the view is of: another one begins anew. What cannot be understood has its
    default, and a quiet sentence says so.
    """
    view: _View | None = st.session_state.get(_KEY)
    if view is None or view.subject != subject:
        view = st.session_state[_KEY] = _View(subject)
    query = {p.name: st.query_params[p.name] for p in parts if p.name in st.query_params}
    if query != view.query and not _behind(view, query):
        _read(view, parts, query)
    keep_view(parts)
    for complaint in view.complaints:
        st.html(html.text(complaint, "ts-muted ts-small"))


def keep_view(parts: Sequence[ViewPart]) -> None:
    """Choose again what a widget that was not drawn for a while has forgotten."""
    view: _View | None = st.session_state.get(_KEY)
    for part in parts:
        if view is not None and part.name in view.values and part.value() is None:
            part.choose(view.values[part.name])


def write_view(parts: Sequence[ViewPart]) -> None:
    """Put what is chosen into the address."""
    view: _View | None = st.session_state.get(_KEY)
    if view is None:
        return
    chosen = {part.name: part.value() for part in parts}
    values = {
        part.name: view.values.get(part.name, part.default)
        if chosen[part.name] is None
        else chosen[part.name]
        for part in parts
    }
    if values == view.values:
        return
    query = {
        part.name: part.write(values[part.name])
        for part in parts
        if values[part.name] != part.default
    }
    view.left = [(view.query or {}, time.monotonic()), *view.left][:MOST_LEFT]
    view.values, view.query, view.complaints = values, query, ()
    others = {n: v for n, v in st.query_params.to_dict().items() if n not in chosen}
    if st.query_params.to_dict() != others | query:
        st.query_params.from_dict(others | query)


def one_of(options: Sequence[Any], word: Callable[[Any], str] = str) -> dict[str, Any]:
    """``read`` and ``write`` of a choice, each option by its ``word``."""
    words = {word(option): option for option in options}

    def read(text: str) -> Any:
        if text not in words:
            raise ValueError(f"one of {', '.join(words)}" if len(words) > 1 else next(iter(words)))
        return words[text]

    return {"read": read, "write": word}


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number between two ends."""

    def read(text: str) -> int:
        number = int(text) if len(text) < 10 and text.isascii() and text.isdigit() else low - 1
        if not low <= number <= high:
            raise ValueError(f"{low:,} to {high:,}")
        return number

    return read


def _behind(view: _View, query: dict[str, str]) -> bool:
    """Whether a browser has only not heard yet of the address that was written last."""
    now = time.monotonic()
    return any(old == query and now - at < STALE_SECONDS for old, at in view.left)


def _read(view: _View, parts: Sequence[ViewPart], query: dict[str, str]) -> None:
    complaints = []
    for part in parts:
        value = part.default
        if part.name in query:
            try:
                value = part.read(query[part.name])
            except ValueError as error:
                came = json.dumps(query[part.name][:LONGEST], ensure_ascii=False)
                complaints.append(
                    f"{part.name} in the address: expected {error}, received {came}. "
                    "The view is shown without."
                )
        if part.value() != value:
            part.choose(value)
        view.values[part.name] = value
    view.query, view.complaints = query, tuple(complaints)
