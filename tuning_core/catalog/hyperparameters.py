"""Every hyperparameter: type, hard limits, default, suggested range and help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Value = bool | int | float | str

MAX_LAYERS = 8
ACTIVATIONS: tuple[Value, ...] = (
    "relu",
    "tanh",
    "sigmoid",
    "elu",
    "selu",
    "gelu",
    "swish",
    "leaky_relu",
    "linear",
)
OPTIMIZERS: tuple[Value, ...] = ("adam", "sgd", "rmsprop", "adagrad")


@dataclass(frozen=True)
class Hyperparameter:
    """One knob of a model family.

    ``low`` and ``high`` are hard limits of a number; ``choices`` lists what a choice accepts.
    ``suggested`` is the space entry that a form offers first. ``when`` names the values of
    other hyperparameters with which this one has a meaning. ``order`` is the place in which
    tuning it is usually worth the trials (1 first). One that ``inherits`` another has no part
    in a configuration unless the spec names it: the other one's value then holds.
    """

    id: str
    label: str
    kind: Literal["integer", "float", "choice", "boolean"]
    default: Value
    help: str
    order: int
    suggested: Mapping[str, Any]
    low: float | None = None
    high: float | None = None
    choices: tuple[Value, ...] = ()
    families: tuple[str, ...] = ("linear", "mlp")
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=lambda: MappingProxyType({}))
    inherits: str = ""


def _units_of_layer(layer: int) -> Hyperparameter:
    return Hyperparameter(
        id=f"units_{layer}",
        label=f"Units of layer {layer}",
        kind="integer",
        default=64,
        low=1,
        high=4096,
        suggested={"low": 32, "high": 256, "step": 32},
        help=f"Width of hidden layer {layer} alone, in place of the common width.",
        order=20 + layer,
        families=("mlp",),
        when={"layers": tuple(range(layer, MAX_LAYERS + 1))},
        inherits="units",
    )


HYPERPARAMETERS: dict[str, Hyperparameter] = {
    hyperparameter.id: hyperparameter
    for hyperparameter in (
        Hyperparameter(
            id="learning_rate",
            label="Learning rate",
            kind="float",
            default=0.001,
            low=1e-8,
            high=10.0,
            suggested={"low": 1e-4, "high": 1e-2, "scale": "log"},
            help="Step size of each update. Too small crawls, too large bounces or diverges.",
            order=1,
        ),
        Hyperparameter(
            id="batch_size",
            label="Batch size",
            kind="integer",
            default=32,
            low=1,
            high=65_536,
            suggested={"choices": [16, 32, 64, 128]},
            help="Rows per update. Small batches are noisy; large ones want a larger rate.",
            order=3,
        ),
        Hyperparameter(
            id="units",
            label="Units per hidden layer",
            kind="integer",
            default=64,
            low=1,
            high=4096,
            suggested={"low": 32, "high": 256, "step": 32},
            help="Width of every hidden layer. Wider learns more and overfits sooner.",
            order=4,
            families=("mlp",),
            when={"layers": tuple(range(1, MAX_LAYERS + 1))},
        ),
        Hyperparameter(
            id="layers",
            label="Hidden layers",
            kind="integer",
            default=2,
            low=0,
            high=MAX_LAYERS,
            suggested={"low": 1, "high": 3},
            help="Depth of the network. 0 is a linear model.",
            order=5,
            families=("mlp",),
        ),
        Hyperparameter(
            id="activation",
            label="Activation",
            kind="choice",
            default="relu",
            choices=ACTIVATIONS,
            suggested={"choices": ["relu", "tanh"]},
            help="What each hidden unit does to its sum; without it depth adds nothing.",
            order=6,
            families=("mlp",),
            when={"layers": tuple(range(1, MAX_LAYERS + 1))},
        ),
        Hyperparameter(
            id="dropout",
            label="Dropout",
            kind="float",
            default=0.0,
            low=0.0,
            high=0.95,
            suggested={"low": 0.0, "high": 0.5},
            help="Share of hidden units silenced at each update, against overfitting.",
            order=7,
            families=("mlp",),
            when={"layers": tuple(range(1, MAX_LAYERS + 1))},
        ),
        Hyperparameter(
            id="optimizer",
            label="Optimizer",
            kind="choice",
            default="adam",
            choices=OPTIMIZERS,
            suggested={"choices": ["adam", "sgd", "rmsprop"]},
            help="Rule that turns gradients into updates.",
            order=8,
        ),
        Hyperparameter(
            id="momentum",
            label="Momentum",
            kind="float",
            default=0.0,
            low=0.0,
            high=0.9999,
            suggested={"low": 0.5, "high": 0.99, "scale": "reverse_log"},
            help="How much of the last update carries on. Used by SGD and RMSprop.",
            order=2,
            when={"optimizer": ("sgd", "rmsprop")},
        ),
        *(_units_of_layer(layer) for layer in range(1, MAX_LAYERS + 1)),
    )
}


def of_family(family: str) -> tuple[Hyperparameter, ...]:
    """The hyperparameters of a model family, in the order in which a form lists them."""
    return tuple(h for h in HYPERPARAMETERS.values() if family in h.families)


def in_effect(config: Mapping[str, Value], family: str) -> dict[str, Value]:
    """A configuration with the family's default of each hyperparameter that it lacks.

    A condition of the spec may leave out what a network cannot do without, such as its batch
    size. What has no meaning beside the others stays away.
    """
    result = dict(config)
    for hyperparameter in sorted(of_family(family), key=lambda h: bool(h.when)):
        meant = all(result.get(parent) in values for parent, values in hyperparameter.when.items())
        if meant and hyperparameter.id not in result and not hyperparameter.inherits:
            result[hyperparameter.id] = hyperparameter.default
    return result
