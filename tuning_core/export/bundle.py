"""The zip of a study: its best model and all that explains it."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tuning_core.export.card import model_card
from tuning_core.export.model import MODEL, best_model, save_model
from tuning_core.spec import StudySpec

BUNDLE = "bundle.zip"
_PACKAGES = ("keras", "tensorflow", "numpy")


def export_bundle(
    study_dir: Path, spec: StudySpec, home: Path, history_rows: Sequence[Mapping[str, Any]]
) -> Path:
    """Writes ``bundle.zip`` in one step; returns its path. Raises ExportError.

    ``history_rows`` become ``history.csv``: one row per epoch of a trial, with the columns in
    the order in which they first appear.
    """
    model, meta = best_model(study_dir, spec, home)
    path = study_dir / BUNDLE
    temporary = path.with_name(f"{BUNDLE}.{os.getpid()}.tmp")
    try:
        with tempfile.TemporaryDirectory(dir=study_dir) as folder:
            saved = save_model(model, Path(folder) / MODEL)
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(saved, MODEL)
                archive.writestr("spec.json", spec.to_json())
                archive.writestr("config.json", _json(meta["config"]))
                archive.writestr("history.csv", _csv(history_rows))
                archive.writestr("requirements.txt", _requirements())
                archive.writestr("MODEL_CARD.md", model_card(model, meta, spec))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, sort_keys=True, allow_nan=False) + "\n"


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _requirements() -> str:
    return "".join(f"{package}=={version(package)}\n" for package in _PACKAGES)
