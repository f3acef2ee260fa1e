"""Reading a journal: one event a line, numbered from 1 without a gap."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import Field, TypeAdapter, ValidationError

from tuning_core.journal.events import (
    EVENTS,
    NEEDED,
    Event,
    EventDict,
    JournalEvent,
    on_one_line,
)


class EventError(ValueError):
    """A line of a journal that is no event; ``str()`` is one sentence that names line and field."""


@dataclass
class JournalContent:
    """What a journal has: its whole ``events`` up to the first damage, ``size`` bytes of them.

    Of ``lines`` behind them, ``later`` are whole events all the same. A last line that a kill has
    torn is no damage.
    """

    events: list[EventDict] = field(default_factory=list)
    size: int = 0
    lines: int = 0
    later: list[EventDict] = field(default_factory=list)

    @property
    def damaged(self) -> bool:
        """Whether more than the last line is not as it was written."""
        return self.lines > 1


def read_journal(path: Path) -> JournalContent:
    """All that can be read; nothing when there is no file."""
    found = JournalContent()
    try:
        with path.open("rb") as file:
            for line in file:
                event = _event(line)
                last = found.later[-1]["seq"] if found.later else len(found.events)
                if not found.lines and event is not None and event["seq"] == last + 1:
                    found.events.append(event)
                    found.size += len(line)
                    continue
                found.lines += 1
                if event is not None and event["seq"] > last:
                    found.later.append(event)
    except FileNotFoundError:
        pass
    return found


def damaged_copy(path: Path) -> Path:
    """Where a damaged journal of this path and of its present size is kept."""
    return path.with_name(f"{path.name}.damaged-{path.stat().st_size}")


def read_events(path: Path) -> list[EventDict]:
    """The whole events up to the first damage; none when there is no file."""
    return read_journal(path).events


def parse_event(line: bytes, number: int) -> Event:
    """The event in a line of a journal; EventError names the line and the field."""
    try:
        event = _LINE.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        # The first place is the kind of the event, where that is known.
        place = ".".join(str(part) for part in first["loc"][1:])[:80]
        what = f"{place}: {first['msg']}" if place else str(first["msg"])
        reason = on_one_line(what)[:200]
        raise EventError(f"line {number:,} cannot be read ({reason}).") from None
    missing = {"seq", "time"} - event.model_fields_set
    if missing:
        raise EventError(f"line {number:,} cannot be read ({min(missing)}: Field required).")
    if event.seq != number:
        raise EventError(f"line {number:,} has seq {event.seq}; expected {number}.")
    return event


def _event(line: bytes) -> EventDict | None:
    """The event in a line, None when it is not whole."""
    try:
        event = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("seq"), int):
        return None
    for name, (types, values) in _NEEDED.get(str(event.get("kind")), _ALWAYS).items():
        if name not in event or not isinstance(event[name], types):
            return None
        if values and event[name] not in values:
            return None
    return event


_Check = tuple[tuple[type, ...], frozenset[Any]]
"""The types that a field may have in JSON, and its values where only some are possible."""


def _needed(model: type[JournalEvent]) -> dict[str, _Check]:
    """What a line must have for a search to go on from it, by field."""
    marked = {n: f.annotation for n, f in model.model_fields.items() if NEEDED in f.metadata}
    return {**_ALWAYS, **{name: _check(annotation) for name, annotation in marked.items()}}


def _check(annotation: Any) -> _Check:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _check(arguments[0])
    if origin in (Union, UnionType):
        checks = [_check(argument) for argument in arguments]
        return tuple(t for types, _ in checks for t in types), frozenset()
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return (str,), frozenset(annotation)
    return (int, float) if annotation is float else (origin or annotation,), frozenset()


_ALWAYS: dict[str, _Check] = {"kind": ((str,), frozenset()), "time": ((int, float), frozenset())}
_NEEDED = {kind: _needed(model) for kind, model in EVENTS.items()}
_LINE: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
