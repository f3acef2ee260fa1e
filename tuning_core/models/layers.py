"""The layers of each model family, with what every family puts around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from tuning_core.catalog.architecture import block_filters, layer_widths
from tuning_core.catalog.hyperparameters import Value
from tuning_core.models.kit import MOVES, LayerConfig, LayerKit
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


def kernel_initializer(
    config: Mapping[str, Value], seed: int, number: int
) -> keras.initializers.Initializer:
    """What draws the kernel of hidden layer ``number`` (from 1), or of the output layer (0)."""
    initializer = INITIALIZERS[str(config.get("kernel_initializer", "glorot_uniform"))]
    return initializer(derive_seed(seed, number))


Layers = list[keras.layers.Layer]


class Blocks:
    """Makes the layers of a configuration with a kit; none is built yet.

    A hidden layer is its sums, then batch normalisation where asked for (which makes its bias
    superfluous), the activation, and ``pooling`` and dropout.
    """

    def __init__(self, config: Mapping[str, Value], seed: int, kit: LayerKit) -> None:
        self._config = LayerConfig(config)
        self._seed = seed
        self._kit = kit

    def inputs(self) -> Layers:
        """Noise and dropout on the inputs."""
        layers: Layers = []
        noise, rate = self._config.number("gaussian_noise"), self._config.number("input_dropout")
        if noise > 0:
            seed = derive_seed(self._seed, "noise", 0)
            layers.append(self._kit.gaussian_noise("gaussian_noise", noise, seed, "noise"))
        if rate > 0:
            seed = derive_seed(self._seed, "dropout", 0)
            layers.append(self._kit.dropout("input_dropout", rate, seed, "input_dropout"))
        return layers

    def augmentation(self) -> Layers:
        """Changes of pictures while training; none where nothing asks for them."""
        layers: Layers = []
        mode = self._config.text("flip", "none")
        if mode != "none":
            layers.append(self._kit.flip(mode, derive_seed(self._seed, "flip"), "flip"))
        for name in MOVES:
            amount = self._config.number(name)
            if amount > 0:
                layers.append(self._kit.move(name, amount, derive_seed(self._seed, name), name))
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
        config, kit = self._config, self._kit
        name = f"hidden_{number}"
        activation = {
            "activation": config.text("activation", "relu"),
            "activity_regularizer": kit.activity_regularizer(config.number("activity_l2")),
        }
        kernel = self._kernel(number) | {
            "kernel_constraint": kit.constraint(
                config.text("kernel_constraint", "none"), config.number("max_norm", 3.0), axes
            )
        }
        if config.flag("batch_normalization"):
            layers = [
                make(use_bias=False, name=name, **kernel),
                kit.batch_normalization(f"normalization_{number}"),
                keras.layers.Activation(**activation, name=f"activation_{number}"),
            ]
        else:
            layers = [make(name=name, **kernel, **activation)]
        layers += pooling
        rate = config.number("dropout")
        if rate > 0:
            seed = derive_seed(self._seed, "dropout", number)
            layers.append(kit.dropout("dropout", rate, seed, f"dropout_{number}"))
        return layers

    def _kernel(self, number: int) -> dict[str, Any]:
        config = self._config
        return {
            "kernel_initializer": kernel_initializer(config.values, self._seed, number),
            "kernel_regularizer": self._kit.kernel_regularizer(
                config.number("l1"), config.number("l2")
            ),
        }


def dense_layers(
    config: Mapping[str, Value], outputs: int, task: str, seed: int, kit: LayerKit
) -> list[keras.layers.Layer]:
    """Hidden layers, each with what the configuration puts beside it, and the output layer."""
    blocks = Blocks(config, seed, kit)
    layers = blocks.inputs()
    for number, width in enumerate(layer_widths(config), start=1):
        layers += blocks.dense(number, width)
    return [*layers, blocks.output(outputs, task)]


POOLINGS: dict[str, Callable[[str], list[keras.layers.Layer]]] = {
    "max": lambda name: [keras.layers.MaxPooling2D(2, padding="same", name=name)],
    "average": lambda name: [keras.layers.AveragePooling2D(2, padding="same", name=name)],
    "none": lambda name: [],
}
"""Pools that round up, so that a picture of one pixel is left as it is."""


def convolutional_layers(
    config: Mapping[str, Value],
    image: tuple[int, int, int],
    outputs: int,
    task: str,
    seed: int,
    kit: LayerKit,
) -> list[keras.layers.Layer]:
    """Layers from flat rows of pictures (height, width, channels) to the answers."""
    blocks = Blocks(config, seed, kit)
    # Noise is of each pixel by itself, so it may as well come after the pictures have their shape.
    layers = [keras.layers.Reshape(image, name="picture"), *blocks.augmentation(), *blocks.inputs()]
    pool = POOLINGS[str(config.get("pooling", "max"))]
    filters = block_filters(config)
    for number, count in enumerate(filters, start=1):
        size = int(config.get("kernel_size", 3))
        layers += blocks.convolution(number, count, size, pool(f"pool_{number}"))
    layers.append(kit.flatten("flat"))
    dense = int(config.get("dense_units", 0))
    if dense:
        layers += blocks.dense(len(filters) + 1, dense)
    return [*layers, blocks.output(outputs, task)]
