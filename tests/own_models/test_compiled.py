"""The compiled epoch does what ``model.fit`` does, and one trace serves models that are alike."""

from __future__ import annotations

import keras
import keras_tuner
import numpy as np
import pytest

from tests.own_models.conftest import Written
from tests.own_models.test_training import CUSTOM_STEP, OWN_FIT, STOCK, rows_of, trainer_of
from tests.own_models.watching import Watched, task_of
from tuning_core.models import derive_seed
from tuning_core.own_models.compilable import unfit
from tuning_core.own_models.compiled import signature
from tuning_core.own_models.execution import built
from tuning_core.own_models.loading import OwnModel
from tuning_core.own_models.training import OwnTrainer

ROWS = """
def load_data():
    rng = np.random.default_rng(2)
    x, y = rng.random((50, 6, 6, 1)), rng.integers(0, 3, 50)
    return (x, y), (x[:21], y[:21])
"""
RICH = f"""
{ROWS}
def build_model(hp):
    model = keras.Sequential([
        keras.Input((6, 6, 1)),
        keras.layers.Conv2D(3, 2, kernel_regularizer="l2"),
        keras.layers.BatchNormalization(),
        keras.layers.SpatialDropout2D(0.2),
        keras.layers.GRU(4) if hp.Boolean("recurrent") else keras.layers.Flatten(),
        keras.layers.Dense(3, activation="softmax"),
    ])
    rate = keras.optimizers.schedules.ExponentialDecay(0.01, 3, 0.9)
    model.compile(
        keras.optimizers.SGD(rate, momentum=0.9, clipnorm=1.0),
        "sparse_categorical_crossentropy",
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)],
    )
    return model
""".replace("keras.layers.GRU(4)", "keras.layers.GlobalMaxPooling2D()")
WITH_LAYER = (
    STOCK.replace('keras.layers.Dense(units, "relu")', "Doubled(units)")
    + """
class Doubled(keras.layers.Dense):
    def call(self, inputs):
        return 2 * super().call(inputs)
"""
)
WEIGHTED = STOCK.replace("return (x, y), (", "return (x, y, np.arange(40.0) / 20), (")


def by_fit(own: OwnModel, config: dict[str, float], epochs: int) -> list[dict[str, float]]:
    """What Keras reports of the same rows in the same order."""
    data = rows_of(own)
    seed = derive_seed(5, "execution", 1)
    model = built(own, config, data, derive_seed(seed, "weights"))
    assert data.validation is not None
    found = []
    for epoch in range(epochs):
        rng = np.random.default_rng(derive_seed(seed, "shuffle", epoch))
        rows = data.train.taken(rng.permutation(data.train.rows or 0))
        history = model.fit(
            **rows.for_fit,
            validation_data=data.validation.for_validation,
            batch_size=int(config.get("batch_size", 32)),
            shuffle=False,
            verbose=0,
        )
        found.append({name: values[-1] for name, values in history.history.items()})
    return found


@pytest.mark.parametrize(
    ("text", "config"),
    [
        (STOCK, {"units": 5, "rate": 0.01, "batch_size": 7}),
        (RICH, {"batch_size": 16}),
        (WITH_LAYER, {"units": 3, "rate": 0.1}),
        (WEIGHTED, {"units": 3, "rate": 0.1}),
    ],
    ids=["dense", "convolutions", "own layer", "weights"],
)
def test_the_compiled_epoch_equals_fit(
    written: Written, text: str, config: dict[str, float]
) -> None:
    own = written(text)
    assert unfit(own, own.build(keras_tuner.HyperParameters()), [rows_of(own)]) == ""
    watched = Watched(trainer_of(own), task_of(config, epochs=2))
    for report, expected in zip(watched.reports, by_fit(own, config, 2), strict=True):
        assert report.metrics == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        (STOCK, "build_model", ""),
        (CUSTOM_STEP, "build_model", "Mine has a train_step of its own"),
        (OWN_FIT, "Mine", "the fit of Mine says itself how it is trained"),
        (
            STOCK.replace('"mse", metrics', '"mse", run_eagerly=True, metrics'),
            "build_model",
            "the model is compiled with run_eagerly",
        ),
        (
            STOCK.replace("(x, y), (x[", "((x, x), y), ((x[:9], x[:9]), y[:9])\n    (x["),
            "build_model",
            "it has several inputs or outputs, or no targets",
        ),
    ],
)
def test_what_it_cannot_take_is_said(written: Written, text: str, name: str, reason: str) -> None:
    own = written(text, name)
    assert unfit(own, own.build(keras_tuner.HyperParameters()), [rows_of(own)]) == reason


