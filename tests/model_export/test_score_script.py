"""The score.py of a bundle says what the app says, without the app."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.datasets.json_lines import cars, register
from tests.model_export.trained import (
    alone,
    exported_bundle,
    exported_model,
    finished,
    scored_table,
)
from tuning_core.datasets import load_rows, prepare, resolve, store_upload
from tuning_core.datasets.tables.uploads import table_path
from tuning_core.model_export.score_script import score_script
from tuning_core.model_export.script import packages
from tuning_core.spec.study import parse_spec

CASES: dict[str, dict[str, Any]] = {
    "classes of mixed columns": {"target": "sold"},
    "numbers alone": {"target": "price", "columns": {"colour": "ignore", "day": "ignore"}},
}


def table(rows: int) -> str:
    """Numbers with a decimal comma, texts, dates, and values that are missing."""
    rng = random.Random(4)
    lines = ["age;price;colour;day;doors;sold"]
    for _ in range(rows):
        age = rng.randint(0, 20)
        price = f"{rng.random() * 900:.1f}".replace(".", ",")
        colour = rng.choice(("red", "grün", '"a ""b"""', "NA", '"a;=1+1"', "@b"))
        age_given = age if rng.random() > 0.1 else ""
        cells = (age_given, price, colour, f"{rng.randint(1, 28):02}.03.2024", rng.choice((3, 5)))
        lines.append(";".join(map(str, (*cells, "yes" if age < 8 else "no"))))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", CASES)
def test_the_script_of_a_bundle_scores_as_the_app_does(case: str, tmp_path: Path) -> None:
    rows = table(150).encode()
    identity = store_upload(rows, tmp_path, "cars.csv")
    dataset = {"id": identity, **CASES[case]}
    document = {
        "dataset": dataset,
        "space": {"learning_rate": 0.01, "layers": 1, "units": 8},
        "budget": {"trials": 1, "epochs": 3},
    }
    spec = parse_spec(resolve(document, tmp_path))
    finished(tmp_path, spec)
    ours = pd.read_csv(scored_table(tmp_path, spec, _file(tmp_path, identity)))
    folder = tmp_path / "bundle"
    folder.mkdir()
    exported_model(tmp_path, spec).rename(folder / "model.keras")
    forms = load_rows(spec.dataset, tmp_path).date_forms
    script = score_script(spec, prepare(spec.dataset, tmp_path), forms)
    (folder / "score.py").write_text(script)
    assert any(line.startswith("pandas==") for line in packages([script]))
    (folder / "rows.csv").write_bytes(rows)
    assert alone(folder, "score.py", "rows.csv") == "150 rows scored: predictions.csv\n"
    theirs = pd.read_csv(folder / "predictions.csv")
    assert {"'@b", "a;'=1+1"} <= set(theirs["colour"])
    assert {"'@b", "a;'=1+1"} <= set(ours["colour"])
    assert list(theirs["price"]) == [line.split(";")[1] for line in table(150).splitlines()[1:]]
    assert list(theirs.columns) == list(ours.columns)
    for name in theirs.columns[6:]:
        if name.startswith("predicted") and dataset["target"] == "sold":
            assert list(theirs[name]) == list(ours[name])
        else:
            assert theirs[name].to_numpy() == pytest.approx(ours[name].to_numpy(), rel=1e-4)


def _file(home: Path, identity: str) -> Path:
    return home / "data" / "uploads" / f"{identity.removeprefix('upload:')}.csv"


def test_a_table_of_another_reader_is_scored_in_the_app_and_by_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch)
    identity = store_upload(cars(), tmp_path, "cars.jsonl")
    document = {
        "dataset": {"id": identity, "target": "sold"},
        "space": {"learning_rate": 0.01, "layers": 1, "units": 8},
        "budget": {"trials": 1, "epochs": 3},
    }
    spec = parse_spec(resolve(document, tmp_path))
    finished(tmp_path, spec)
    ours = pd.read_csv(scored_table(tmp_path, spec, table_path(identity, tmp_path)))
    folder = tmp_path / "bundle"
    folder.mkdir()
    with zipfile.ZipFile(exported_bundle(tmp_path, spec, [])) as archive:
        archive.extractall(folder)
    assert "score.py ROWS.jsonl" in (folder / "MODEL_CARD.md").read_text()
    assert "train.py TABLE.jsonl" in (folder / "train.py").read_text()
    (folder / "rows.jsonl").write_bytes(cars())
    for script in ("score.py", "train.py"):
        alone(folder, script, "rows.jsonl")
    theirs = pd.read_csv(folder / "predictions.csv")
    assert list(theirs.columns) == list(ours.columns)
    np.testing.assert_allclose(theirs["probability of yes"], ours["probability of yes"], atol=1e-5)
