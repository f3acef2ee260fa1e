"""Studies as a worker would have recorded them, without training anything."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from pages.components.shared.study_draft import DEMO
from tuning_core.home.locks import own_token
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.store import Store

Event = dict[str, Any]


def record(
    store: Store,
    study_id: str,
    *,
    name: str = "A recorded search",
    trials: int = 4,
    epochs: int = 3,
    status: str = "finished",
    message: str = "",
    planned: int | None = None,
    lost: Collection[int] = (2,),
    changes: Mapping[int, Event] | None = None,
    **parts: Any,
) -> StudySpec:
    """Store a study of digits that ended in ``status`` after ``trials`` trials.

    The trials ``lost`` diverged; the score of trial n is 0.9 + n / 1000. ``changes`` has by trial
    what its start and its end say otherwise. ``parts`` of the spec replace those of the demo; with
    several executions their scores lie 0.01 apart around it.
    """
    budget = {"trials": planned or max(trials, 1), "epochs": epochs}
    spec = parse_spec({**DEMO, "name": name, "budget": budget, **parts})
    # Of a process that lives: what is nobody's is soon taken for interrupted.
    store.create_study(study_id, name, spec.to_json(), time.time(), own_token())
    store.apply(study_id, recorded(spec, trials, epochs, status, message, lost, changes))
    return spec


def recorded(
    spec: StudySpec,
    trials: int,
    epochs: int = 3,
    status: str = "finished",
    message: str = "",
    lost: Collection[int] = (2,),
    changes: Mapping[int, Event] | None = None,
) -> list[Event]:
    """The events of such a study, to be stored at once or bit by bit."""
    events = _events(spec, trials, epochs, status, message, lost, changes or {})
    return [{"seq": n, **event} for n, event in enumerate(events, 1)]


def _events(
    spec: StudySpec,
    trials: int,
    epochs: int,
    status: str,
    message: str,
    lost_trials: Collection[int],
    changes: Mapping[int, Event],
) -> Iterator[Event]:
    now = time.time()
    rng = np.random.default_rng(0)
    rows = {"train": 1258, "validation": 359, "test": 180}
    yield {"kind": "study_started", "time": now, "pid": 1, "device": "CPU", "versions": {},
           "resumed": False, "rows": rows, "elapsed": 0.0}  # fmt: skip
    for trial in range(1, trials + 1):
        lost = trial in lost_trials
        score = 0.9 + trial / 1000
        yield {"kind": "trial_started", "time": now, "trial": trial, "parent": None,
               "config": spec.search_space.sample(rng), "epochs": epochs, "initial_epoch": 0,
               "bracket": None, "round": None, "seed": trial, "suggested_in": 0.0,
               **changes.get(trial, {})}  # fmt: skip
        executions = []
        for execution in range(1, spec.executions + 1):
            own = score + 0.01 * (execution - (spec.executions + 1) / 2)
            for epoch in range(1, epochs + 1):
                value = own - 0.1 * (epochs - epoch) / epochs
                metrics = {"loss": 1 - value, "accuracy": value + 0.01, "val_loss": 1.1 - value,
                           "val_accuracy": value}  # fmt: skip
                yield {"kind": "epoch", "time": now, "trial": trial, "execution": execution,
                       "epoch": epoch, "metrics": metrics, "seconds": 0.01}  # fmt: skip
            executions.append(
                {"execution": execution, "status": "diverged" if lost else "completed",
                 "score": None if lost else own, "best_epoch": epochs, "epochs": epochs}
            )  # fmt: skip
        yield {"kind": "trial_ended", "time": now, "trial": trial, "executions": executions,
               "status": "diverged" if lost else "completed", "score": None if lost else score,
               "best_epoch": epochs, "best_execution": spec.executions,
               "epochs": epochs * spec.executions, "seconds": 0.5,
               "parameters": 4810, "message": "The loss was not a number." if lost else "",
               **changes.get(trial, {})}  # fmt: skip
    reason = {"finished": "trials", "failed": "error"}.get(status, "stopped")
    yield {"kind": "study_ended", "time": now, "status": status, "reason": reason,
           "message": message, "seconds": 2.0}  # fmt: skip
