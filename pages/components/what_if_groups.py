"""In which order and group the knobs of What-if stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Hyperparameters that stand open, and those that can be unfolded."""

    title: str
    main: tuple[str, ...]
    more: tuple[str, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        "Training",
        ("learning_rate", "batch_size", "optimizer", "momentum"),
        (
            "nesterov",
            "rho",
            "beta_1",
            "beta_2",
            "weight_decay",
            "clipnorm",
            "loss",
            "label_smoothing",
        ),
    ),
    Group(
        "Network",
        ("layers", "units", "blocks", "filters", "activation"),
        (
            "kernel_size",
            "pooling",
            "dense_units",
            "batch_normalization",
            "kernel_initializer",
            *(f"units_{layer}" for layer in range(1, 9)),
        ),
    ),
    Group(
        "Regularisation",
        ("dropout",),
        (
            "l2",
            "l1",
            "activity_l2",
            "input_dropout",
            "gaussian_noise",
            "kernel_constraint",
            "max_norm",
        ),
    ),
    Group(
        "Schedule and stopping",
        ("schedule",),
        ("decay_rate", "decay_epochs", "warmup_epochs", "patience", "min_delta"),
    ),
)
