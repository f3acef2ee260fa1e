"""Small searches made to show a diagnosis of the whole study, and healthy ones.

How each is made is why it has its label; none of them chose a threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuning_core.catalog import Value

Space = Mapping[str, Any]

KINDS = ("edge", "idle", "exhausted", "noise", "divergence")


def log(low: float, high: float) -> dict[str, Any]:
    """A range on a logarithmic scale."""
    return {"low": low, "high": high, "scale": "log"}


@dataclass(frozen=True)
class Search:
    """A random search of ``trials``, or of a whole discrete space (0), made to show ``label``.

    Whether a search shows the kinds in ``open`` follows from nothing in how it was made, so it is
    not asked. ``configurations`` are trained instead of random ones where they are given.
    """

    label: str
    dataset: str
    space: Space
    trials: int
    epochs: int
    family: str = "mlp"
    open: tuple[str, ...] = ("noise",)
    configurations: tuple[Mapping[str, Value], ...] = ()


# The range ends where more of it would help: steps or networks far too small for so few epochs.
EDGE = (
    Search("edge", "digits", {"learning_rate": log(1e-6, 3e-4), "units": 32}, 24, 6),
    Search(
        "edge",
        "digits",
        {"units": log(1, 6), "learning_rate": 3e-3},
        24,
        10,
        open=("noise", "exhausted"),
    ),
    Search("edge", "wine", {"learning_rate": log(1e-5, 3e-3), "units": 16}, 24, 15),
    Search("edge", "iris", {"learning_rate": log(1e-5, 3e-3), "units": 16}, 24, 15),
    Search("edge", "diabetes", {"learning_rate": log(1e-5, 1e-3), "units": 32}, 24, 10),
    Search("edge", "spirals", {"learning_rate": log(1e-5, 3e-3), "units": 32}, 24, 15),
    Search("edge", "circles", {"learning_rate": log(1e-5, 3e-4), "units": 32}, 24, 15),
)

# One hyperparameter that is too small to be felt, beside one that decides everything.
IDLE = (
    Search(
        "idle",
        "digits",
        {"learning_rate": log(1e-4, 3e-1), "l2": log(1e-8, 1e-7), "units": 32},
        80,
        5,
    ),
    Search(
        "idle",
        "digits",
        {"learning_rate": log(1e-4, 3e-1), "clipnorm": log(1e2, 1e3), "units": 32},
        80,
        5,
    ),
    Search(
        "idle",
        "wine",
        {"learning_rate": log(1e-5, 1.0), "l2": log(1e-8, 1e-7), "units": 16},
        80,
        12,
    ),
    Search(
        "idle",
        "diabetes",
        {"learning_rate": log(1e-5, 1.0), "l1": log(1e-8, 1e-7), "units": 32},
        80,
        8,
    ),
    Search(
        "idle",
        "spirals",
        {
            "learning_rate": log(1e-5, 1.0),
            "weight_decay": log(1e-8, 1e-7),
            "optimizer": "adamw",
            "units": 32,
        },
        80,
        8,
    ),
    Search(
        "idle",
        "breast_cancer",
        {"learning_rate": log(1e-6, 1.0), "l1": log(1e-8, 1e-7), "units": 16},
        80,
        6,
    ),
)

# Every configuration of a small space.
EXHAUSTED = (
    Search(
        "exhausted",
        "iris",
        {"units": {"choices": [4, 8, 16]}, "activation": {"choices": ["relu", "tanh"]}},
        0,
        10,
    ),
    Search(
        "exhausted",
        "wine",
        {"layers": {"low": 1, "high": 3}, "batch_size": {"choices": [16, 32]}},
        0,
        10,
    ),
    Search("exhausted", "digits", {"optimizer": {"choices": ["adam", "sgd", "rmsprop"]}}, 0, 5),
    Search(
        "exhausted",
        "moons",
        {"units": {"low": 8, "high": 32, "step": 8}, "layers": {"choices": [1, 2]}},
        0,
        10,
    ),
    Search(
        "exhausted",
        "diabetes",
        {"dropout": {"choices": [0.0, 0.2, 0.4]}, "activation": {"choices": ["relu", "elu"]}},
        0,
        10,
    ),
    Search(
        "exhausted",
        "circles",
        {"layers": {"low": 1, "high": 2}, "activation": {"choices": ["relu", "tanh", "linear"]}},
        0,
        10,
    ),
)

# The trials differ in nothing that is felt: the best of them was lucky.
NOISE = (
    Search("noise", "digits", {"l2": log(1e-8, 1e-7), "units": 32}, 24, 8, open=()),
    Search("noise", "digits", {"learning_rate": log(2.9e-3, 3.1e-3), "units": 32}, 24, 8, open=()),
    Search("noise", "wine", {"l1": log(1e-8, 1e-7), "learning_rate": 5e-3}, 16, 20, open=()),
    Search(
        "noise",
        "spirals",
        {"weight_decay": log(1e-8, 1e-7), "learning_rate": 1e-2},
        24,
        20,
        open=(),
    ),
    Search("noise", "breast_cancer", {"clipnorm": log(1e2, 1e3), "units": 16}, 16, 10, open=()),
    Search("noise", "moons", {"l2": log(1e-8, 1e-7), "learning_rate": 1e-2}, 24, 15, open=()),
)

_STEEP = {
    "learning_rate": log(1e-2, 10.0),
    "optimizer": "sgd",
    "activation": "linear",
    "momentum": 0.98,
    "layers": 4,
}

# Steps so large that many trials leave every bound.
LOST = (
    Search(
        "divergence",
        "diabetes",
        {
            "learning_rate": log(1e-3, 3.0),
            "optimizer": "sgd",
            "activation": "linear",
            "batch_size": 256,
        },
        24,
        30,
    ),
    Search(
        "divergence",
        "diabetes",
        {"learning_rate": log(1e-3, 5.0), "optimizer": "sgd", "units": 64},
        24,
        20,
    ),
    Search(
        "divergence",
        "diabetes",
        {"learning_rate": log(1e-3, 3.0), "optimizer": "sgd", "batch_size": 256},
        24,
        40,
        family="linear",
    ),
    Search("divergence", "digits", _STEEP, 24, 10),
    Search("divergence", "wine", _STEEP, 24, 20),
)

# A best value well inside the range; or a winner that is far ahead of all others.
HEALTHY = (
    Search("", "digits", {"learning_rate": log(1e-5, 1.0), "units": 32}, 24, 6),
    Search("", "wine", {"learning_rate": log(1e-5, 1.0), "units": 16}, 24, 15),
    Search("", "spirals", {"learning_rate": log(1e-5, 1.0), "units": 32}, 24, 20),
    Search("", "diabetes", {"learning_rate": log(1e-5, 1.0), "units": 32}, 24, 15),
    Search("", "iris", {"learning_rate": log(1e-5, 1.0), "units": {"low": 8, "high": 64}}, 30, 15),
    Search(
        "",
        "digits",
        {"learning_rate": log(1e-7, 1.0)},
        0,
        8,
        open=(),
        configurations=tuple({"learning_rate": r} for r in (1e-6, 3e-6, 1e-5, 3e-5, 3e-3)),
    ),
    Search(
        "",
        "spirals",
        {"learning_rate": log(1e-7, 1.0)},
        0,
        40,
        open=(),
        configurations=tuple({"learning_rate": r} for r in (1e-6, 3e-6, 1e-5, 3e-5, 1e-2)),
    ),
    Search(
        "",
        "wine",
        {"learning_rate": log(1e-7, 1.0)},
        0,
        20,
        open=(),
        configurations=tuple({"learning_rate": r} for r in (1e-7, 3e-7, 1e-6, 3e-6, 5e-3)),
    ),
    Search(
        "",
        "xor",
        {"units": log(1, 64), "learning_rate": 1e-2},
        0,
        30,
        open=(),
        configurations=tuple({"units": n} for n in (1, 32)),
    ),
    Search(
        "",
        "circles",
        {"units": log(1, 64), "learning_rate": 1e-2},
        0,
        30,
        open=(),
        configurations=tuple({"units": n} for n in (1, 48)),
    ),
)

SEARCHES: tuple[Search, ...] = (*EDGE, *IDLE, *EXHAUSTED, *NOISE, *LOST, *HEALTHY)
