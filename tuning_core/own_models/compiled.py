"""The compiled epoch of a model of one's own: its stock ``train_step`` over rows on the device.

As ``model.fit`` on the same order of rows, batch by batch, but that a whole epoch is one traced
function. What was traced is kept for the trials whose models differ in nothing but numbers that are
variables of it: weights, what the optimizer remembers, the learning rate.
"""

from __future__ import annotations

import json
import re
import time
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from typing_extensions import override

from tuning_core.models import derive_seed
from tuning_core.own_models.calling import numbers_of
from tuning_core.own_models.data import OwnData, OwnPart
from tuning_core.own_models.execution import OwnExecution
from tuning_core.own_models.loading import OwnModel
from tuning_core.own_models.memory import Dropped
from tuning_core.training.compiled.open_shapes import read, write
from tuning_core.training.execution import PART_SECONDS, TrialTask
from tuning_core.training.keras_fit import state_of

_FIRST_PART = 64
"""Batches in the first call of an execution, before its speed is known."""

_KEPT = 8
"""Traced epochs that are kept."""


@dataclass(frozen=True)
class PlacedRows:
    """Rows on the device: inputs, targets and, where they have any, weights."""

    parts: tuple[tf.Tensor, ...]

    @classmethod
    def of(cls, part: OwnPart) -> PlacedRows:
        """Rows as ``fit`` would hand them to a model."""
        return cls(tuple(_tensor(array) for array in part.triple))

    @property
    def form(self) -> tuple[tuple[Any, ...], ...]:
        """What a trace depends on: the shape of a row, and types."""
        return tuple((*part.shape[1:], part.dtype.name) for part in self.parts)

    @property
    def specs(self) -> list[tf.TensorSpec]:
        """The same for any number of rows."""
        return [tf.TensorSpec([None, *part.shape[1:]], part.dtype) for part in self.parts]


def _tensor(array: np.ndarray) -> tf.Tensor:
    kind = array.dtype
    return tf.constant(array, keras.config.floatx() if kind.kind == "f" else kind)


class KeptEpoch:
    """A model, and the traced functions that train and validate it; one training at a time."""

    def __init__(self, model: keras.Model, train: PlacedRows, held: PlacedRows | None) -> None:
        self.model = model
        self.kept = False
        """Whether it outlives the training."""
        # Metrics get their variables outside of what is traced.
        model.test_step(tuple(part[:2] for part in train.parts))
        self._train = tf.function(self._train_rows, autograph=False)
        whole = tf.TensorSpec([], tf.int32)
        order = tf.TensorSpec([None], tf.int32)
        self._train.get_concrete_function(order, whole, *train.specs)
        self._validate = tf.function(self._validate_rows, autograph=False)
        if held is not None:
            self._validate.get_concrete_function(whole, *held.specs)

    def reset(self) -> None:
        """Begins to measure anew."""
        self.model.reset_metrics()

    def train(self, rows: PlacedRows, order: np.ndarray, size: int) -> dict[str, float]:
        """Trains on rows in an order; returns what was measured since the last ``reset``."""
        return numbers_of(
            self._train(tf.constant(order, tf.int32), tf.constant(size, tf.int32), *rows.parts)
        )

    def validate(self, rows: PlacedRows, size: int) -> dict[str, float]:
        """Measures on rows, in batches of a size."""
        self.reset()
        return numbers_of(self._validate(tf.constant(size, tf.int32), *rows.parts))

    def _train_rows(self, order: tf.Tensor, size: tf.Tensor, *parts: tf.Tensor) -> Any:
        def train(first: tf.Tensor) -> tf.Tensor:
            taken = order[first : first + size]
            self.model.train_step(tuple(tf.gather(part, taken) for part in parts))
            return first + size

        last = tf.shape(order)[0]
        tf.while_loop(lambda first: first < last, train, [0], parallel_iterations=1)
        return self.model.get_metrics_result()

    def _validate_rows(self, size: tf.Tensor, *parts: tf.Tensor) -> Any:
        def validate(first: tf.Tensor) -> tf.Tensor:
            self.model.test_step(tuple(part[first : first + size] for part in parts))
            return first + size

        last = tf.shape(parts[0])[0]
        tf.while_loop(lambda first: first < last, validate, [0], parallel_iterations=1)
        return self.model.get_metrics_result()


_kept: OrderedDict[object, KeptEpoch] = OrderedDict()

dropped = Dropped()
"""Of this process, models that were trained by another way among them."""


