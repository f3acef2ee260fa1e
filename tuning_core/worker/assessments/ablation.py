"""The path from the default configuration to the best, each step trained on several seeds."""

from __future__ import annotations

import json
from typing import Any

from tuning_core.analysis.ablation import (
    WAYS,
    Path,
    Scores,
    configurations,
    differences,
    in_effect,
    measured,
    path_document,
)
from tuning_core.model_export import ExportError
from tuning_core.space import Config, default_config
from tuning_core.worker.assessments.asked import Asked
from tuning_core.worker.assessments.trainings import best_trial, resolution, score_of
from tuning_core.worker.study_rows import study_data

MOST = 2_000
"""Trainings of one path."""


def assess(asked: Asked) -> dict[str, Any]:
    """The path as :func:`path_document`; what was trained before a stop is not trained again.

    Raises ExportError where there is no path, or too long a one.
    """
    spec, way, seeds = asked.spec, asked.options.way, int(asked.options.seeds)
    best, space = best_trial(asked), spec.search_space
    start = default_config(space)
    differing = len(differences(space, start, best.config))
    if not differing:
        raise ExportError("The best configuration is the default: no change has made it better.")
    planned = configurations(differing, way) * seeds
    if planned * spec.folds > MOST:
        raise ExportError(
            f"ablation: {differing} changes take {planned * spec.folds:,} trainings, and {MOST:,} "
            "are the most. Choose the quicker way, or fewer seeds."
        )
    data = study_data(spec, asked.files, asked.home)
    trainer = data.trainer()
    known: dict[str, list[float | None]] = asked.kept.setdefault("scores", {})

    def scores_of(config: Config) -> Scores:
        key = json.dumps(in_effect(space, config), sort_keys=True)
        scores = known.setdefault(key, [])
        while len(scores) < seeds:
            done = sum(map(len, known.values()))
            scores.append(
                score_of(
                    asked,
                    trainer,
                    config,
                    best.epochs,
                    len(scores) + 1,
                    (done / planned, (done + 1) / planned),
                    f"Training {done + 1:,} of at most {planned:,}.",
                )
            )
            asked.keep()
        return scores

    direction = spec.objective_info.direction
    steps = WAYS[way](space, start, best.config, direction, scores_of)
    steps, whole = measured(steps, direction, resolution(spec, data.sizes))
    gain, low, high = whole or (None, None, None)
    trained = sum(map(len, known.values()))
    return path_document(Path(way, seeds, best.epochs, trained, tuple(steps), gain, low, high))
