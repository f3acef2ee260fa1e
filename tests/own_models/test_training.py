"""Trials of models of one's own are told, ended, resumed and repeated as any others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.own_models.conftest import Written
from tests.own_models.watching import Watched, task_of
from tests.spec.own import own_spec
from tuning_core.catalog import TrialStatus
from tuning_core.own_models.data import OwnData
from tuning_core.own_models.describing import describe
from tuning_core.own_models.errors import OwnModelError
from tuning_core.own_models.fitting import BEGUN_ANEW
from tuning_core.own_models.loading import OwnModel
from tuning_core.own_models.training import OwnTrainer
from tuning_core.spec.study import parse_spec
from tuning_core.training import Control
from tuning_core.worker.study_rows import own_rows

DATA = """
def load_data():
    x, y = np.random.default_rng(1).random((40, 3), "float32"), np.arange(40.0) % 2
    return (x, y), (x[:9], y[:9])
"""
STOCK = f"""
{DATA}
def build_model(hp):
    units = hp.Int("units", 1, 8, default=4)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, "relu")])
    model.add(keras.layers.Dropout(0.3))
    model.add(keras.layers.Dense(1))
    model.compile(keras.optimizers.Adam(hp.Float("rate", 1e-3, 1e9)), "mse", metrics=["mae"])
    return model
"""
CUSTOM_STEP = (
    STOCK.replace("keras.Sequential(", "Mine(")
    + """
class Mine(keras.Sequential):
    def train_step(self, data):
        return super().train_step(data)
"""
)
OWN_FIT = f"""
{STOCK}
class Mine(keras_tuner.HyperModel):
    def build(self, hp):
        return build_model(hp)

    def fit(self, hp, model, *args, **kwargs):
        return model.fit(*args, batch_size=hp.Choice("batch_size", [8, 16]), **kwargs)
