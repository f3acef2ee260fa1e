"""A trained trial in a folder, without a search around it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tuning_core.child_process import run_child
from tuning_core.datasets import prepare
from tuning_core.model_export import export_bundle, export_model, score_table
from tuning_core.spec.study import StudySpec
from tuning_core.training import Control, Trainer, TrialTask, save_best


def finished(folder: Path, spec: StudySpec) -> dict[str, Any]:
    """Trains one trial and leaves its best.npz in the folder; returns the metadata."""
    task = TrialTask(
        config=spec.search_space.complete({}),
        seed=1,
        epochs=spec.budget.epochs,
        objective=spec.objective_info,
    )
    trainer = Trainer(prepare(spec.dataset, folder))
    outcome = trainer.run_trial(task, lambda _: None, lambda: Control.CONTINUE, lambda *_: None)
    meta = {
        "config": dict(task.config),
        "trial": 1,
        "execution": 1,
        "score": outcome.score,
        "best_epoch": outcome.best_epoch,
        "seed": task.seed,
    }
    save_best(folder / "best.npz", outcome.executions[0].best_weights, meta)
    return meta


def exported_model(folder: Path, spec: StudySpec) -> Path:
    """The model file of a finished study."""
    return export_model(folder / "best.npz", folder / "model.keras", spec, folder)


def exported_bundle(folder: Path, spec: StudySpec, history: Sequence[Mapping[str, Any]]) -> Path:
    """The bundle of a finished study."""
    return export_bundle(folder / "best.npz", folder / "bundle.zip", spec, folder, history)


def scored_table(folder: Path, spec: StudySpec, path: Path) -> Path:
    """The predictions of a finished study's model for a table."""
    return score_table(folder / "best.npz", folder / "predictions.csv", spec, folder, path)


def alone(folder: Path, *arguments: object) -> str:
    """What Python prints in a folder, in a process that has Keras and nothing of ours."""
    cpu = {"CUDA_VISIBLE_DEVICES": "-1", "TF_NUM_INTRAOP_THREADS": "1"}
    command = [sys.executable, "-I", *map(str, arguments)]
    done = run_child(command, 240, folder=folder, environment=cpu)
    assert done.returncode == 0, done.errors
    return done.output
