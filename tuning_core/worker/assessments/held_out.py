"""What the best configuration says to each row, trained without it: the folds once more."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuning_core.catalog import TrialStatus
from tuning_core.datasets import (
    FoldedData,
    PreparedData,
    RawData,
    load_rows,
    split,
    split_rows,
)
from tuning_core.datasets.preparation import Fold, Part, fold_rows
from tuning_core.datasets.splitting import fold_parts
from tuning_core.journal.reading import read_events
from tuning_core.model_export import ExportError, evaluate, exported_network
from tuning_core.model_export.evaluation import Evaluation
from tuning_core.models import derive_seed
from tuning_core.training import Control, Trainer, TrialOutcome, TrialTask, area_under_curve
from tuning_core.training.checkpoints import StateFiles, load_best, write_arrays
from tuning_core.worker.assessments.asked import Asked, Stopped
from tuning_core.worker.assessments.subject import subject_of
from tuning_core.worker.requests.answers import per_row, write_answers
from tuning_core.worker.search.refit import DECIDED, trial_on_folds
from tuning_core.worker.search.replay import replay

FEWEST_FOLDS, MOST_FOLDS = 3, 10
"""Where the study has none of its own."""


def assess(asked: Asked) -> dict[str, Any]:
    """Writes the answers beside those to other parts; says how many rows and folds they are of.

    The folds are trained for the median best epoch, as the refit of a cross-validation is: no row
    chose the epoch of the model that answers it. A model of one's own is asked about its validation
    rows. Raises ExportError.
    """
    spec = asked.spec
    if spec.model.own:
        return _own(asked)
    events = list(read_events(asked.files.journal))
    trial = replay(events, spec.objective_info).best_trial
    if trial is None:
        raise ExportError("This study has no model yet: no trial has ended with a score.")
    best, raw = trial_on_folds(events, spec, trial), load_rows(spec.dataset, asked.home)
    folds = spec.folds if spec.folds > 1 else _folds(raw, asked)
    task = TrialTask(
        config={name: value for name, value in best.config.items() if name not in DECIDED},
        seed=derive_seed(best.seed, "held_out"),
        epochs=best.epochs,
        objective=spec.objective_info,
        executions=folds,
        keep_states=True,
    )
    data = fold_rows(raw, spec.dataset, folds)
    states = StateFiles(asked.files.assessment("held_out", "").with_suffix(""))
    outcome = _trained(asked, task, data, states, best.trial)
    rows = split_rows(raw, spec.dataset)
    places = [validation for _, validation in fold_parts(raw, spec.dataset, folds)]
    found = []
    for number, fold in enumerate(data.folds):
        state = outcome.executions[number].state
        if state is None:
            raise ExportError("A fold left no weights behind. Ask again.")
        found.append(_answered(task, data, fold, state.weights, rows, places[number]))
    order = np.concatenate(places)
    said = np.concatenate([each.predictions for each in found])
    y, metrics = rows.y[order], dict[str, float]()
    if said.shape[1] == 2:
        metrics["auc"] = area_under_curve(y, said[:, 1])
    whole = Evaluation(said, np.concatenate([each.losses for each in found]), metrics)
    meta = {"part": "held_out", "trial": best.trial}
    write_answers(asked.files.answers("held_out"), whole, rows.rows(order), y, raw, meta)
    states.keep_only(())
    return {"trial": best.trial, "rows": len(y), "folds": folds}


def _folds(raw: RawData, asked: Asked) -> int:
    """As many that a fold's model has about as many rows as the one that is downloaded."""
    parts = split(raw, asked.spec.dataset)
    share = (len(parts.train) + len(parts.validation)) // max(1, len(parts.validation))
    return min(MOST_FOLDS, max(FEWEST_FOLDS, share))


def _own(asked: Asked) -> dict[str, Any]:
    """Of a model of one's own, what it says to the validation rows, where they are arrays."""
    subject = subject_of(asked, None)
    said, y = subject.say(subject.rows, subject.truth).predictions, subject.truth
    task = "classification" if subject.classes else "regression"
    arrays, _ = per_row(said, y, task)
    trial = load_best(asked.files.best)[1]["trial"]
    about = {"columns": [], "classes": [*subject.classes], "metrics": {}}
    # What its rows mean is not known, so that none is shown.
    write_arrays(
        asked.files.answers("held_out"),
        {**arrays, "shown": [np.zeros(0, dtype=int)]},
        {"part": "held_out", "trial": trial, **about},
    )
    return {"trial": trial, "rows": len(y), "folds": 1}


def _trained(
    asked: Asked, task: TrialTask, data: FoldedData, states: StateFiles, trial: int
) -> TrialOutcome:
    """The executions of the folds; a stopped one goes on from the states that it left."""
    numbers = range(1, task.executions + 1)
    done = [0]

    def control() -> Control:
        try:
            asked.progress(
                done[0] / (task.epochs * task.executions),
                "Training on folds, so that each row is new to a model.",
            )
        except Stopped:
            return Control.STOP
        return Control.CONTINUE

    outcome = Trainer(data).run_trial(
        TrialTask(
            **{**vars(task), "resume": tuple(states.load(trial, number) for number in numbers)}
        ),
        report=lambda epoch: done.__setitem__(0, (epoch.execution - 1) * task.epochs + epoch.epoch),
        control=control,
        checkpoint=lambda number, state: states.save(trial, number, state),
    )
    if outcome.status is None:
        raise Stopped
    if outcome.status is not TrialStatus.COMPLETED:
        raise ExportError(f"The folds could not be trained again: {outcome.message}")
    return outcome


def _answered(
    task: TrialTask,
    data: FoldedData,
    fold: Fold,
    weights: Any,
    rows: RawData,
    places: np.ndarray,
) -> Evaluation:
    few = Part(fold.x[:1], fold.y[:1])
    own = PreparedData(
        info=data.info,
        train=few,
        validation=few,
        preprocessing=fold.preprocessing,
        target=fold.target,
        outputs=data.outputs,
        sizes=data.sizes,
    )
    model = exported_network(weights, task.config, task.seed, own)
    return evaluate(model, task.config, rows.rows(places), rows.y[places], own)
