"""The examples are what Keras Tuner takes: it searches each of them unchanged."""

from __future__ import annotations

import importlib
from pathlib import Path

import keras_tuner
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "own"
MODELS = {
    "dense.py:DenseModel": "val_accuracy",
    "custom_loop.py:CustomLoop": "val_my_loss",
    "pictures.py:build_model": "val_accuracy",
}


@pytest.mark.parametrize("model", MODELS)
def test_keras_tuner_searches_an_example(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    file, _, name = model.partition(".py:")
    module = importlib.import_module(file)
    declared = getattr(module, name)
    (x, y), (validation_x, validation_y), _ = module.load_data()
    objective = MODELS[model]
    tuner = keras_tuner.RandomSearch(
        declared() if isinstance(declared, type) else declared,
        objective=keras_tuner.Objective(objective, "min" if "loss" in objective else "max"),
        max_trials=1,
        directory=tmp_path,
        seed=1,
    )
    tuner.search(x[:64], y[:64], validation_data=(validation_x[:32], validation_y[:32]), epochs=1)
    [trial] = tuner.oracle.get_best_trials()
    assert trial.score is not None
    assert "Traceback" not in capsys.readouterr().out
