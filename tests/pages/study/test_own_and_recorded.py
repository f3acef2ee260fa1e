"""Studies of models of one's own, and those that another tool recorded."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from tests.pages.conftest import Opener, words
from tests.spec.own import own_spec, recorded_spec
from tuning_core.home.locks import own_token
from tuning_core.manager import Manager
from tuning_core.spec.study import StudySpec, parse_spec

TABS = ("overview", "learning_curves", "parallel_coordinates", "hyperparameters",
        "search_behaviour", "best_model")  # fmt: skip


def store(engine: Manager, study_id: str, document: dict[str, Any], epochs: int = 3) -> StudySpec:
    """Keeps a finished study whose metrics come from every epoch, its objective with the score."""
    spec = parse_spec({"budget": {"trials": 24, "epochs": max(epochs, 1)}, **document})
    now, rng = time.time(), np.random.default_rng(0)
    engine.store.create_study(study_id, spec.name, spec.to_json(), now, own_token())
    begun = {"kind": "study_started", "pid": 1, "device": "", "versions": {}, "resumed": False,
             "rows": {}, "elapsed": 0.0}  # fmt: skip
    events: list[dict[str, Any]] = [begun]
    for trial in range(1, 25):
        lost = trial == 3
        events.append({"kind": "trial_started", "trial": trial, "parent": None,
                       "config": spec.search_space.sample(rng), "epochs": epochs,
                       "initial_epoch": 0, "bracket": None, "round": None, "seed": 0,
                       "suggested_in": 0.0})  # fmt: skip
        events += [
            {"kind": "epoch", "trial": trial, "execution": 1, "epoch": epoch, "seconds": 0.1,
             "metrics": dict.fromkeys(spec.metrics or (), trial + 1 / epoch)}
            for epoch in range(1, epochs + 1)
        ]  # fmt: skip
        score = None if lost else 1000.0 + trial
        ended = {"execution": 1, "status": "failed" if lost else "completed", "score": score,
                 "best_epoch": None, "epochs": epochs}  # fmt: skip
        events.append({"kind": "trial_ended", "trial": trial, "executions": [ended],
                       "status": ended["status"], "score": score, "best_epoch": None,
                       "best_execution": 1, "epochs": epochs, "seconds": 0.5,
                       "parameters": None, "message": "" })  # fmt: skip
    events.append({"kind": "study_ended", "status": "finished", "reason": "trials", "message": "",
                   "seconds": 12.0})  # fmt: skip
    engine.store.apply(study_id, [{"seq": n, "time": now, **e} for n, e in enumerate(events, 1)])
    return spec


@pytest.mark.parametrize(("document", "epochs"), [(recorded_spec(), 0), (own_spec(), 3)])
def test_every_tab_is_drawn(
    engine: Manager, opened: Opener, document: dict[str, Any], epochs: int
) -> None:
    store(engine, "theirs00", document, epochs)
    app = opened("study", id="theirs00")
    for tab in TABS:
        app.query_params["tab"] = tab
        app.run()
        assert not app.exception
        assert "a fault of its own" not in words(app), tab
