"""The zip of a study: its best model and all that explains it."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tuning_core.datasets import PreparedData, load_rows
from tuning_core.model_export import script
from tuning_core.model_export.card import model_card
from tuning_core.model_export.model import MODEL, best_model_and_data, save_model
from tuning_core.model_export.score_script import NAME, score_script
from tuning_core.model_export.script.loading import INSURANCE
from tuning_core.model_export.script.told import Told
from tuning_core.model_export.verification import verify
from tuning_core.spec.study import StudySpec

BUNDLE = "bundle.zip"


def export_bundle(
    study_dir: Path,
    spec: StudySpec,
    home: Path,
    history_rows: Sequence[Mapping[str, Any]],
    told: Told | None = None,
) -> Path:
    """Writes ``bundle.zip`` in one step; returns its path. Raises ExportError.

    ``history_rows`` become ``history.csv``: one row per epoch of a trial, with the columns in
    the order in which they first appear. ``told`` is what else is known of the search. The zip
    is only there once its model, loaded in a clean process, answered as the one in memory.
    """
    model, meta, data = best_model_and_data(study_dir, spec, home)
    path = study_dir / BUNDLE
    temporary = path.with_name(f"{BUNDLE}.{os.getpid()}.tmp")
    texts = _texts(spec, meta, data, home, told or Told())
    texts["history.csv"] = _csv(history_rows)
    texts["MODEL_CARD.md"] = model_card(model, meta, spec, data, told or Told())
    try:
        with tempfile.TemporaryDirectory(dir=study_dir) as folder:
            saved = save_model(model, Path(folder) / MODEL)
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(saved, MODEL)
                for name, text in texts.items():
                    archive.writestr(name, text)
        verify(temporary, model, spec, data, home)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _texts(
    spec: StudySpec, meta: Mapping[str, Any], data: PreparedData, home: Path, told: Told
) -> dict[str, str]:
    scripts = {script.NAME: script.train_script(spec, meta, data, home, told)}
    raw = load_rows(spec.dataset, home)
    if data.info.kind == "table":
        scripts[NAME] = score_script(spec, data, raw.date_forms)
    texts = {
        **scripts,
        "spec.json": spec.to_json(),
        "config.json": json.dumps(meta["config"], indent=2, sort_keys=True, allow_nan=False) + "\n",
        "requirements.txt": "\n".join(script.packages(scripts.values())) + "\n",
    }
    if data.info.id == "insurance":
        assert isinstance(raw.x, pd.DataFrame)
        texts[INSURANCE] = raw.x.assign(**{raw.info.target: raw.y}).to_csv(index=False)
    return texts


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
