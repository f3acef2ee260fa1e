"""One study in a server of its own, edited under way.

``python -m benchmarks.robustness.kills_app HOME SPEC``

Launches the study of a spec, or goes on with it after a death. Once its budget is spent it adds a
trial outside the ranges, changes the ranges where the strategy allows it, and extends the budget;
then it runs to its end. With ``--restless`` it pauses and resumes at random as well.
"""

from __future__ import annotations

import argparse
import random
from contextlib import suppress
from pathlib import Path

from tuning_core.catalog import StudyStatus
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec.study import StudySpec, parse_spec

MORE_TRIALS = 3
"""Trials by which the budget grows."""
OUTSIDE = {"units": 33}
RANGES = {
    "learning_rate": {"low": 0.003, "high": 0.05, "scale": "log"},
    "units": {"low": 6, "high": 20, "step": 2},
}
LOOK_SECONDS = 0.05
PAUSE_CHANCE = 0.02
"""At each look at a running study."""


def main() -> None:
    """Run the study to its end, from wherever it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("spec", type=Path)
    parser.add_argument("--restless", action="store_true")
    options = parser.parse_args()
    spec = parse_spec(options.spec.read_bytes())
    manager = Manager(options.home, server=True, spare=False, resumes=True)
    try:
        known = manager.store.studies()
        study_id = known[0].id if known else manager.launch(spec)
        while go_on(manager, study_id, spec):
            row = manager.wait(study_id, LOOK_SECONDS)
            with suppress(ManagerError):  # It may just have ended.
                if row.status is not StudyStatus.RUNNING:
                    continue
                if options.restless and not row.message and random.random() < PAUSE_CHANCE:
                    # Without a message: the worker has begun, and is not lost with its imports.
                    manager.pause(study_id)
    finally:
        manager.close()


def go_on(manager: Manager, study_id: str, spec: StudySpec) -> bool:
    """Do what the study needs next; False when it has finished with all edits."""
    row = manager.wait(study_id, 0)
    if row.status.resumable:
        with suppress(ManagerError):  # Such as that its worker still holds its lock.
            manager.resume(study_id)
        return True
    return not _ended(manager, study_id, spec)


def _ended(manager: Manager, study_id: str, spec: StudySpec) -> bool:
    """Whether the study has finished with all edits; makes those that it lacks."""
    if manager.wait(study_id, 0).status is not StudyStatus.FINISHED:
        return False
    history = [row.details.get("what") for row in manager.store.history(study_id)]
    asked = {*history, *(edit.what for edit in manager.editing.waiting(study_id))}
    with suppress(ManagerError):
        if "trial" not in asked:
            manager.editing.add_trial(study_id, OUTSIDE, outside=True)
            return False
        if "space" not in asked and not spec.strategy.info.ranges_stay:
            manager.editing.change_ranges(study_id, {**spec.space, **RANGES})
            return False
        if "budget" not in asked:
            manager.editing.extend(study_id, trials=spec.trials + MORE_TRIALS)
            return False
    return not manager.editing.waiting(study_id)


if __name__ == "__main__":
    main()
