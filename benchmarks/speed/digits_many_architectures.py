"""Digits, random trials over layers, units and activation too: 20 and 60 trials.

Peer: stock Keras Tuner's random search.
"""

from __future__ import annotations

from typing import Any

from benchmarks.parts.table import Row, run
from benchmarks.speed import digits_one_architecture
from benchmarks.speed.comparison import compare

BARS = {20: 6.0, 60: 10.0}


def document(trials: int) -> dict[str, Any]:
    """The spec of the study."""
    base = digits_one_architecture.document(trials)
    searched = {
        "layers": {"low": 1, "high": 3},
        "units": {"low": 16, "high": 128, "step": 16},
        "activation": {"choices": ["relu", "tanh"]},
    }
    return {**base, "space": {**base["space"], **searched}}


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    bars = {4: None} if quick else BARS
    return [
        row
        for trials, bar in bars.items()
        for row in compare("keras_tuner_random", document(trials)).rows("many architectures", bar)
    ]


if __name__ == "__main__":
    run("Digits, many architectures, against stock Keras Tuner", __doc__, measure)
