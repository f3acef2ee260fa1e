"""Numbers with a large offset or an odd size: the exported model says what the search scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.model_export.trained import alone, exported_model, finished, scored_table
from tuning_core.datasets import prepare, resolve
from tuning_core.datasets import test_part as untouched_part
from tuning_core.model_export import SearchSummary, evaluate_test
from tuning_core.model_export.card import model_card
from tuning_core.model_export.evaluation import predict
from tuning_core.model_export.model import best_model_and_data
from tuning_core.model_export.score_script import score_script
from tuning_core.models import build_model
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.training import load_best

ROWS = 200
STEPS = np.arange(ROWS)
NOISE = np.random.RandomState(0).normal(0, 0.02, ROWS)
COLUMNS = {
    "epoch milliseconds": 1_700_000_000_000 + 1_000 * STEPS + STEPS % 3,
    "a long id": 900_719_925_474_099 + STEPS,
    "a large offset": 123_456_789.0 + STEPS / ROWS,
    "masses of planets": 1e40 * (1 + STEPS / ROWS),
    "a charge in coulombs": 1.6e-19 * (1 + STEPS / ROWS),
    "hardly above nothing": 1e-40 * (1 + STEPS / ROWS),
}
ALONE = """
import keras, numpy as np, sys
model = keras.saving.load_model("model.keras")
keras.config.set_floatx("float64")
rows = np.load("rows.npy")
np.save("said.npy", np.hstack([model.predict(rows, verbose=0), np.array(model(rows))]))
"""


def study(folder: Path, values: np.ndarray, y: np.ndarray, word: bool = False) -> StudySpec:
    """A trained study whose target follows one column; with ``word`` one of texts beside it."""
    frame = pd.DataFrame({"value": values, "y": y})
    if word:
        frame.insert(0, "word", np.where(STEPS % 2, "odd", "even"))
    frame.to_csv(folder / "rows.csv", index=False)
    dataset = {"id": f"csv:{folder / 'rows.csv'}", "target": "y", "task": "regression"}
    document = {
        "dataset": {**dataset, "columns": {"value": "number"}},
        "space": {"learning_rate": 0.02, "units": 16, "activation": "tanh"},
        "budget": {"trials": 1, "epochs": 40},
    }
    return parse_spec(resolve(document, folder, local_files=True), local_files=True)


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("word", [False, True], ids=["alone", "beside a text"])
def test_a_column_of_any_magnitude_reaches_the_test_part(
    kind: str, word: bool, tmp_path: Path
) -> None:
    spec = study(tmp_path, COLUMNS[kind], np.sin(STEPS / 30) + NOISE, word)
    finished(tmp_path, spec)
    model, meta, data = best_model_and_data(tmp_path / "best.npz", spec, tmp_path)
    part = untouched_part(spec.dataset, tmp_path)
    core = build_model(meta["config"], data.row_shape, 1, "regression", 0)
    core.set_weights(load_best(tmp_path / "best.npz")[0])
    searched = np.array(core(data.preprocessing.apply(part.x_raw))) * data.target.std
    searched += data.target.mean
    np.testing.assert_allclose(predict(model, part.x_raw, data), searched, rtol=1e-3, atol=1e-3)
    assert evaluate_test(tmp_path / "best.npz", spec, tmp_path)["r2"] > 0.8


def test_a_target_with_a_large_offset_comes_back_whole(tmp_path: Path) -> None:
    spec = study(tmp_path, STEPS / ROWS, 1.7e12 + 1_000 * (np.sin(STEPS / 30) + NOISE))
    finished(tmp_path, spec)
    assert evaluate_test(tmp_path / "best.npz", spec, tmp_path)["r2"] > 0.8
    said = pd.read_csv(scored_table(tmp_path, spec, tmp_path / "rows.csv"))
    assert np.corrcoef(said["predicted y"], said["y"])[0, 1] > 0.9


@pytest.mark.parametrize("word", [False, True], ids=["alone", "beside a text"])
def test_the_model_and_the_script_of_a_bundle_keep_large_offsets(
    word: bool, tmp_path: Path
) -> None:
    values = COLUMNS["epoch milliseconds"]
    spec = study(tmp_path, values, np.sin(STEPS / 30) + NOISE, word)
    finished(tmp_path, spec)
    data = prepare(spec.dataset, tmp_path)
    ours = pd.read_csv(scored_table(tmp_path, spec, tmp_path / "rows.csv"))
    exported_model(tmp_path, spec)
    (tmp_path / "score.py").write_text(score_script(spec, data, {}))
    alone(tmp_path, "score.py", "rows.csv", "alone.csv")
    theirs = pd.read_csv(tmp_path / "alone.csv")
    np.testing.assert_allclose(theirs["predicted y"], ours["predicted y"], rtol=1e-3, atol=1e-3)
    assert np.corrcoef(ours["predicted y"], ours["y"])[0, 1] > 0.9
    model, meta, data = best_model_and_data(tmp_path / "best.npz", spec, tmp_path)
    card = model_card(model, meta, spec, data, SearchSummary())
    assert 'keras.config.set_floatx("float64")' in card
    assert "in double precision" in card
    if word:
        return
    np.save(tmp_path / "rows.npy", values[:, None].astype(float))
    alone(tmp_path, "-c", ALONE)
    said = np.load(tmp_path / "said.npy")
    np.testing.assert_allclose(said[:, 0], ours["predicted y"], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(said[:, 1], said[:, 0], rtol=1e-4, atol=1e-5)
