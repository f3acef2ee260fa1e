"""Reading a journal, ``events.jsonl``: one event a line, numbered from 1 without a gap."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuning_core.catalog import StudyStatus, TrialStatus

Event = dict[str, Any]

_FIELDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "study_started": {"elapsed": (int, float)},
    "trial_started": {
        "trial": int,
        "config": dict,
        "epochs": int,
        "initial_epoch": int,
        **dict.fromkeys(("parent", "bracket", "round"), (int, type(None))),
        "suggested_in": (int, float),
    },
    "epoch": {"trial": int, "execution": int, "epoch": int, "metrics": dict},
    "trial_ended": {"trial": int, "status": str, "score": (int, float, type(None))},
    "study_ended": {"status": str, "seconds": (int, float)},
    "edited": {"edit": str},
}
"""What an event must have for a search to go on from it, by its kind."""

_STATUSES: dict[str, set[str]] = {
    "trial_ended": set(TrialStatus),
    "study_ended": set(StudyStatus),
}


@dataclass
class JournalContent:
    """What a journal has: its whole ``events`` up to the first damage, ``size`` bytes of them.

    Of ``lines`` behind them, ``later`` are whole events all the same. A last line that a kill has
    torn is no damage.
    """

    events: list[Event] = field(default_factory=list)
    size: int = 0
    lines: int = 0
    later: list[Event] = field(default_factory=list)

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


def read_events(path: Path) -> list[Event]:
    """The whole events up to the first damage; none when there is no file."""
    return read_journal(path).events


def _event(line: bytes) -> Event | None:
    """The event in a line, None when it is not whole."""
    try:
        event = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("seq"), int):
        return None
    kind = str(event.get("kind"))
    for name, types in {"kind": str, "time": (int, float), **_FIELDS.get(kind, {})}.items():
        if name not in event or not isinstance(event[name], types):
            return None
    if kind in _STATUSES and event["status"] not in _STATUSES[kind]:
        return None
    return event
