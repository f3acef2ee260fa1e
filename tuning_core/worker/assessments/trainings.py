"""Trainings that an assessment makes: the best trial as it was trained, on other seeds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from tuning_core.catalog import Value
from tuning_core.journal.reading import read_events
from tuning_core.model_export import ExportError
from tuning_core.models import derive_seed
from tuning_core.space import Config
from tuning_core.spec.study import StudySpec
from tuning_core.training import Control, EpochProgress, EpochReport, TrialTask
from tuning_core.worker.assessments.asked import Asked, Stopped
from tuning_core.worker.limited_trainer import AnyTrainer
from tuning_core.worker.requests.confirmation import trained_as
from tuning_core.worker.search.replay import replay


@dataclass(frozen=True)
class BestTrial:
    """The trial with the best score: its ``config`` as it was suggested, and its last epoch."""

    number: int
    config: Config
    epochs: int


def best_trial(asked: Asked) -> BestTrial:
    """The best trial of a study. Raises ExportError where no trial has a score."""
    events = read_events(asked.files.journal)
    number = replay(events, asked.spec.objective_info).best_trial
    if number is None:
        raise ExportError("No trial has a score, so there is no best configuration yet.")
    started = next(
        event
        for event in reversed(events)
        if event["kind"] == "trial_started" and event["trial"] == number
    )
    _, epochs = trained_as(asked.files, asked.spec, [number])[number]
    return BestTrial(number, dict(started["config"]), epochs)


def score_of(
    asked: Asked,
    trainer: AnyTrainer,
    config: dict[str, Value],
    epochs: int,
    seed: int,
    place: tuple[float, float],
    doing: str,
) -> float | None:
    """The score of a training of a configuration on a seed (from 1), the mean over the folds.

    ``place`` is from where to where, from 0 to 1, the assessment goes meanwhile. Seeds are those of
    a confirmation. Raises Stopped.
    """
    spec = asked.spec
    given = spec.in_effect(config)
    epochs = int(epochs if spec.model.own else given.pop("epochs", epochs))
    start, width = place[0], place[1] - place[0]

    def follow(epoch: EpochReport | EpochProgress) -> None:
        done = epoch.epoch if isinstance(epoch, EpochReport) else epoch.epoch - 1 + epoch.share
        whole = (epoch.execution - 1 + done / epochs) / spec.folds
        # Raised within a model's own fit, it would be taken for a fault of that.
        with suppress(Stopped):
            asked.progress(start + width * whole, doing)

    asked.progress(start, doing)
    outcome = trainer.run_trial(
        TrialTask(
            config=given,
            seed=seed_of(spec, seed),
            epochs=epochs,
            objective=spec.objective_info,
            executions=spec.folds,
        ),
        report=follow,
        control=lambda: Control.STOP if asked.stops() else Control.CONTINUE,
        checkpoint=lambda number, state: None,
        report_progress=follow,
    )
    if outcome.status is None:
        raise Stopped
    return outcome.score


def resolution(spec: StudySpec, sizes: Mapping[str, int]) -> float:
    """The least step of a score: one validating row of an accuracy, unknown for others."""
    parts = ("validation", "train") if spec.folds > 1 else ("validation",)
    validating = sum(sizes.get(part, 0) for part in parts)
    return 1 / validating if spec.objective_info.metric == "accuracy" and validating else 0.0


def seed_of(spec: StudySpec, seed: int) -> int:
    """The seed of a training on the ``seed``-th new seed: a confirmation's, so scores agree."""
    return derive_seed(spec.seed, "confirmation", seed)
