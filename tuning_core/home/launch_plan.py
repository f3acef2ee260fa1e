"""What was expected of a study when it was launched, kept beside it to compare with what came."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tuning_core.files import write_whole
from tuning_core.planning.estimate import Estimate
from tuning_core.spec.plan import Plan


@dataclass(frozen=True)
class Planned:
    """The plan at the launch; ``estimate`` is None where nothing had been measured."""

    plan: Plan
    estimate: Estimate | None = None


_PLANNED = TypeAdapter(Planned)


def write_planned(path: Path, planned: Planned) -> None:
    """Keep the plan; raises OSError."""
    write_whole(path, json.dumps(asdict(planned)))


def read_planned(path: Path) -> Planned | None:
    """The kept plan; None when there is none that can be read."""
    try:
        return _PLANNED.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
