"""What a model's file declares: a request that runs the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuning_core.datasets import prepare
from tuning_core.own_models.describing import ModelDescription, describe
from tuning_core.own_models.loading import load_model
from tuning_core.spec.dataset import OWN_DATA, DatasetSpec
from tuning_core.worker.pipes import Command
from tuning_core.worker.study_rows import go_to


def describe_model(command: Command) -> dict[str, Any]:
    """Answers ``describe_model``: what the model ``name`` of the file at ``path`` has.

    It is tried on the file's own data, or on that of the command's ``dataset``, as a spec has it.
    Raises OwnModelError, DataError.
    """
    path = Path(str(command["path"]))
    go_to(path.parent)
    own = load_model(path, str(command["name"]))
    dataset = command.get("dataset")
    if not isinstance(dataset, Mapping) or dataset.get("id") == OWN_DATA:
        found = describe(own)
        return {**_said(found), "data": {"title": f"Data of {path.name}", **_data(found)}}
    spec = DatasetSpec.model_validate(dataset, context={"local_files": True})
    return _said(describe(own, prepare(spec, Path(str(command["home"])))))


def _said(found: ModelDescription) -> dict[str, Any]:
    """Hyperparameters, metrics and parameters, as a spec and a page have them."""
    return {
        "declared": {
            name: each.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
            for name, each in found.declared.items()
        },
        "metrics": found.metrics,
        "trained_by": found.trained_by,
        "parameters": found.parameters,
    }


def _data(found: ModelDescription) -> dict[str, Any]:
    """What a spec says of the data of a model's file, as far as it is known."""
    rows = None if found.rows is None else found.rows + (found.validation_rows or 0)
    known = {"rows": rows, "test_rows": found.test_rows, "shape": [*found.shape] or None}
    said = {name: value for name, value in known.items() if value is not None}
    return {"task": found.task, **said}
