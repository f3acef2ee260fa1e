"""The layers of a configuration as Keras code, read off the network itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras

from tuning_core.catalog.hyperparameters import Value
from tuning_core.model_export.script.code import Code, call, indented
from tuning_core.models import build_model

Named = dict[str, Any]


def network_code(
    config: Mapping[str, Value], row_shape: tuple[int, ...], outputs: int, task: str
) -> str:
    """``model = keras.Sequential([...])``, each layer with what is not Keras's default.

    The network is the one that ``build_model`` makes, so the two cannot differ. A convolutional
    one takes pictures instead of flat rows.
    """
    core = build_model(config, row_shape, outputs, task, seed=0)
    layers = core.layers[1:]
    shape: tuple[int, ...] = (math.prod(row_shape),)
    for layer in layers:
        if isinstance(layer, keras.layers.Reshape):
            shape = tuple(layer.target_shape)
    lines = [str(call("keras.Input", shape))]
    lines += [str(_layer(layer)) for layer in layers if not isinstance(layer, keras.layers.Reshape)]
    return "model = keras.Sequential(\n    [\n{}\n    ]\n)".format(
        indented(indented(",\n".join(lines) + ","))
    )


def _layer(layer: keras.layers.Layer) -> Code:
    name = f"keras.layers.{type(layer).__name__}"
    arguments, named = _LAYERS[type(layer)](layer)
    return call(name, *arguments, **named)


def _dense(layer: keras.layers.Dense) -> tuple[list[Any], Named]:
    return [layer.units], _weights(layer)


def _convolution(layer: keras.layers.Conv2D) -> tuple[list[Any], Named]:
    return [layer.filters, layer.kernel_size[0]], {"padding": "same", **_weights(layer)}


def _activation(layer: keras.layers.Activation) -> tuple[list[Any], Named]:
    return [keras.activations.serialize(layer.activation)], _activity(layer)


def _pooling(layer: keras.layers.Layer) -> tuple[list[Any], Named]:
    return [2], {"padding": "same"}


_LAYERS: dict[type, Callable[[Any], tuple[list[Any], Named]]] = {
    keras.layers.Dense: _dense,
    keras.layers.Conv2D: _convolution,
    keras.layers.Activation: _activation,
    keras.layers.MaxPooling2D: _pooling,
    keras.layers.AveragePooling2D: _pooling,
    keras.layers.Dropout: lambda layer: ([layer.rate], {}),
    keras.layers.GaussianNoise: lambda layer: ([layer.stddev], {}),
    keras.layers.BatchNormalization: lambda layer: ([], {}),
    keras.layers.Flatten: lambda layer: ([], {}),
    keras.layers.RandomFlip: lambda layer: ([layer.mode], {}),
    keras.layers.RandomRotation: lambda layer: ([layer.factor[1]], {}),
    keras.layers.RandomZoom: lambda layer: ([layer.height_factor], {}),
    keras.layers.RandomTranslation: lambda layer: ([layer.height_factor, layer.width_factor], {}),
}


def _weights(layer: keras.layers.Layer) -> Named:
    named: Named = {}
    if layer.activation is not keras.activations.linear:
        named["activation"] = keras.activations.serialize(layer.activation)
    if not layer.use_bias:
        named["use_bias"] = False
    initializer = INITIALIZERS[type(layer.kernel_initializer)]
    if initializer != "glorot_uniform":
        named["kernel_initializer"] = initializer
    if layer.kernel_regularizer is not None:
        named["kernel_regularizer"] = _regularizer(layer.kernel_regularizer.get_config())
    if layer.kernel_constraint is not None:
        named["kernel_constraint"] = _limit(layer.kernel_constraint)
    return named | _activity(layer)


INITIALIZERS = {
    keras.initializers.GlorotUniform: "glorot_uniform",
    keras.initializers.GlorotNormal: "glorot_normal",
    keras.initializers.HeUniform: "he_uniform",
    keras.initializers.HeNormal: "he_normal",
    keras.initializers.LecunUniform: "lecun_uniform",
    keras.initializers.LecunNormal: "lecun_normal",
    keras.initializers.RandomUniform: "random_uniform",
    keras.initializers.RandomNormal: "random_normal",
    keras.initializers.TruncatedNormal: "truncated_normal",
    keras.initializers.Orthogonal: "orthogonal",
    keras.initializers.Zeros: "zeros",
}


def _activity(layer: keras.layers.Layer) -> Named:
    if layer.activity_regularizer is None:
        return {}
    return {"activity_regularizer": _regularizer(layer.activity_regularizer.get_config())}


def _regularizer(config: Mapping[str, float]) -> Code:
    factors = {name.upper(): value for name, value in config.items() if value}
    if len(factors) == 1:
        (name, value), *_ = factors.items()
        return call(f"keras.regularizers.{name}", value)
    return call("keras.regularizers.L1L2", factors["L1"], factors["L2"])


def _limit(constraint: Any) -> Code:
    config = constraint.get_config()
    axis = config.pop("axis")
    named = {} if list(axis) == [0] else {"axis": list(axis)}
    kept = {"max_value", "min_value"} & set(config)
    values = {name: config[name] for name in ("min_value", "max_value") if name in kept}
    name = f"keras.constraints.{type(constraint).__name__}"
    if len(values) == 1:
        return call(name, *values.values(), **named)
    return call(name, **values, **named)
