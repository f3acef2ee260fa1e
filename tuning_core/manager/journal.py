"""Reading a study's journal: the truth, from which the store can be refilled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_events(path: Path) -> list[dict[str, Any]]:
    """All complete events of the journal in order; empty when there is no journal.

    Reading ends at a line that is not the next whole event: what a kill or a power cut tore,
    which the worker cuts off when it resumes.
    """
    events: list[dict[str, Any]] = []
    try:
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                try:
                    event = json.loads(line)
                except ValueError:
                    break
                if not isinstance(event, dict) or event.get("seq") != len(events) + 1:
                    break
                events.append(event)
    except FileNotFoundError:
        pass
    return events