def kept_epoch(
    model: keras.Model, train: PlacedRows, held: PlacedRows | None, path: str
) -> KeptEpoch:
    """The traced epoch for a model, on which that model's numbers stand.

    One that was traced for another model serves where the two are alike; raises what tracing does.
    """
    alike = signature(model)
    if alike is None:
        return KeptEpoch(model, train, held)
    key = (alike, train.form, held and held.form, path)
    epoch = _kept.get(key)
    if epoch is None:
        epoch = _kept[key] = KeptEpoch(model, train, held)
        epoch.kept = True
    elif epoch.model is not model:
        write(_values(epoch.model), read(_values(model)))
    _kept.move_to_end(key)
    if len(_kept) > _KEPT:
        _kept.popitem(last=False)
        dropped.add()
    return epoch


def _values(model: keras.Model) -> list[tf.Variable]:
    return [variable.value for variable in [*model.weights, *state_of(model)]]


class CompiledOwnExecution(OwnExecution):
    """Trains on a traced epoch, in parts of about a second."""

    def __init__(
        self,
        own: OwnModel,
        data: OwnData,
        task: TrialTask,
        number: int,
        epoch: KeptEpoch,
        rows: tuple[PlacedRows, PlacedRows | None],
        *,
        shuffle: bool,
    ) -> None:
        super().__init__(own, data, task, number, epoch.model)
        self._traced = epoch
        self._rows, self._held = rows
        self._shuffle = shuffle
        self._part = _FIRST_PART

    @override
    def parts(self) -> Iterator[float]:
        if self._batches > self._part:
            self._unfinished = self.state()
        order = np.arange(self._data.train.rows or 0)
        if self._shuffle:
            seed = derive_seed(self.seed, "shuffle", self.epoch)
            order = np.random.default_rng(seed).permutation(order)
        self._traced.reset()
        start, found = 0, dict[str, float]()
        while start < self._batches:
            if start:
                yield start / self._batches
            stop = min(start + self._part, self._batches)
            started = time.perf_counter()
            taken = order[start * self.batch_size : stop * self.batch_size]
            found = self._traced.train(self._rows, taken, self.batch_size)
            seconds = time.perf_counter() - started
            self._part = max(1, int((stop - start) * PART_SECONDS / max(seconds, 1e-6)))
            start = stop
        if self._held is not None:
            held = self._traced.validate(self._held, self.batch_size)
            found |= {f"val_{name}": value for name, value in held.items()}
        self._noted(found)


_HOLD_STATE = (
    *("Lambda", "Normalization", "Discretization", "TextVectorization", "StringLookup"),
    *("IntegerLookup", "FeatureSpace", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"),
)
"""Layers with code, or with numbers that are no variables."""


def signature(model: keras.Model) -> str | None:
    """What two models have in common of which one trace serves both; None when unsure.

    Only what Keras itself makes is sure: a part of somebody's own may hold anything.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # About what can be loaded again.
            layers = json.loads(model.to_json())
            compiled = json.loads(json.dumps(model.get_compile_config()))
            unsaid = json.dumps(_unsaid(model), sort_keys=True)
    except (TypeError, ValueError, NotImplementedError):
        return None
    layers.pop("compile_config", None)
    if not type(model).__module__.startswith("keras."):
        return None
    if not (_sure(layers) and _sure(compiled)):
        return None
    optimizer = compiled.get("optimizer")
    if isinstance(optimizer, dict):
        settings = optimizer.get("config", {})
        if isinstance(settings.get("learning_rate"), int | float):
            settings["learning_rate"] = None  # A variable.
    return json.dumps([layers, compiled, unsaid], sort_keys=True)


def _unsaid(model: keras.Model) -> list[dict[str, Any]]:
    """What losses and metrics are called with, of which Huber's ``delta`` is in no configuration.

    Some of it, as of a loss with weights that are tensors, is not for JSON.
    """
    parts = keras.tree.flatten(model._compile_config.config)
    return [part._fn_kwargs for part in parts if hasattr(part, "_fn_kwargs")]


def _sure(config: Any) -> bool:
    """Whether all that a configuration names is of Keras, and plain."""
    if isinstance(config, list):
        return all(map(_sure, config))
    if not isinstance(config, dict):
        return True
    if "class_name" in config:
        module = config.get("module")
        if module is not None and not re.match(r"(keras|builtins)\b", str(module)):
            return False
        if config["class_name"] in ("function", "__lambda__", *_HOLD_STATE):
            return False
    return all(map(_sure, config.values()))
