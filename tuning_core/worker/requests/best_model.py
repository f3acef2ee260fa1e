"""Requests about the best model: its file, the bundle, its test score, a table of new rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tuning_core.catalog import TrialStatus
from tuning_core.catalog.model_formats import KERAS, MODEL_FORMATS
from tuning_core.home.locks import StudyLock
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import EventDict, TestRevealed
from tuning_core.journal.reading import read_events
from tuning_core.journal.writing import Journal
from tuning_core.model_export import (
    ExportError,
    SearchSummary,
    evaluate_test,
    export_bundle,
    export_model,
    score_table,
)
from tuning_core.model_export.own_model import (
    evaluate_own_test,
    export_own_bundle,
    export_own_model,
    own_best,
)
from tuning_core.spec.decision import Decision, read_decision
from tuning_core.spec.study import StudySpec
from tuning_core.training import load_best
from tuning_core.worker.pipes import Command, EventPipe
from tuning_core.worker.search.refit import refit_best
from tuning_core.worker.search.replay import replay
from tuning_core.worker.study_rows import load_kept

_CUT_SHORT = (TrialStatus.PRUNED, TrialStatus.SKIPPED)


def bundle(
    command: Command, files: StudyFiles, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    """Answers ``export_bundle``: the zip of the best model and all that explains it.

    The command's ``format`` is that of the model file that goes in beside Keras's own.
    """
    if spec.dataset.outer is not None:
        raise ExportError(
            "The search of an outer fold measures tuning: its model is not one to use. Export that "
            "of the study itself."
        )
    known = MODEL_FORMATS[str(command.get("format", KERAS.id))]
    refit_best(files, spec, home)
    events = read_events(files.journal)
    summary = search_summary(events, spec, files.best, read_decision(files.decision))
    rows, target = history(events), files.bundle_as(known.id)
    if spec.model.own:
        best = own_best(files.best, load_kept(files), spec, home)
        return {"path": str(export_own_bundle(best, target, spec, home, rows, summary, known))}
    return {"path": str(export_bundle(files.best, target, spec, home, rows, summary, known))}


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


def search_summary(
    events: list[EventDict], spec: StudySpec, best: Path, decision: Decision | None = None
) -> SearchSummary:
    """What the journal says of the search around the best trial."""
    replayed = replay(events, spec.objective_info)
    trial = load_best(best)[1]["trial"] if best.is_file() else None
    of_trial = {event["kind"]: event for event in events if event.get("trial") == trial}
    started, ended = of_trial.get("trial_started"), of_trial.get("trial_ended")
    revealed = replayed.revealed
    return SearchSummary(
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
        decision=None if decision is None or trial is None else decision.of(trial),
    )


def _epochs(started: EventDict | None, ended: EventDict | None) -> int | None:
    """What a training of the trial had at most: less than planned where it was cut short."""
    if ended is not None and ended["status"] in _CUT_SHORT:
        return int(ended["epochs"])
    return None if started is None else int(started["epochs"])


def model_file(
    command: Command, files: StudyFiles, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    """Answers ``export_model``: the best model as a file of Keras."""
    refit_best(files, spec, home)
    if spec.model.own:
        best = own_best(files.best, load_kept(files), spec, home)
        return {"path": str(export_own_model(best, files.model))}
    decision = read_decision(files.decision)
    return {"path": str(export_model(files.best, files.model, spec, home, decision))}


def test_score(
    command: Command, files: StudyFiles, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    """Answers ``test``: metrics on the test part, which are evaluated once and recorded."""
    study = str(command["study"])
    with StudyLock(files, command.get("server")):
        journal = Journal(files.journal, study, pipe.send)
        try:
            refit_best(files, spec, home)
            trial = load_best(files.best)[1]["trial"]
            revealed = replay(journal.recorded, spec.objective_info).revealed
            if revealed is not None and revealed["trial"] == trial:
                metrics: dict[str, Any] = revealed["metrics"]
            else:
                metrics = _tested(files, spec, home)
                journal.append(TestRevealed.model_construct(trial=trial, metrics={**metrics}))
        finally:
            journal.close()
    return metrics


def _tested(files: StudyFiles, spec: StudySpec, home: Path) -> dict[str, float]:
    if not spec.model.own:
        return evaluate_test(files.best, spec, home)
    return evaluate_own_test(own_best(files.best, load_kept(files), spec, home), spec, home)


def score(
    command: Command, files: StudyFiles, spec: StudySpec, home: Path, pipe: EventPipe
) -> dict[str, Any]:
    """Answers ``score``: the rows of the command's ``table`` with the best model's answers."""
    if spec.model.own:
        raise ExportError("A model of your own answers new rows where you load its file.")
    refit_best(files, spec, home)
    table = Path(str(command["table"]))
    # A file per table, so that one user's never replaces another's.
    target = files.predictions / f"{table.stem}.csv"
    decision = read_decision(files.decision)
    return {"path": str(score_table(files.best, target, spec, home, table, decision))}
