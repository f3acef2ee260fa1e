"""The bundle of a study: a request, because it takes Keras."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tuning_core.catalog import TrialStatus
from tuning_core.journal.events import EventDict
from tuning_core.journal.reading import read_events
from tuning_core.model_export import Told, export_bundle
from tuning_core.spec.study import StudySpec
from tuning_core.training import load_best
from tuning_core.worker.inbox import Command
from tuning_core.worker.pipe import EventPipe
from tuning_core.worker.search.refit import refit_best
from tuning_core.worker.search.replay import replay

_CUT_SHORT = (TrialStatus.PRUNED, TrialStatus.SKIPPED)


def bundle(
    command: Command, folder: Path, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    """Answers ``export_bundle``: the zip of the best model and all that explains it."""
    refit_best(folder, spec, home)
    events = read_events(folder / "events.jsonl")
    told = told_of(events, spec, folder / "best.npz")
    return {"path": str(export_bundle(folder, spec, home, history(events), told))}


def history(events: Iterable[EventDict]) -> list[dict[str, Any]]:
    """A row for every epoch of every trial."""
    return [
        {
            "trial": event["trial"],
            "execution": event["execution"],
            "epoch": event["epoch"],
            **event["metrics"],
            "seconds": event["seconds"],
        }
        for event in events
        if event["kind"] == "epoch"
    ]


def told_of(events: list[EventDict], spec: StudySpec, best: Path) -> Told:
    """What the journal says of the search around the best trial."""
    replayed = replay(events, spec.objective_info)
    trial = load_best(best)[1]["trial"] if best.is_file() else None
    of_trial = {event["kind"]: event for event in events if event.get("trial") == trial}
    started, ended = of_trial.get("trial_started"), of_trial.get("trial_ended")
    revealed = replayed.revealed
    return Told(
        epochs=_epochs(started, ended),
        scores=tuple(
            execution["score"]
            for execution in (ended or {}).get("executions", [])
            if execution["score"] is not None
        ),
        test=revealed["metrics"] if revealed and revealed["trial"] == trial else None,
        trials=sum(record.status.ended for record in replayed.records),
        trained_epochs=sum(event["kind"] == "epoch" for event in events),
        seconds=replayed.elapsed,
    )


def _epochs(started: EventDict | None, ended: EventDict | None) -> int | None:
    """What a training of the trial had at most: less than planned where it was cut short."""
    if ended is not None and ended["status"] in _CUT_SHORT:
        return int(ended["epochs"])
    return None if started is None else int(started["epochs"])
