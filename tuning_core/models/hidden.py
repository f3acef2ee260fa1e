"""What every family puts around its layers: noise at the inputs, price and limit of weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from tuning_core.catalog.hyperparameters import Value
from tuning_core.models.kit import LayerKit, Setting
from tuning_core.models.seeds import derive_seed

OUTPUT_ACTIVATIONS: dict[str, str] = {"classification": "softmax", "regression": "linear"}

INITIALIZERS: dict[str, Callable[[int], keras.initializers.Initializer]] = {
    "glorot_uniform": lambda seed: keras.initializers.GlorotUniform(seed=seed),
    "glorot_normal": lambda seed: keras.initializers.GlorotNormal(seed=seed),
    "he_uniform": lambda seed: keras.initializers.HeUniform(seed=seed),
    "he_normal": lambda seed: keras.initializers.HeNormal(seed=seed),
    "lecun_uniform": lambda seed: keras.initializers.LecunUniform(seed=seed),
    "lecun_normal": lambda seed: keras.initializers.LecunNormal(seed=seed),
    "uniform": lambda seed: keras.initializers.RandomUniform(seed=seed),
    "normal": lambda seed: keras.initializers.RandomNormal(seed=seed),
    "truncated_normal": lambda seed: keras.initializers.TruncatedNormal(seed=seed),
    "orthogonal": lambda seed: keras.initializers.Orthogonal(seed=seed),
    "zeros": lambda seed: keras.initializers.Zeros(),
}

Layers = list[keras.layers.Layer]


class Blocks:
    """Makes the layers of a configuration with a kit; none is built yet.

    A hidden layer is its sums, then batch normalisation where asked for (which makes its bias
    superfluous), the activation, and ``pooling`` and dropout.
    """

    def __init__(self, config: Mapping[str, Value], seed: int, kit: LayerKit) -> None:
        self._setting = Setting(config)
        self._seed = seed
        self._kit = kit

    def inputs(self) -> Layers:
        """Noise and dropout on the inputs."""
        layers: Layers = []
        noise, rate = self._setting.number("gaussian_noise"), self._setting.number("input_dropout")
        if noise > 0:
            seed = derive_seed(self._seed, "noise", 0)
            layers.append(self._kit.gaussian_noise("gaussian_noise", noise, seed, "noise"))
        if rate > 0:
            seed = derive_seed(self._seed, "dropout", 0)
            layers.append(self._kit.dropout("input_dropout", rate, seed, "input_dropout"))
        return layers

    def dense(self, number: int, units: int) -> Layers:
        """Hidden layer ``number`` (from 1), fully connected."""
        return self._hidden(number, lambda **o: keras.layers.Dense(units, **o), (0,))

    def convolution(self, number: int, filters: int, size: int, pooling: Layers) -> Layers:
        """Hidden layer ``number``, convolutional."""
        axes = (0, 1, 2)
        make = self._kit.convolution
        return self._hidden(number, lambda **o: make(filters, size, **o), axes, pooling)

    def output(self, outputs: int, task: str) -> keras.layers.Layer:
        """The layer that answers."""
        return keras.layers.Dense(
            outputs, OUTPUT_ACTIVATIONS[task], name="output", **self._kernel(0)
        )

    def _hidden(
        self,
        number: int,
        make: Callable[..., keras.layers.Layer],
        axes: Sequence[int],
        pooling: Sequence[keras.layers.Layer] = (),
    ) -> Layers:
        setting, kit = self._setting, self._kit
        name = f"hidden_{number}"
        activation = {
            "activation": setting.text("activation", "relu"),
            "activity_regularizer": kit.activity_regularizer(setting.number("activity_l2")),
        }
        kernel = self._kernel(number) | {
            "kernel_constraint": kit.constraint(
                setting.text("kernel_constraint", "none"), setting.number("max_norm", 3.0), axes
            )
        }
        if setting.flag("batch_normalization"):
            layers = [
                make(use_bias=False, name=name, **kernel),
                kit.batch_normalization(f"normalization_{number}"),
                keras.layers.Activation(**activation, name=f"activation_{number}"),
            ]
        else:
            layers = [make(name=name, **kernel, **activation)]
        layers += pooling
        rate = setting.number("dropout")
        if rate > 0:
            seed = derive_seed(self._seed, "dropout", number)
            layers.append(kit.dropout("dropout", rate, seed, f"dropout_{number}"))
        return layers

    def _kernel(self, number: int) -> dict[str, Any]:
        setting = self._setting
        initializer = INITIALIZERS[setting.text("kernel_initializer", "glorot_uniform")]
        return {
            "kernel_initializer": initializer(derive_seed(self._seed, number)),
            "kernel_regularizer": self._kit.kernel_regularizer(
                setting.number("l1"), setting.number("l2")
            ),
        }