"""
NAMES = {STOCK: "build_model", CUSTOM_STEP: "build_model", OWN_FIT: "Mine"}
TWO_WAYS = pytest.mark.parametrize("text", [STOCK, OWN_FIT], ids=["stock", "fit"])
CONFIG = {"units": 4, "rate": 0.01}


def rows_of(own: OwnModel) -> OwnData:
    data = own.load_data()
    assert data is not None
    return data


def trainer_of(own: OwnModel, folds: int = 1) -> OwnTrainer:
    data = rows_of(own)
    return OwnTrainer(own, data if folds == 1 else data.folds(folds))


@TWO_WAYS
def test_every_epoch_is_told_and_a_trial_repeats_itself(written: Written, text: str) -> None:
    trainer = trainer_of(written(text, NAMES[text]))
    first = Watched(trainer, task_of(CONFIG, executions=2))
    second = Watched(trainer, task_of(CONFIG))
    assert first.ended == (TrialStatus.COMPLETED, "")
    assert [(r.execution, r.epoch) for r in first.reports] == [
        (execution, epoch) for execution in (1, 2) for epoch in (1, 2, 3)
    ]
    assert set(first.reports[0].metrics) == {"loss", "mae", "val_loss", "val_mae"}
    assert first.losses[:3] == second.losses
    assert first.losses[:3] != first.losses[3:]
    best = [min(r.metrics["val_loss"] for r in first.reports if r.execution == e) for e in (1, 2)]
    assert first.outcome.score == pytest.approx(np.mean(best))
    assert first.outcome.parameters == 21


@pytest.mark.parametrize("text", [STOCK, CUSTOM_STEP], ids=["stock", "train_step"])
def test_a_stopped_trial_goes_on_as_if_it_had_not_been(written: Written, text: str) -> None:
    trainer = trainer_of(written(text))
    whole = Watched(trainer, task_of(CONFIG, epochs=4))
    stopped = Watched(trainer, task_of(CONFIG, epochs=4), Control.STOP, at=2)
    assert stopped.outcome.status is None
    resumed = Watched(trainer, task_of(CONFIG, epochs=4, resume=(stopped.states[1],)))
    assert [report.epoch for report in resumed.reports] == [3, 4]
    assert stopped.losses + resumed.losses == whole.losses
    assert resumed.outcome.score == whole.outcome.score


def test_a_trial_continues_another_from_its_last_state(written: Written) -> None:
    trainer = trainer_of(written(STOCK))
    whole = Watched(trainer, task_of(CONFIG, epochs=4))
    parent = Watched(trainer, task_of(CONFIG, epochs=2, keep_states=True))
    child = Watched(
        trainer,
        task_of(CONFIG, epochs=4, resume=(parent.states[1],), continued=True, initial_epoch=2),
    )
    assert parent.losses + child.losses == whole.losses


def test_a_fit_that_cannot_go_on_begins_anew_and_says_so(written: Written) -> None:
    trainer = trainer_of(written(OWN_FIT, "Mine"))
    stopped = Watched(trainer, task_of(CONFIG, executions=2), Control.STOP, at=5)
    assert len(stopped.reports) == 5
    resumed = Watched(
        trainer,
        task_of(CONFIG, executions=2, resume=(stopped.states[1], stopped.states[2])),
    )
    assert [(r.execution, r.epoch) for r in resumed.reports] == [(2, 1), (2, 2), (2, 3)]
    assert resumed.losses[:2] == stopped.losses[3:]
    assert resumed.ended == (TrialStatus.COMPLETED, BEGUN_ANEW)


@pytest.mark.parametrize(
    ("answer", "status"), [(Control.SKIP, TrialStatus.SKIPPED), (Control.TIME, TrialStatus.PRUNED)]
)
def test_a_trial_is_ended_between_two_epochs(
    written: Written, answer: Control, status: TrialStatus
) -> None:
    watched = Watched(trainer_of(written(STOCK)), task_of(CONFIG), answer, at=1)
    assert len(watched.reports) == 1
    assert watched.outcome.status is status


@TWO_WAYS
def test_a_trial_is_pruned_by_who_judges_it(written: Written, text: str) -> None:
    trainer = trainer_of(written(text, NAMES[text]))
    watched = Watched(trainer, task_of(CONFIG), judge=lambda epoch: "poor" * (epoch.epoch == 2))
    assert (len(watched.reports), watched.ended) == (2, (TrialStatus.PRUNED, "poor"))


@TWO_WAYS
def test_a_loss_that_is_no_number_is_divergence(written: Written, text: str) -> None:
    trainer = trainer_of(
        written(
            text.replace('"mse", metrics', "nothing, metrics")
            + "def nothing(y, p): return keras.ops.mean(p) * float('nan')\n",
            NAMES[text],
        )
    )
    watched = Watched(trainer, task_of(CONFIG))
    assert watched.ended == (TrialStatus.DIVERGED, "the loss became infinite or NaN in epoch 1")


def line_of(text: str, part: str) -> int:
    """The line of the file in which something stands."""
    lines = enumerate(text.lstrip("\n").splitlines(), 4)
    return next(number for number, line in lines if part in line)


def test_a_model_that_cannot_be_built_is_told_with_its_line(written: Written) -> None:
    text = STOCK.replace('"relu")])', '"relu" if 1 // 0 else "tanh")])')
    watched = Watched(trainer_of(written(text)), task_of(CONFIG))
    assert watched.ended == (
        TrialStatus.FAILED,
        f"build_model failed: model.py:{line_of(text, '1 // 0')}: ZeroDivisionError: integer "
        "division or modulo by zero",
    )


def test_an_error_while_training_is_told_with_its_line(written: Written) -> None:
    for text, name in (
        (CUSTOM_STEP.replace("return super().train_step(data)", "raise ValueError('no more')"), ""),
        (
            OWN_FIT.replace(
                "return model.fit(", "raise ValueError('no more')\n        return model.fit("
            ),
            "Mine",
        ),
    ):
        watched = Watched(trainer_of(written(text, name or "build_model")), task_of(CONFIG))
        message = f"model.py:{line_of(text, 'no more')}: ValueError: no more"
        assert watched.ended == (TrialStatus.FAILED, message)


def test_an_objective_that_is_not_reported_is_told(written: Written) -> None:
    watched = Watched(trainer_of(written(CUSTOM_STEP)), task_of(CONFIG, "val_accuracy"))
    assert watched.ended == (
        TrialStatus.FAILED,
        "Epoch 1 reports no val_accuracy, the objective; it reports loss, mae, val_loss, val_mae.",
    )


def test_folds_take_turns_and_each_row_validates_once(written: Written) -> None:
    own = written(STOCK)
    data = rows_of(own)
    folds = data.folds(3)
    held = np.concatenate([fold.validation.x for fold in folds if fold.validation])
    every = np.concatenate([data.train.x, data.validation.x if data.validation else []])
    assert sorted(map(tuple, held)) == sorted(map(tuple, every))
    watched = Watched(OwnTrainer(own, folds), task_of(CONFIG, executions=6, epochs=1))
    assert len({report.metrics["val_loss"] for report in watched.reports}) == 6


def test_data_sets_have_no_folds(written: Written) -> None:
    own = written(
        STOCK.replace(
            "return (x, y), (x[:9], y[:9])",
            "import tensorflow as tf\n"
            "    rows = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)\n"
            "    return rows, rows",
        )
    )
    with pytest.raises(OwnModelError, match="Folds need arrays"):
        rows_of(own).folds(2)
    watched = Watched(trainer_of(own), task_of(CONFIG))
    assert watched.ended == (TrialStatus.COMPLETED, "")


@pytest.mark.parametrize("folds", [{}, {"cross_validation": {"folds": 2}}])
def test_rows_of_the_catalog_are_counted_with_their_test_part(
    written: Written, tmp_path: Path, folds: dict[str, Any]
) -> None:
    own = written("def build_model(hp): ...")
    spec = parse_spec(own_spec(dataset={"id": "iris"}, **folds))
    turns, sizes = own_rows(own, spec, tmp_path)
    assert sizes["test"] == 15
    assert sum(sizes.values()) == 150
    assert len(turns) == spec.folds


@pytest.mark.parametrize("text", [STOCK, CUSTOM_STEP], ids=["compiled", "fit"])
def test_a_metric_of_each_class_is_left_out_and_the_others_are_told(
    written: Written, text: str
) -> None:
    own = written(
        text.replace("np.arange(40.0) % 2", "np.eye(2)[np.arange(40) % 2]")
        .replace("keras.layers.Dense(1)", "keras.layers.Dense(2)")
        .replace('["mae"]', '["mae", keras.metrics.F1Score()]')
    )
    watched = Watched(trainer_of(own), task_of(CONFIG, epochs=1))
    assert watched.ended == (TrialStatus.COMPLETED, "")
    assert set(watched.reports[0].metrics) == {"loss", "mae", "val_loss", "val_mae"}
    assert set(describe(own).metrics) == set(watched.reports[0].metrics)


def test_a_metric_that_is_no_number_yet_does_not_end_a_trial(written: Written) -> None:
    text = STOCK.replace('["mae"]', "[nothing]")
    own = written(f"{text}\ndef nothing(y, p):\n    return keras.ops.mean(p) * np.nan\n")
    watched = Watched(trainer_of(own), task_of(CONFIG, epochs=1))
    assert watched.ended == (TrialStatus.COMPLETED, "")
    assert set(watched.reports[0].metrics) == {"loss", "val_loss"}
