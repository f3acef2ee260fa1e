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
    split_rows,
)
from tuning_core.datasets.preparation import Fold, Part, fold_rows
from tuning_core.datasets.splitting import fold_parts
from tuning_core.journal.reading import read_events
from tuning_core.model_export import ExportError, evaluate, exported_network
from tuning_core.model_export.evaluation import Evaluation
from tuning_core.training import Control, Trainer, TrialOutcome, TrialTask, area_under_curve
from tuning_core.training.checkpoints import StateFiles
from tuning_core.worker.assessments.asked import Asked, Stopped
from tuning_core.worker.requests.answers import write_answers
from tuning_core.worker.requests.confirmation import trained_as
from tuning_core.worker.search.replay import replay


def assess(asked: Asked) -> dict[str, Any]:
    """Writes the answers beside those to other parts; says how many rows and folds they are of.

    The folds are trained as in the search, from the seed of the best trial. Raises ExportError.
    """
    spec = asked.spec
    if spec.folds == 1:
        raise ExportError(
            "Without a cross-validation the validation rows are held out already: the best model "
            "has not trained on them."
        )
    events = read_events(asked.files.journal)
    trial = replay(events, spec.objective_info).best_trial
    if trial is None:
        raise ExportError("This study has no model yet: no trial has ended with a score.")
    started = next(e for e in events if e["kind"] == "trial_started" and e["trial"] == trial)
    config, epochs = trained_as(asked.files, spec, [trial])[trial]
    task = TrialTask(
        config=config,
        seed=started["seed"],
        epochs=epochs,
        objective=spec.objective_info,
        executions=spec.folds,
    )
    raw = load_rows(spec.dataset, asked.home)
    data = fold_rows(raw, spec.dataset, spec.folds)
    states = StateFiles(asked.files.assessment("held_out", "").with_suffix(""))
    outcome = _trained(asked, task, data, states, trial)
    rows, places = split_rows(raw, spec.dataset), _places(raw, asked)
    found = [
        _answered(task, data, fold, outcome.executions[number].best_weights, rows, places[number])
        for number, fold in enumerate(data.folds)
    ]
    order = np.concatenate(places)
    said = np.concatenate([each.predictions for each in found])
    y, metrics = rows.y[order], dict[str, float]()
    if said.shape[1] == 2:
        metrics["auc"] = area_under_curve(y, said[:, 1])
    whole = Evaluation(said, np.concatenate([each.losses for each in found]), metrics)
    meta = {"part": "held_out", "trial": trial}
    write_answers(asked.files.answers("held_out"), whole, rows.rows(order), y, raw, meta)
    states.keep_only(())
    return {"trial": trial, "rows": len(y), "folds": spec.folds}


def _trained(
    asked: Asked, task: TrialTask, data: FoldedData, states: StateFiles, trial: int
) -> TrialOutcome:
    """The executions of the folds; a stopped one goes on from the states that it left."""
    numbers = range(1, task.executions + 1)
    done = [0]

    def control() -> Control:
        try:
            asked.progress(done[0] / (task.epochs * task.executions), "Training the folds again.")
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


def _places(raw: RawData, asked: Asked) -> list[np.ndarray]:
    """Numbers of the rows that validate in each fold, into those that are divided."""
    dataset, folds = asked.spec.dataset, asked.spec.folds
    return [validation for _, validation in fold_parts(raw, dataset, folds)]


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
