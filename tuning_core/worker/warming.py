"""What a worker does before anybody asks: the code of a first search has run, and is traced."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tuning_core.catalog import OBJECTIVES, Value
from tuning_core.catalog.datasets import DATASETS
from tuning_core.datasets import Part, PreparedData, Preprocessing, TargetScale
from tuning_core.training import Control, Trainer, TrialTask, warm

ROWS, COLUMNS = 32, 4

USUAL: dict[str, Value] = {
    "layers": 2,
    "units": 8,
    "activation": "relu",
    "dropout": 0.0,
    "optimizer": "adam",
    "learning_rate": 0.001,
    "batch_size": 16,
}


def train_once() -> None:
    """Train the usual network on made-up rows, so that all code on the way has run."""
    info = DATASETS["iris"]
    x = np.zeros((ROWS, COLUMNS), np.float32)
    part = Part(x, np.zeros(ROWS, np.int32))
    columns = np.ones(COLUMNS, np.float32)
    data = PreparedData(
        info=info,
        train=part,
        validation=part,
        preprocessing=Preprocessing((COLUMNS,), columns, columns),
        target=TargetScale(),
        outputs=info.classes,
        sizes={"train": ROWS, "validation": ROWS, "test": 0},
    )
    task = TrialTask(config=USUAL, seed=0, epochs=1, objective=OBJECTIVES["val_accuracy"])
    Trainer(data).run_trial(
        task,
        report=lambda _: None,
        control=lambda: Control.CONTINUE,
        checkpoint=lambda *_: None,
    )


def trace_likely() -> Iterator[None]:
    """Trace what a first search is likely to ask for, one architecture between two looks."""
    for changes in ({"layers": 1}, {"layers": 3}, {"activation": "tanh"}, {"dropout": 0.2}):
        warm([{**USUAL, **changes}], "classification")
        yield
