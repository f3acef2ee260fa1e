"""What an epoch of a model reports, and how the model is trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.own_models.conftest import Written
from tuning_core.own_models.describing import describe
from tuning_core.own_models.errors import OwnModelError
from tuning_core.own_models.loading import load_model

EXAMPLES = Path(__file__).parents[2] / "examples" / "own"
DATA = """
def load_data():
    x, y = np.random.rand(40, 3).astype("float32"), np.arange(40)[:, None] % 2
    return (x, y), (x[:9], y[:9])
"""


def model_of(compiled: str, layers: str = "", last: str = "keras.layers.Dense(1)") -> str:
    return f"""
{DATA}
def build_model(hp):
    hp.Int("units", 1, 4)
    model = keras.Sequential([keras.Input((3,)), {layers} {last}])
    model.compile("adam", {compiled})
    return model
"""


def test_the_metrics_of_an_epoch_have_directions(written: Written) -> None:
    found = describe(
        written(
            model_of(
                '"mse", metrics=["mae", keras.metrics.R2Score(name="fit"), keras.metrics.AUC(),'
                "keras.metrics.F1Score(), keras.metrics.FalsePositives(name='alarms')]"
            )
        )
    )
    training = {"loss": "min", "mae": "min", "fit": "max", "auc": "max", "f1_score": "max"}
    training["alarms"] = "min"
    assert found.metrics == training | {f"val_{name}": way for name, way in training.items()}
    assert (found.task, found.trained_by) == ("regression", "compiled")
    assert (found.rows, found.validation_rows, found.test_rows, found.shape) == (40, 9, 0, (3,))


def test_a_loop_of_ones_own_is_described_by_what_it_tells_the_callbacks() -> None:
    own = load_model(EXAMPLES / "custom_loop.py", "CustomLoop")
    found = describe(own)
    assert found.metrics == {"val_my_loss": "min"}
    assert list(found.declared) == ["units", "batch_size", "learning_rate"]
    assert found.trained_by == (
        "Trained by model.fit, since the fit of CustomLoop says itself how it is trained."
    )


def test_what_fit_declares_is_found() -> None:
    found = describe(load_model(EXAMPLES / "dense.py", "DenseModel"))
    assert found.declared["batch_size"].choices == [16, 32, 64]
    assert found.declared["shuffle"].kind == "boolean"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (model_of('"mse"', last="keras.layers.Dense(2)") + "del load_data", "has no load_data()"),
        (model_of("wrong_loss"), "model.py:11: NameError: name 'wrong_loss' is not defined"),
        (
            model_of('"sparse_categorical_crossentropy"', "keras.layers.Reshape((9,)),"),
            "build_model failed: model.py:10: ValueError: ",
        ),
        (model_of("lambda y, p: undefined(p)"), "model.py:11: NameError: name 'undefined' is not"),
    ],
)
def test_a_model_that_cannot_be_trained_is_told_with_its_line(
    written: Written, text: str, sentence: str
) -> None:
    with pytest.raises(OwnModelError) as caught:
        describe(written(text))
    assert sentence in str(caught.value)
