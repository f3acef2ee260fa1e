"""Texts, many categories, gaps and dates: alike in the search, the model, scripts and formats."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.model_export.test_train_script import check_rows, rows_of, script_of
from tests.model_export.trained import alone, exported_model, finished, scored_table
from tuning_core.catalog.model_formats import MODEL_FORMATS
from tuning_core.datasets import load_rows, prepare, resolve
from tuning_core.datasets.columns import TablePreprocessing
from tuning_core.model_export.bundle import export_bundle
from tuning_core.model_export.formats import PREPARATION
from tuning_core.model_export.score_script import score_script
from tuning_core.spec.study import StudySpec, parse_spec

WORDS = (
    *("the", "A", "cat,", "dog!", "über", "Über", "дом", "хороший", "it's", "green-ish", "42"),
    *("see", "saw", "never"),
)


def table(path: Path, rows: int = 260) -> Path:
    """Texts in three languages, 160 towns, dates with gaps, an amount and classes."""
    rng = random.Random(3)
    lines = []
    for number in range(rows):
        words = [rng.choice(WORDS) for _ in range(rng.randint(5, 14))]
        town = rng.randint(0, 159)
        day = pd.Timestamp("2023-01-01") + pd.Timedelta(days=rng.randint(0, 800))
        amount = 10 + words.count("never") * 5 + town / 10 + 3 * (day.weekday() > 4)
        lines.append(
            {
                "review": " ".join(words) if number % 13 else "",
                "town": f"town {town}" if number % 19 else "",
                "day": f"{day:%Y-%m-%d}" if number % 11 else "",
                "size": f"{rng.gauss(10, 3):.2f}" if number % 7 else "",
                "class": "high" if amount > 18 else "low",
                "amount": f"{amount:.2f}",
            }
        )
    pd.DataFrame(lines).to_csv(path, index=False)
    return path


def spec_of(path: Path, target: str, **more: Any) -> StudySpec:
    other = {"class": "amount", "amount": "class"}[target]
    kinds = {"town": "category", other: "ignore"}
    document = {
        "dataset": {"id": f"csv:{path}", "target": target, "columns": kinds},
        "space": {"learning_rate": 0.01, "units": 8},
        "budget": {"trials": 1, "epochs": 3},
        **more,
    }
    return parse_spec(resolve(document, path.parent, local_files=True), local_files=True)


@pytest.mark.parametrize("target", ["amount", "class"])
def test_a_script_makes_of_columns_what_the_study_did(target: str, tmp_path: Path) -> None:
    path = table(tmp_path / "reviews.csv")
    spec = spec_of(path, target)
    assert spec.dataset.columns is not None
    assert spec.dataset.columns["review"] == "text"
    pre = prepare(spec.dataset, tmp_path).preprocessing
    assert isinstance(pre, TablePreprocessing)
    widths = {column.name: column.width for column in pre.columns}
    assert widths == {"review": widths["review"], "town": 102, "day": 6, "size": 2}
    assert widths["review"] > 50
    names = rows_of(script_of(spec, tmp_path), str(path))
    check_rows(spec, tmp_path, names)
    data = prepare(spec.dataset, tmp_path)
    texts = slice(0, widths["review"])
    for rows, part in ((names["train"], data.train), (names["validation"], data.validation)):
        mine = names["inputs"][rows]
        np.testing.assert_allclose(mine[:, texts], part.x[:, texts], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(mine[:, -8:], part.x[:, -8:], rtol=1e-5, atol=1e-5)


def test_a_model_of_texts_scores_alike_in_the_app_its_script_and_onnx(tmp_path: Path) -> None:
    path = table(tmp_path / "reviews.csv")
    spec = spec_of(path, "amount")
    finished(tmp_path, spec)
    ours = pd.read_csv(scored_table(tmp_path, spec, path))["predicted amount"].to_numpy()
    bundle = export_bundle(
        *(tmp_path / "best.npz", tmp_path / "bundle.zip", spec, tmp_path, []),
        known=MODEL_FORMATS["onnx"],
    )
    with zipfile.ZipFile(bundle) as archive:
        columns = json.loads(archive.read(PREPARATION))["columns"]
        card = archive.read("MODEL_CARD.md").decode()
    assert [sorted({*column} - {"name"}) for column in columns] == [
        ["counts", "terms"],
        ["anything_else", "codes"],
        ["missing", "unit"],
        ["missing"],
    ]
    for words in ("pairs of words", "empirical Bayes", "365.25", "1 where a value is missing"):
        assert words in card
    (folder := tmp_path / "alone").mkdir()
    exported_model(tmp_path, spec).rename(folder / "model.keras")
    forms = load_rows(spec.dataset, tmp_path).date_forms
    (folder / "score.py").write_text(
        score_script(spec, prepare(spec.dataset, tmp_path), forms), encoding="utf-8"
    )
    alone(folder, "score.py", str(path))
    theirs = pd.read_csv(folder / "predictions.csv")["predicted amount"].to_numpy()
    np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-5)


def test_a_spec_that_was_recorded_before_means_what_it_meant(tmp_path: Path) -> None:
    path = table(tmp_path / "reviews.csv")
    document = json.loads(spec_of(path, "amount").model_dump_json(exclude_none=True))
    del document["dataset"]["preparation"]
    document["dataset"]["columns"]["review"] = "ignore"
    again = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True)
    assert again.dataset.preparation is None
    pre = prepare(again.dataset, tmp_path).preprocessing
    assert isinstance(pre, TablePreprocessing)
    assert [column.width for column in pre.columns] == [101, 1, 1]
