"""The best model of a cross-validation: its configuration, trained on all training rows."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tuning_core.catalog import OBJECTIVES, TrialStatus, Value
from tuning_core.home.study_files import StudyFiles
from tuning_core.journal.events import EventDict
from tuning_core.journal.reading import read_events
from tuning_core.model_export import ExportError
from tuning_core.models import derive_seed
from tuning_core.spec.study import StudySpec
from tuning_core.training import Control, TrialTask, load_best, save_best
from tuning_core.training.following import Ask
from tuning_core.worker.limited_trainer import AnyTrainer
from tuning_core.worker.search.replay import replay
from tuning_core.worker.study_rows import whole_trainer

_TRAINING_LOSS = replace(OBJECTIVES["val_loss"], id="loss")
"""What a plateau is seen by, where no row validates."""


@dataclass(frozen=True)
class TrialOnFolds:
    """A trial that ended with a score; ``epochs`` is the median of its executions' best epochs."""

    trial: int
    seed: int
    config: dict[str, Value]
    epochs: int
    ended: EventDict

    @property
    def refit_seed(self) -> int:
        """The seed of its training on all rows."""
        return derive_seed(self.seed, "refit")


def refit_best(
    files: StudyFiles,
    spec: StudySpec,
    home: Path,
    *,
    stops: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda _: None,
) -> bool:
    """Makes the kept weights the best trial's refit, unless it is; False when ``stops`` ended it.

    The configuration is trained anew on all rows outside the test part for the median best epoch
    over the trial's executions, without early stopping, from a seed of its own. Without folds, or
    a trial with a score, nothing is done. Raises ExportError when the training fails.
    """
    if spec.folds == 1:
        return True
    events, path = list(read_events(files.journal)), files.best
    trial = replay(events, spec.objective_info).best_trial
    if trial is None:
        return True
    best = trial_on_folds(events, spec, trial)
    if _is_there(path, best):
        return True
    count = f"{best.epochs} epoch{'s' if best.epochs > 1 else ''}"
    say(f"Refitting trial {best.trial}, the best, on all training rows, {count}.")
    weights = refitted(
        best,
        spec,
        whole_trainer(spec, files, home),
        lambda: Control.STOP if stops() else Control.CONTINUE,
    )
    if weights is None:
        return False
    save_best(path, weights, _meta(best, best.refit_seed))
    return True


def refitted(
    trial: TrialOnFolds, spec: StudySpec, trainer: AnyTrainer, control: Ask
) -> list[np.ndarray] | None:
    """The weights of a trial's refit by a trainer of all rows; None when ``control`` stopped it.

    Raises ExportError when the training fails.
    """
    # Patience and epochs of its own are decided: by the median.
    config = {name: value for name, value in trial.config.items() if name not in DECIDED}
    if spec.model.own:  # What such a name means there, its file knows.
        config = dict(trial.config)
    task = TrialTask(
        config=config,
        seed=trial.refit_seed,
        epochs=trial.epochs,
        objective=_TRAINING_LOSS,
        keep_states=True,
    )
    outcome = trainer.run_trial(
        task, report=lambda _: None, control=control, checkpoint=lambda *_: None
    )
    if outcome.status is None:
        return None
    state = outcome.executions[0].state
    if outcome.status is not TrialStatus.COMPLETED or state is None:
        raise ExportError(
            f"The configuration of trial {trial.trial} could not be trained on all rows "
            f"({outcome.message}). Resume the study with a larger budget to find another."
        )
    return state.weights


DECIDED = ("epochs", "patience")
"""What of a configuration is decided by the median best epoch, where no row validates."""


def trial_on_folds(events: Iterable[EventDict], spec: StudySpec, trial: int) -> TrialOnFolds:
    """A trial of a journal that ended with a score."""
    of_trial = {e["kind"]: e for e in events if e.get("trial") == trial}
    started, ended = of_trial["trial_started"], of_trial["trial_ended"]
    epochs = [e["best_epoch"] for e in ended["executions"] if e["best_epoch"] is not None]
    config = spec.in_effect(started["config"])
    return TrialOnFolds(trial, started["seed"], config, round(statistics.median(epochs)), ended)


def _is_there(path: Path, best: TrialOnFolds) -> bool:
    if not path.is_file():
        return False
    meta = load_best(path)[1]
    return (meta["trial"], meta.get("epochs")) == (best.trial, best.epochs)


def _meta(best: TrialOnFolds, seed: int) -> dict[str, Any]:
    return {
        "trial": best.trial,
        "execution": best.ended["best_execution"],
        "config": best.config,
        "score": best.ended["score"],
        "best_epoch": best.ended["best_epoch"],
        "seed": seed,
        "refit": True,
        "epochs": best.epochs,
    }
