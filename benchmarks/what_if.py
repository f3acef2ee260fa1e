"""One training of digits, 10 epochs, by a warm worker that has seen the architecture before.

What-if asks for one training at a time, each with other values. Here each is a study of one trial:
measured from ``Manager.launch`` to its last epoch in the store, where the pages read it (looked at
every 2 ms). So the share of manager, store and worker in a launch (folder, rows, lock, pipe,
data) is in it, and the page's is not. Learning rate, dropout, units and batch size differ.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.browser import percentiles
from benchmarks.table import Row, run
from benchmarks.tunescape import finished, scratch_home, warm_manager
from tuning_core.manager import Manager
from tuning_core.spec import parse_spec

BAR = 0.4
EPOCHS = 10


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    requests = 3 if quick else 50
    rng = np.random.default_rng(0)
    with scratch_home() as home, warm_manager(home) as manager:
        finished(manager, document(rng))
        seconds = [_asked(manager, document(rng)) for _ in range(requests)]
    middle, high = percentiles(seconds)
    ours = f"{high:.2f} s (median {middle:.2f}, {requests} requests)"
    what = f"digits, {EPOCHS} epochs, from the request to the last epoch's event"
    return [Row(what, "", ours, None, f"95 % within {BAR:g} s", high <= BAR)]


def document(rng: np.random.Generator) -> dict[str, Any]:
    """The spec of one training."""
    return {
        "dataset": {"id": "digits"},
        "space": {
            "layers": 2,
            "units": int(rng.integers(1, 9) * 16),
            "activation": "relu",
            "optimizer": "adam",
            "learning_rate": float(10 ** rng.uniform(-4, -2)),
            "dropout": float(rng.uniform(0.05, 0.5)),
            "batch_size": int(rng.choice([16, 32, 64])),
        },
        "strategy": {"id": "random"},
        "objective": "val_accuracy",
        "budget": {"trials": 1, "epochs": EPOCHS},
    }


def _asked(manager: Manager, document: dict[str, Any]) -> float:
    """Seconds from the launch to the last epoch in the store, where pages read it."""
    spec = parse_spec(document)
    started = time.perf_counter()
    study_id = manager.launch(spec)
    while True:
        row = manager.store.study(study_id)
        assert row is not None
        if row.epochs >= EPOCHS:
            break
        time.sleep(0.002)
    seconds = time.perf_counter() - started
    manager.wait(study_id)
    return seconds


if __name__ == "__main__":
    run("One training on demand", __doc__, measure)
