"""On which rows, and by which metric, the models of a study are held against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from tuning_core.analysis.references.paired import Answers
from tuning_core.catalog import Value
from tuning_core.catalog.architecture import loss_name
from tuning_core.catalog.objectives import METRICS, OBJECTIVES
from tuning_core.datasets import prepare, prepare_all, prepare_folds, test_part
from tuning_core.journal.reading import read_events
from tuning_core.model_export import ExportError
from tuning_core.models import build_model
from tuning_core.own_models.data import OwnPart
from tuning_core.training import load_best
from tuning_core.worker.assessments.asked import Asked
from tuning_core.worker.assessments.reference_models import Turn, turns_of
from tuning_core.worker.search.refit import refit_best
from tuning_core.worker.study_rows import load_kept, own_rows

_CHUNK = 2048
_USUAL_LOSS = {"classification": ("cross_entropy", "log_loss"), "regression": ("mse", "mse")}
"""The loss of networks that other models have too, and its name among metrics."""


@dataclass(frozen=True)
class Ground:
    """What all models are judged on: by ``metric``, on the rows that each turn has held out.

    ``best`` are the answers of the best network to these rows, None where they are not at hand.
    """

    turns: Sequence[Turn]
    outputs: int
    task: str
    metric: str
    best: Answers | None = None
    row_shape: tuple[int, ...] = ()

    def core(
        self, config: Mapping[str, Value], seed: int, weights: Sequence[np.ndarray]
    ) -> keras.Model:
        """A network of the catalog on preprocessed rows; ValueError for weights of another."""
        core = build_model(config, self.row_shape, self.outputs, self.task, seed)
        core.set_weights(list(weights))
        return core


def family_ground(asked: Asked, part: str, trial: int | None) -> Ground:
    """The rows of a family's study, with the best network's answers where these are of rows."""
    spec, files, home = asked.spec, asked.files, asked.home
    info, metric = spec.dataset_info, spec.objective_info.metric
    standardised = metric == "loss"
    if metric == "loss":
        metric = _USUAL_LOSS[info.task][1]
    if part == "validation" and spec.folds > 1:
        folded = prepare_folds(spec.dataset, spec.folds, home)
        turns = turns_of(folded, standardised)
        ground = Ground(turns, folded.outputs, info.task, metric, None, folded.row_shape)
        if standardised and trial is not None:
            _refuse_loss(asked, trial, _PENALTIES)
        return ground
    data = (prepare if spec.folds == 1 else prepare_all)(spec.dataset, home)
    [turn] = turns_of(data, standardised)
    if part == "test":
        held = test_part(spec.dataset, home)
        if not len(held.y):
            raise ExportError("This study has no test rows: set dataset.test to a share above 0.")
        truth = data.target.standardised(np.asarray(held.y, np.float64))
        turn = replace(
            turn,
            held_x=data.preprocessing.apply(held.x_raw),
            truth=truth if standardised and info.task == "regression" else held.y,
        )
        refit_best(files, spec, home)
    if standardised and trial is not None:
        _refuse_loss(asked, trial)
    ground = Ground([turn], data.outputs, info.task, metric, None, data.row_shape)
    return ground if trial is None else replace(ground, best=_best_answers(asked, ground, trial))


_PENALTIES = ("l1", "l2", "activity_l2")


def _refuse_loss(asked: Asked, trial: int, without: Sequence[str] = ()) -> None:
    """Raises ExportError where the best network's loss is one that other models have not.

    It may be ``without`` hyperparameters that add to it, where its own answers are not at hand.
    """
    started = next(
        e
        for e in read_events(asked.files.journal)
        if e["kind"] == "trial_started" and e["trial"] == trial
    )
    config, task = asked.spec.in_effect(started["config"]), asked.spec.dataset_info.task
    usual, _ = _USUAL_LOSS[task]
    name = loss_name(config, task)
    if any(config.get(penalty) for penalty in without):
        raise ExportError(
            "The best network's loss holds a penalty on its weights or answers in every fold, "
            "which other models do not have. A study with another objective, such as accuracy or "
            "mean absolute error, can be held against them."
        )
    if name != usual or config.get("label_smoothing"):
        smoothed = " with smoothed labels" if config.get("label_smoothing") else ""
        raise ExportError(
            f"The best network's loss is {name.replace('_', ' ')}{smoothed}, which other models do "
            "not have. A study with another objective, such as accuracy or mean absolute error, "
            "can be held against them."
        )


def _best_answers(asked: Asked, ground: Ground, trial: int) -> Answers | None:
    """What the kept best network says to the held rows; None where it is not the trial's."""
    if not asked.files.best.is_file():
        return None
    weights, meta = load_best(asked.files.best)
    [turn] = ground.turns
    try:
        core = ground.core(meta["config"], meta["seed"], weights)
    except ValueError:
        return None
    if meta["trial"] != trial:
        return None
    return turn.answers(said_by(core, turn.held_x, lambda: asked.progress(0.1, "The best network")))


def said_by(network: Any, x: np.ndarray, tick: Callable[[], None] = lambda: None) -> np.ndarray:
    """What a network says to preprocessed rows, a bounded number of them at a time."""
    # ``Model.predict`` would trace a graph, which is never given back.
    parts = []
    for first in range(0, len(x), _CHUNK):
        parts.append(np.asarray(network(x[first : first + _CHUNK], training=False)))
        tick()
    return np.concatenate(parts)


_OWN_TASKS: Mapping[str, str] = {
    **dict.fromkeys(("accuracy", "auc", "f1"), "classification"),
    **dict.fromkeys(("mae", "mse", "r2"), "regression"),
}


def own_ground(asked: Asked) -> Ground:
    """The rows of a study of one's own model, where they are one array of numbers each."""
    spec = asked.spec
    metric = spec.objective_info.metric
    known = OBJECTIVES.get(f"val_{metric}")
    if metric not in METRICS or metric not in _OWN_TASKS or known is None:
        raise ExportError(
            f"{metric} is known to the model's own file alone, so no other model can be measured "
            f"by it. Studies that aim at {', '.join(_OWN_TASKS)} have references."
        )
    turns, _ = own_rows(load_kept(asked.files), spec, asked.home)
    task = _OWN_TASKS[metric]
    found = []
    for own in turns:
        if own.validation is None or not own.train.plain or not own.validation.plain:
            raise ExportError(
                "The rows of this study are not one array of inputs and one of targets with "
                "validation rows of their own, which is what the references take."
            )
        x, y = _plain(own.train, task)
        held_x, truth = _plain(own.validation, task)
        weights = None if own.train.weights is None else np.asarray(own.train.weights).ravel()
        found.append(Turn(x, y, weights, held_x, truth))
    classes = max(int(max(t.y.max(), t.truth.max())) + 1 for t in found)
    return Ground(found, classes if task == "classification" else 1, task, metric)


def _plain(part: OwnPart, task: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (n, d) and targets (n,). Raises ExportError."""
    x, y = np.asarray(part.x), np.asarray(part.y)
    if x.dtype.kind not in "fiub" or y.dtype.kind not in "fiub":
        raise ExportError("The references take numbers, and these rows hold something else.")
    y = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 and task != "regression" else y
    y = y.reshape(len(y), -1)
    if y.shape[1] != 1:
        raise ExportError("The references answer with one number a row; these targets have more.")
    return x.reshape(len(x), -1).astype(np.float32), y[:, 0].astype(
        np.int32 if task == "classification" else np.float64
    )