def test_rows_that_do_not_fit_are_trained_by_fit(
    written: Written, caplog: pytest.LogCaptureFixture
) -> None:
    own = written(STOCK)
    watched = Watched(OwnTrainer(own, rows_of(own), limit=10), task_of({"rate": 0.01}, epochs=1))
    assert len(watched.reports) == 1
    assert "the rows take 0 MB, and the device has room for 0" in caplog.text


def signature_of(own: OwnModel, **values: object) -> str | None:
    hp = keras_tuner.HyperParameters()
    hp.values = values
    return signature(own.build(hp))


def test_models_are_alike_but_for_their_learning_rate(written: Written) -> None:
    own = written(STOCK)
    assert signature_of(own, rate=0.1) == signature_of(own, rate=0.2)
    assert signature_of(own, rate=0.1, units=3) != signature_of(own, rate=0.1, units=4)


@pytest.mark.parametrize(
    "changed",
    [
        ('"mse", metrics', 'keras.losses.Huber(delta=hp.Float("delta", 0.1, 1.0)), metrics'),
        ('["mae"]', '[keras.metrics.CosineSimilarity(axis=hp.Int("delta", -1, 1))]'),
    ],
)
def test_models_differ_by_what_their_losses_and_metrics_are_called_with(
    written: Written, changed: tuple[str, str]
) -> None:
    own = written(STOCK.replace(*changed))
    one = signature_of(own, rate=0.1, delta=1)
    assert one == signature_of(own, rate=0.1, delta=1)
    assert one not in (None, signature_of(own, rate=0.1, delta=0))


@pytest.mark.parametrize(
    "text",
    [
        WITH_LAYER,
        STOCK.replace('"mse", metrics', "lambda y, p: keras.ops.mean((y - p) ** 2), metrics"),
        STOCK.replace("keras.layers.Dropout(0.3)", "keras.layers.Lambda(lambda x: 2 * x)"),
        STOCK.replace("keras.layers.Dropout(0.3)", "keras.layers.Normalization()"),
        STOCK.replace('metrics=["mae"]', "metrics=[own]") + "def own(y, p): return p\n",
        CUSTOM_STEP,
    ],
)
def test_a_model_with_a_part_that_may_hold_anything_is_like_no_other(
    written: Written, text: str
) -> None:
    assert signature_of(written(text)) is None


def test_a_trace_that_serves_two_models_gives_each_its_own_numbers(written: Written) -> None:
    own = written(STOCK)
    shared = trainer_of(own)
    slow, quick = {"units": 6, "rate": 0.001}, {"units": 6, "rate": 0.1}
    found = [Watched(shared, task_of(config, epochs=2)) for config in (slow, quick, slow)]
    assert found[0].losses == found[2].losses
    for watched, config in zip(found[:2], (slow, quick), strict=True):
        assert watched.losses == pytest.approx(
            [metrics["loss"] for metrics in by_fit(own, config, 2)], rel=1e-5
        )
    weights = found[1].outcome.executions[0].best_weights
    model = own.build(keras_tuner.HyperParameters.from_config({"space": [], "values": quick}))
    model.set_weights(weights)
    data = rows_of(own)
    assert data.validation is not None
    keras.utils.set_random_seed(0)
    loss, _ = model.evaluate(*data.validation.triple, verbose=0)
    assert loss == pytest.approx(found[1].outcome.score, rel=1e-5)
