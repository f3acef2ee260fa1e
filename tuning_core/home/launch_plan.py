"""What is kept of a launch: the spec, what was expected of it, whose it is, an own model's file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tuning_core.files import write_whole
from tuning_core.home.model_files import ModelFile, keep_model
from tuning_core.home.study_files import StudyFiles
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


def begin_folder(
    files: StudyFiles, document: str, user: str, planned: Planned, model: ModelFile | None
) -> None:
    """Make the folder of a new study of a ``user``. Raises OSError; SpecError as keep_model."""
    files.folder.mkdir()
    write_whole(files.spec, document)
    write_whole(files.reader, user)
    write_planned(files.plan, planned)
    if model is not None:
        keep_model(model, files)


def restore_spec(files: StudyFiles, spec: Mapping[str, Any]) -> None:
    """Write a study's spec again where somebody has taken it away; raises OSError."""
    if not files.spec.exists():
        files.folder.mkdir(exist_ok=True)
        write_whole(files.spec, json.dumps(spec, indent=2))
