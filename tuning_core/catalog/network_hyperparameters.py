"""Hyperparameters of the network: what it is made of and how it is kept from overfitting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from tuning_core.catalog.hyperparameter import (
    HIDDEN,
    MAX_LAYERS,
    WITH_HIDDEN_LAYERS,
    Hyperparameter,
    Slider,
    Value,
)

ACTIVATIONS: tuple[Value, ...] = (
    *("relu", "tanh", "sigmoid", "elu", "selu", "gelu", "swish", "leaky_relu", "linear"),
)
INITIALIZERS: tuple[Value, ...] = (
    *("glorot_uniform", "glorot_normal", "he_uniform", "he_normal"),
    *("lecun_uniform", "lecun_normal", "uniform", "normal", "truncated_normal"),
    *("orthogonal", "zeros"),
)
CONSTRAINTS: tuple[Value, ...] = ("none", "max_norm", "unit_norm", "min_max_norm")
POOLINGS: tuple[Value, ...] = ("max", "average", "none")
MAX_BLOCKS = 5
_OF_HIDDEN_LAYERS: dict[str, Any] = {"families": HIDDEN, "when": WITH_HIDDEN_LAYERS}

_UNITS = Hyperparameter(
    id="units",
    label="Units per hidden layer",
    group="network",
    kind="integer",
    default=64,
    low=1,
    high=4096,
    suggested={"low": 32, "high": 256, "step": 32},
    help="Width of every hidden layer. Wider learns more and overfits sooner.",
    order=4,
    traced="shape",
    slider=Slider(1, 512),
    families=("mlp",),
    when=WITH_HIDDEN_LAYERS,
)


def _units_of_layer(layer: int) -> Hyperparameter:
    return replace(
        _UNITS,
        id=f"units_{layer}",
        label=f"Units of layer {layer}",
        help=f"Width of hidden layer {layer} alone, in place of the common width.",
        order=100 + layer,
        when={"layers": tuple(range(layer, MAX_LAYERS + 1))},
        inherits="units",
    )


def _penalty(
    id: str, label: str, high: float, operations: Literal["each layer", "once"], **more: Any
) -> Hyperparameter:
    """A number that is more of something against overfitting, and nothing at 0."""
    return Hyperparameter(
        id=id,
        label=label,
        group="regularisation",
        kind="float",
        default=0.0,
        low=0.0,
        high=high,
        traced="number",
        optional=True,
        operations=operations,
        **more,
    )


SIZES = (
    _UNITS,
    Hyperparameter(
        id="layers",
        label="Hidden layers",
        group="network",
        kind="integer",
        default=2,
        low=0,
        high=MAX_LAYERS,
        suggested={"low": 1, "high": 3},
        help="Depth of the network. 0 is a linear model.",
        order=5,
        traced="structure",
        inactive=0,
        slider=Slider(0, 8),
        families=("mlp",),
    ),
    Hyperparameter(
        id="filters",
        label="Filters",
        group="network",
        kind="integer",
        default=16,
        low=1,
        high=512,
        suggested={"low": 8, "high": 64, "step": 8},
        help="Patterns that the first block looks for; each further block has twice as many.",
        order=4,
        traced="shape",
        slider=Slider(1, 128),
        families=("cnn",),
    ),
    Hyperparameter(
        id="blocks",
        label="Blocks",
        group="network",
        kind="integer",
        default=2,
        low=1,
        high=MAX_BLOCKS,
        suggested={"low": 1, "high": 3},
        help="Blocks of convolution and pooling, one after the other.",
        order=5,
        traced="structure",
        inactive=0,
        families=("cnn",),
    ),
    Hyperparameter(
        id="kernel_size",
        label="Kernel size",
        group="network",
        kind="integer",
        default=3,
        low=1,
        high=11,
        suggested={"choices": [3, 5]},
        help="Side of the square of pixels that a filter sees at once.",
        order=12,
        traced="shape",
        slider=Slider(1, 7),
        families=("cnn",),
    ),
    Hyperparameter(
        id="pooling",
        label="Pooling",
        group="network",
        kind="choice",
        default="max",
        choices=POOLINGS,
        suggested={"choices": ["max", "average"]},
        help="How each block halves the picture: the largest of 2 x 2 pixels, their mean, or not.",
        order=20,
        traced="structure",
        families=("cnn",),
    ),
    Hyperparameter(
        id="dense_units",
        label="Dense units",
        group="network",
        kind="integer",
        default=64,
        low=0,
        high=4096,
        suggested={"low": 32, "high": 256, "step": 32},
        help="Width of the fully connected layer after the last block; 0 leaves it out.",
        order=13,
        traced="shape",
        optional=True,
        inactive=0,
        slider=Slider(0, 512),
        families=("cnn",),
    ),
    Hyperparameter(
        id="activation",
        label="Activation",
        group="network",
        kind="choice",
        default="relu",
        choices=ACTIVATIONS,
        suggested={"choices": ["relu", "tanh"]},
        help="What each hidden unit does to its sum; without it depth adds nothing.",
        order=9,
        traced="structure",
        **_OF_HIDDEN_LAYERS,
    ),
)

REGULARISATION = (
    _penalty(
        "dropout",
        "Dropout",
        0.95,
        "each layer",
        suggested={"low": 0.0, "high": 0.5},
        help="Share of hidden units silenced at each update, against overfitting.",
        order=7,
        **_OF_HIDDEN_LAYERS,
    ),
    _penalty(
        "input_dropout",
        "Input dropout",
        0.95,
        "once",
        suggested={"low": 0.0, "high": 0.3},
        help="Share of inputs silenced at each update, so that none is relied on alone.",
        order=22,
    ),
    _penalty(
        "gaussian_noise",
        "Gaussian noise",
        10.0,
        "once",
        suggested={"low": 0.0, "high": 0.3},
        help="Standard deviation of noise added to the scaled inputs while training.",
        order=23,
    ),
    Hyperparameter(
        id="batch_normalization",
        label="Batch normalisation",
        group="network",
        kind="boolean",
        default=False,
        choices=(False, True),
        suggested={"choices": [False, True]},
        help="Brings the sums of each hidden layer to a common scale before its activation.",
        order=14,
        traced="structure",
        operations="each layer",
        **_OF_HIDDEN_LAYERS,
    ),
    _penalty(
        "l2",
        "L2",
        10.0,
        "each layer",
        suggested={"low": 1e-6, "high": 1e-1, "scale": "log"},
        help="Price of large weights: this factor times the sum of their squares joins the loss.",
        order=15,
    ),
    _penalty(
        "l1",
        "L1",
        10.0,
        "each layer",
        suggested={"low": 1e-6, "high": 1e-2, "scale": "log"},
        help="Price of any weight: this factor times the sum of their sizes; drives many to zero.",
        order=24,
    ),
    _penalty(
        "activity_l2",
        "Activity L2",
        10.0,
        "each layer",
        suggested={"low": 1e-6, "high": 1e-2, "scale": "log"},
        help="Price of strong answers of hidden units: this factor times the sum of squares a row.",
        order=30,
        **_OF_HIDDEN_LAYERS,
    ),
    Hyperparameter(
        id="kernel_constraint",
        label="Weight constraint",
        group="regularisation",
        kind="choice",
        default="none",
        choices=CONSTRAINTS,
        suggested={"choices": ["none", "max_norm"]},
        help="Limit on the length of each hidden unit's incoming weights, kept at every update.",
        order=25,
        traced="structure",
        operations="each layer",
        **_OF_HIDDEN_LAYERS,
    ),
    Hyperparameter(
        id="max_norm",
        label="Largest norm",
        group="regularisation",
        kind="float",
        default=3.0,
        low=0.01,
        high=100.0,
        suggested={"low": 1.0, "high": 5.0},
        help="Longest that a unit's weights may be; min-max-norm keeps them above half of it too.",
        order=26,
        traced="number",
        families=HIDDEN,
        when={"kernel_constraint": ("max_norm", "min_max_norm")},
    ),
    Hyperparameter(
        id="kernel_initializer",
        label="Initialiser",
        group="network",
        kind="choice",
        default="glorot_uniform",
        choices=INITIALIZERS,
        suggested={"choices": ["glorot_uniform", "he_normal", "lecun_normal"]},
        help="How the first weights are drawn. Zeros make all units of a layer alike for ever.",
        order=21,
    ),
)

UNITS_OF_LAYERS = tuple(_units_of_layer(layer) for layer in range(1, MAX_LAYERS + 1))
