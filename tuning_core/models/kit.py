"""Layers that exist twice: Keras's own, and the traced ones whose settings are tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import keras
from typing_extensions import override

from tuning_core.catalog.hyperparameters import Value


class LayerKit(Protocol):
    """Makes what would need a new graph for a new value or shape; all else is Keras's own.

    A family builds its layers with a kit: ``STOCK`` for the model that is exported, the kit of
    ``training`` for the one that is traced once for all values of those settings. ``knob``
    names the hyperparameter that a layer's setting comes from.
    """

    def dropout(self, knob: str, rate: float, seed: int, name: str) -> keras.layers.Layer:
        """Silences a share ``rate`` of its inputs while training."""

    def gaussian_noise(self, knob: str, stddev: float, seed: int, name: str) -> keras.layers.Layer:
        """Adds noise of this standard deviation while training."""

    def flip(self, mode: Value, seed: int, name: str) -> keras.layers.Layer:
        """Mirrors half of the pictures while training, "horizontal" or "vertical"."""

    def move(self, knob: str, amount: float, seed: int, name: str) -> keras.layers.Layer:
        """Changes pictures while training, each by at most ``amount``; a key of ``MOVES``."""

    def batch_normalization(self, name: str) -> keras.layers.Layer:
        """Normalises each unit over the batch, or the channel over batch and picture."""

    def convolution(self, filters: int, size: int, **options: Any) -> keras.layers.Layer:
        """Two-dimensional convolution that keeps height and width."""

    def flatten(self, name: str) -> keras.layers.Layer:
        """All of a row in one line."""

    def kernel_regularizer(self, l1: float, l2: float) -> Any:
        """The regularizer of weights, None where both are 0."""

    def activity_regularizer(self, l2: float) -> Any:
        """The regularizer of what a layer puts out, None where it is 0."""

    def constraint(self, kind: str, max_norm: float, axis: Sequence[int]) -> Any:
        """What weights are brought back to after each update, None for the kind "none"."""


class StockKit(LayerKit):
    """Keras's own classes."""

    @override
    def dropout(self, knob: str, rate: float, seed: int, name: str) -> keras.layers.Layer:
        return keras.layers.Dropout(rate, seed=seed, name=name)

    @override
    def gaussian_noise(self, knob: str, stddev: float, seed: int, name: str) -> keras.layers.Layer:
        return keras.layers.GaussianNoise(stddev, seed=seed, name=name)

    @override
    def flip(self, mode: Value, seed: int, name: str) -> keras.layers.Layer:
        return keras.layers.RandomFlip(str(mode), seed=seed, name=name)

    @override
    def move(self, knob: str, amount: float, seed: int, name: str) -> keras.layers.Layer:
        return MOVES[knob](amount, seed=seed, name=name)

    @override
    def batch_normalization(self, name: str) -> keras.layers.Layer:
        return keras.layers.BatchNormalization(name=name)

    @override
    def convolution(self, filters: int, size: int, **options: Any) -> keras.layers.Layer:
        return keras.layers.Conv2D(filters, size, padding="same", **options)

    @override
    def flatten(self, name: str) -> keras.layers.Layer:
        return keras.layers.Flatten(name=name)

    @override
    def kernel_regularizer(self, l1: float, l2: float) -> Any:
        return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None

    @override
    def activity_regularizer(self, l2: float) -> Any:
        return keras.regularizers.L2(l2) if l2 else None

    @override
    def constraint(self, kind: str, max_norm: float, axis: Sequence[int]) -> Any:
        return CONSTRAINTS[kind](max_norm, list(axis))


MOVES: Mapping[str, Any] = {
    "rotation": keras.layers.RandomRotation,
    "zoom": keras.layers.RandomZoom,
    "shift": lambda amount, **named: keras.layers.RandomTranslation(amount, amount, **named),
}
"""Changes of pictures by the hyperparameter that says how large, in their order."""

AUGMENTING = (
    keras.layers.RandomFlip,
    keras.layers.RandomRotation,
    keras.layers.RandomZoom,
    keras.layers.RandomTranslation,
)
"""Layers that change pictures while training and have no part in a model that answers."""

CONSTRAINTS: Mapping[str, Any] = {
    "none": lambda max_norm, axis: None,
    "max_norm": lambda max_norm, axis: keras.constraints.MaxNorm(max_norm, axis=axis),
    "unit_norm": lambda max_norm, axis: keras.constraints.UnitNorm(axis=axis),
    "min_max_norm": lambda max_norm, axis: keras.constraints.MinMaxNorm(
        max_norm * LEAST_SHARE, max_norm, axis=axis
    ),
}
LEAST_SHARE = 0.5
"""The smallest norm that min-max-norm allows, as a share of the largest."""

STOCK: LayerKit = StockKit()


class LayerConfig:
    """What layers read of a configuration, with what holds where a hyperparameter is inactive."""

    def __init__(self, config: Mapping[str, Value]) -> None:
        self.values = config

    def number(self, name: str, default: float = 0.0) -> float:
        """A number."""
        return float(self.values.get(name, default))

    def text(self, name: str, default: str) -> str:
        """One of a list of names."""
        return str(self.values.get(name, default))

    def flag(self, name: str) -> bool:
        """Yes or no; no where it is inactive."""
        return bool(self.values.get(name, False))
