"""A study file as Export writes it, in parts that tests can change."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tuning_core.catalog.hyperparameters import in_effect
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec
from tuning_core.study_export.archive.members import ArchiveError

SPEC: dict[str, Any] = {
    "name": "from afar",
    "dataset": {"id": "iris"},
    "space": {"units": {"low": 8, "high": 64}},
    "budget": {"trials": 3, "epochs": 2},
}
CONFIGS = [{**parse_spec(SPEC).search_space.complete({"units": units})} for units in (8, 16)]


def events(status: str | None = "finished") -> list[dict[str, Any]]:
    """Two trials of two epochs; without a ``status`` the study still runs its third."""
    told: list[dict[str, Any]] = [
        {"kind": "study_started", "pid": 1, "device": "CPU", "versions": {"keras": "3"},
         "resumed": False, "rows": {"train": 105}, "elapsed": 0.0}
    ]  # fmt: skip
    for number, config in enumerate(CONFIGS, 1):
        told.append(started(number, config))
        told += [
            {"kind": "epoch", "trial": number, "execution": 1, "epoch": epoch,
             "metrics": {"loss": 0.5, "val_loss": None, "val_accuracy": 0.1 * number},
             "seconds": 0.01}
            for epoch in (1, 2)
        ]  # fmt: skip
        execution = {"execution": 1, "status": "completed", "score": 0.1 * number,
                     "best_epoch": 2, "epochs": 2}  # fmt: skip
        told.append(
            {"kind": "trial_ended", "trial": number, "status": "completed", "score": 0.1 * number,
             "best_epoch": 2, "best_execution": 1, "epochs": 2, "seconds": 0.1, "parameters": 99,
             "executions": [execution], "message": ""}
        )  # fmt: skip
    if status is None:
        told.append(started(3, {**CONFIGS[0], "units": 32}))
    else:
        told.append(
            {"kind": "study_ended", "status": status, "reason": "trials", "message": "Done.",
             "seconds": 1.0}
        )  # fmt: skip
    return [{"seq": n, "time": 1000.0 + n, **event} for n, event in enumerate(told, 1)]


def started(number: int, config: Mapping[str, Any]) -> dict[str, Any]:
    """The start of a trial."""
    return {"kind": "trial_started", "trial": number, "config": dict(config), "parent": None,
            "epochs": 2, "initial_epoch": 0, "bracket": None, "round": None, "seed": number,
            "suggested_in": 0.0}  # fmt: skip


def weights(meta: Mapping[str, Any] | None = None, **arrays: Any) -> bytes:
    """``best.npz`` of the second trial; ``arrays`` replace its only one."""
    arrays = arrays or {"weights_0": np.ones((3, 4), np.float32)}
    told = {
        "trial": 2,
        "execution": 1,
        "config": in_effect(CONFIGS[1], "mlp"),
        "score": 0.2,
        "best_epoch": 2,
        "seed": 2,
        "groups": {"weights": len(arrays)},
        **(meta or {}),
    }
    file = io.BytesIO()
    np.savez(file, meta=np.frombuffer(json.dumps(told).encode(), np.uint8), **arrays)
    return file.getvalue()


def lines(told: list[dict[str, Any]]) -> bytes:
    """Events as a journal."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in told)


def parts(**changed: bytes | None) -> dict[str, bytes]:
    """The members of a good file by name; ``changed`` ones are named without their ending."""
    manifest = {"format": "tunescape-study", "version": 1, "id": "abcd1234", "name": "From afar",
                "status": "finished", "created": 1.0, "exported": 1_700_000_000.0}  # fmt: skip
    members: dict[str, bytes | None] = {
        "study.json": json.dumps(manifest).encode(),
        "spec.json": json.dumps(SPEC).encode(),
        "events.jsonl": lines(events()),
        "best.npz": weights(),
    }
    for name, content in changed.items():
        full = next((known for known in members if known.startswith(f"{name}.")), f"{name}.json")
        members[full] = content
    return {name: content for name, content in members.items() if content is not None}


def packed(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """The members as a study file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def left_behind(manager: Manager) -> list[Any]:
    """Studies, their folders, and what lies in the trash."""
    home = manager.home
    return [
        *manager.store.studies(),
        *home.studies.iterdir(),
        *(home.trash.iterdir() if home.trash.exists() else ()),
    ]


def refused(manager: Manager, file: io.BytesIO) -> str:
    """The one sentence that refuses a file, of which nothing stays."""
    with pytest.raises(ArchiveError) as caught:
        manager.archive.import_study(file)
    assert left_behind(manager) == []
    words = str(caught.value)
    assert words.isprintable()
    assert len(words) < 500
    return words


def changed(line: int, /, **fields: Any) -> bytes:
    """A good journal but for some fields of one event; ``...`` takes a field away."""
    told = events()
    told[line - 1] = {k: v for k, v in {**told[line - 1], **fields}.items() if v is not ...}
    return lines(told)
