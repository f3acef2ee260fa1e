"""What columns become is the same number for number in the exported model, saved and loaded."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import TargetEncoder

from tuning_core.datasets import TargetScale
from tuning_core.datasets.columns import TablePreprocessing, fit_table, plan_columns
from tuning_core.datasets.columns.categories import shrunk_means
from tuning_core.models import build_model, coded_rows, raw_model, table_inputs

WORDS = {
    "english": ["The", "good,bad", "day!", "don't", "a", "Dog-house", "42", "see"],
    "german": ["Über", "über", "größer", "„Haus“", "Straße", "der", "Tag"],
    "russian": ["Хороший", "хороший", "день", "и", "ночь", "—", "дом"],
    "chinese": ["今天天气很好", "我们去公园", "明天下雨。", "很好", "公园"],
}


def rows(size: int = 400) -> pd.DataFrame:
    random = np.random.RandomState(0)
    frame: dict[str, object] = {}
    for language, words in WORDS.items():
        joined = "" if language == "chinese" else " "
        texts = [joined.join(random.choice(words, random.randint(1, 12))) for _ in range(size)]
        frame[language] = pd.Categorical([text if n % 17 else None for n, text in enumerate(texts)])
    town = np.minimum(random.geometric(0.01, size), 240)
    frame["town"] = pd.Categorical([f"t{n}" if n % 7 else None for n in town])
    frame["kind"] = pd.Categorical(random.choice(["a", "b"], size))
    day = 15_000 + random.randint(0, 1_500, size).astype(float)
    frame["day"] = np.where(random.rand(size) < 0.1, np.nan, day)
    frame["moment"] = 19_000 + random.randint(0, 40, size) + random.rand(size)
    frame["amount"] = np.where(random.rand(size) < 0.2, np.nan, random.normal(50, 20, size))
    return pd.DataFrame(frame)


@pytest.fixture(scope="module")
def fitted() -> tuple[pd.DataFrame, TablePreprocessing]:
    frame = rows()
    forms = {"day": "%Y-%m-%d", "moment": "%Y-%m-%d %H:%M"}
    y = frame["amount"].fillna(0).to_numpy() + frame["town"].cat.codes.to_numpy()
    plans = plan_columns(frame, list(WORDS), extended=True, date_forms=forms)
    fitted = fit_table(frame.iloc[:300], plans, y[:300])
    assert fitted.width == sum(plan.width for plan in plans)
    assert {p.name: (p.gaps, p.periods) for p in plans if p.kind == "number"} == {
        "day": (True, (7.0, 365.25)),
        "moment": (False, (1.0, 7.0)),
        "amount": (True, ()),
    }
    return frame, fitted


def encoded_by(model: keras.Model, rows: object) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(rows))


def test_the_exported_model_encodes_columns_as_the_search_did(
    fitted: tuple[pd.DataFrame, TablePreprocessing], tmp_path: Path
) -> None:
    frame, pre = fitted
    core = build_model({"layers": 0}, pre.width, 1, "regression", 0)
    kernel, bias = core.get_weights()
    expected = pre.apply(frame) @ kernel + bias
    raw_model(core, pre, TargetScale()).save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    said = encoded_by(loaded, table_inputs(pre, frame))
    np.testing.assert_allclose(said, expected, rtol=1e-5, atol=1e-5)
    coded = raw_model(core, pre, TargetScale(), coded=True)
    said = encoded_by(coded, coded_rows(pre, frame))
    np.testing.assert_allclose(said, expected, rtol=1e-5, atol=1e-5)


def test_means_of_many_categories_are_those_of_scikit_learn() -> None:
    random = np.random.RandomState(1)
    numbers, answers = random.randint(0, 40, 500), random.normal(0, 1, (500, 1))
    encoder = TargetEncoder(target_type="continuous").fit(numbers[:, None], answers[:, 0])
    expected = encoder.transform(np.arange(-1, 41)[:, None])
    found = shrunk_means(numbers, answers, 41)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
