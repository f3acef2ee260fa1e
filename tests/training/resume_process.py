"""Trains a trial in a process of its own: whole, up to a stop, or on from it."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from tests.training.small_data import Watch, answers, make_task, small_data
from tuning_core.training import Control, ExecutionState, Trainer

TASK = {"dropout": 0.2, "units": 40, "epochs": 8, "keep_states": True}


def main(what: str, folder: str = "") -> None:
    """Prints status, metrics by epoch and a hash of the last weights as one JSON line."""
    path = Path(folder) / "1-1.npz"
    resume = (ExecutionState.load(path),) if what == "resume" else ()
    watch = Watch(answers(Control.STOP, at=4)) if what == "stop" else Watch()
    outcome = watch.run(Trainer(small_data()), make_task(resume=resume, **TASK))
    state = outcome.executions[0].state
    assert state is not None
    if what == "stop":
        state.save(path)
    weights = hashlib.sha256(b"".join(array.tobytes() for array in state.weights)).hexdigest()
    metrics = [report.metrics for report in watch.reports]
    print(json.dumps({"status": outcome.status, "metrics": metrics, "weights": weights}))


if __name__ == "__main__":
    main(*sys.argv[1:])
