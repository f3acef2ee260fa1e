"""One training of a model of one's own: what all ways to train it have in common."""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import keras
import keras_tuner
import numpy as np
import tensorflow as tf
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR
from keras.src.utils.rng_utils import GLOBAL_RANDOM_SEED
from typing_extensions import override

from tuning_core.catalog import Value
from tuning_core.own_models.calling import numbers_of
from tuning_core.own_models.data import OwnData
from tuning_core.own_models.errors import OwnModelError, explained, told
from tuning_core.own_models.loading import OwnModel
from tuning_core.training.execution import TrainingError, TrialTask, training_errors
from tuning_core.training.following import Follower
from tuning_core.training.keras_fit import ModelExecution, optimizers_of

_LOG = logging.getLogger(__name__)

BATCH_SIZE = 32
"""Keras's own, where no hyperparameter is called ``batch_size``."""


def hyperparameters_of(config: Mapping[str, Value]) -> keras_tuner.HyperParameters:
    """What a ``build`` is called with to have the values of a configuration."""
    hp = keras_tuner.HyperParameters()
    hp.values = dict(config)
    return hp


def batch_size_of(config: Mapping[str, Value]) -> int:
    """What a hyperparameter called ``batch_size`` says, where that can be a number of rows."""
    size = config.get("batch_size", BATCH_SIZE)
    return int(size) if isinstance(size, int | float) and size >= 1 else BATCH_SIZE


def seed_all(own: OwnModel, seed: int) -> None:
    """``keras.utils.set_random_seed``, at a tenth of a millisecond where that is all it takes.

    TensorFlow's own seed is for its random operations that have a state. To set it has every kept
    graph prepared anew, half a second each, and Keras has no use for it but to shuffle rows.
    """
    if own.uses_tensorflow or own.overrides_fit:
        keras.utils.set_random_seed(seed)
        return
    global_state.set_global_attribute(GLOBAL_RANDOM_SEED, seed)
    global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, None)
    random.seed(seed)
    np.random.seed(seed)


def built(own: OwnModel, config: Mapping[str, Value], data: OwnData, seed: int) -> keras.Model:
    """The model of a configuration with all its weights, by the seed; raises OwnModelError."""
    seed_all(own, seed)
    model = own.build(hyperparameters_of(config))
    if not model.built:
        # Of a class of one's own, or without an Input: its weights are made by the first rows.
        with told(f"{own.name} gives a model that fails", own.folder):
            model(data.first_inputs())
    for optimizer in optimizers_of(model):
        optimizer.build(model.trainable_variables)
    return model


class OwnExecution(ModelExecution):
    """One training of a trial, on a model that the trial's values have built."""

    def __init__(
        self, own: OwnModel, data: OwnData, task: TrialTask, number: int, model: keras.Model
    ) -> None:
        self._trial = _with_settings(task)
        super().__init__(self._trial, number, data.train.rows or 1)
        self._own = own
        self._data = data
        self._hp = hyperparameters_of(task.config)
        self._model = model
        if task.state(number) is not None:
            self._resume()

    @property
    def model(self) -> keras.Model:
        """The model as it is now."""
        return self._model

    def _resume(self) -> None:
        """Goes on from the task's state."""
        state = self._trial.state(self.number)
        assert state is not None
        self.restore(
            state,
            "The model has another number of weights than when it was trained before; "
            "has its file changed? Train it anew.",
        )

    @override
    def train_all(self, follower: Follower) -> None:
        with own_errors(self._own, follower):
            super().train_all(follower)

    def _noted(self, logs: Mapping[str, Any] | None) -> None:
        """Notes the end of an epoch that has reported these numbers; raises TrainingError."""
        objective = self._trial.objective.id
        metrics = {
            name: value
            for name, value in numbers_of(logs).items()
            if math.isfinite(value) or name == objective or name.endswith("loss")
        }
        if objective not in metrics:
            names = ", ".join(metrics) or "nothing"
            raise TrainingError(
                f"Epoch {self.epoch + 1} reports no {objective}, the objective; it reports {names}."
            )
        self.finish_epoch(metrics)


def _with_settings(task: TrialTask) -> TrialTask:
    """The task as an execution needs it: the model's hyperparameters mean what they mean to it."""
    size = batch_size_of(task.config)
    config: dict[str, Value] = {"batch_size": size, "learning_rate": 1.0}
    epochs = task.config.get("epochs")
    if isinstance(epochs, int | float) and epochs >= 1:
        config["epochs"] = int(epochs)
    return replace(task, config=config)


@contextmanager
def own_errors(own: OwnModel, follower: Follower | None = None) -> Iterator[None]:
    """Turns what somebody's code raises into a TrainingError with their line.

    What the watchers of a ``follower`` raise passes.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        if isinstance(error, TrainingError) or (follower and follower.raised is error):
            raise
        if isinstance(error, OwnModelError):
            raise TrainingError(str(error)) from error
        if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
            with training_errors():
                raise
        _LOG.exception("training failed")
        raise TrainingError(explained(error, own.folder)) from error
