"""The best trials answering together, held against the best of them alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from tuning_core.analysis.references.ensemble_selection import (
    averaged,
    chosen_weights,
    judged_apart,
)
from tuning_core.analysis.references.paired import (
    Answers,
    Gain,
    gain_json,
    gain_over_rows,
    metric_of,
)
from tuning_core.analysis.references.words import ensemble_words, number_words
from tuning_core.catalog.objectives import metric_label
from tuning_core.journal.events import EventDict
from tuning_core.journal.reading import read_events
from tuning_core.model_export import ExportError
from tuning_core.model_export.ensemble import EnsembleMember, export_ensemble
from tuning_core.model_export.model import training_data
from tuning_core.training import Control
from tuning_core.worker.assessments.asked import Asked
from tuning_core.worker.assessments.grounds import Ground, family_ground, said_by
from tuning_core.worker.assessments.members import Member, candidates, trained_again
from tuning_core.worker.search.refit import refitted, trial_on_folds
from tuning_core.worker.search.replay import replay
from tuning_core.worker.study_rows import study_data, whole_trainer

MOST_ROWS = 4_000
"""Validation rows by which weights are chosen, drawn at random where there are more."""
LEAST_WEIGHT = 0.01
_TRAINING, _JUDGING = 0.85, 0.9
"""Shares of the work that are done when all trials are trained, and judged."""


def assess(asked: Asked) -> dict[str, Any]:
    """The members with their weights, and what the ensemble gains; writes its zip.

    Raises ExportError.
    """
    spec = asked.spec
    if spec.model.own:
        raise ExportError(
            "An ensemble is made of networks of the catalog: between models of your own there is "
            "no common way in and out. Load their files and average what they answer."
        )
    events = list(read_events(asked.files.journal))
    trials = candidates(events, spec, asked.options.k)
    if len(trials) < 2:
        raise ExportError(
            "An ensemble takes at least two trials that were trained to their end with a score. "
            "Run more trials."
        )
    members = _members(asked, events, trials)
    ground = family_ground(asked, "validation", None)
    answers = [_answers(member, ground, spec.folds) for member in members]
    truth = np.concatenate([turn.truth for turn in ground.turns])
    asked.progress(_TRAINING, "Choosing weights")
    found = _chosen(ground, spec.objective_info.direction, members, answers, truth, spec.seed)
    return _finished(asked, events, ground, found)


@dataclass(frozen=True)
class _Found:
    """Members with their weights; ``gain`` is that over the best single one, judged apart."""

    members: list[Member]
    weights: list[float]
    trained: list[Member]
    score: float
    apart: tuple[float, float]
    gain: Gain


def _members(asked: Asked, events: Sequence[EventDict], trials: Sequence[int]) -> list[Member]:
    trainer = cache(lambda: study_data(asked.spec, asked.files, asked.home).trainer())
    members = []
    for place, trial in enumerate(trials):
        tick = _tick(asked, place, len(trials), f"Training trial {trial} again")
        tick(0.0)
        members.append(
            trained_again(
                events,
                asked.spec,
                trial,
                asked.files.members,
                trainer,
                partial(_go_on, tick),
                tick,
            )
        )
    return members


def _tick(asked: Asked, place: int, count: int, doing: str) -> Callable[[float | None], None]:
    last = [0.0]

    def tick(share: float | None) -> None:
        last[0] = last[0] if share is None else share
        asked.progress(_TRAINING * (place + last[0]) / count, doing)

    return tick


def _go_on(tick: Callable[[float | None], None]) -> Control:
    tick(None)
    return Control.CONTINUE


def _answers(member: Member, ground: Ground, folds: int) -> Answers:
    """What a trial's networks say to the rows that they did not train on."""
    said = []
    for number, turn in enumerate(ground.turns):
        weights = member.networks[number if folds > 1 else member.best]
        core = ground.core(member.config, member.seed, weights)
        said.append(turn.answers(said_by(core, turn.held_x)))
    return np.concatenate(said)


def _chosen(
    ground: Ground,
    direction: Any,
    members: list[Member],
    answers: Sequence[Answers],
    truth: np.ndarray,
    seed: int,
) -> _Found:
    rows = np.arange(len(truth))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    few, few_truth = [one[rows] for one in answers], truth[rows]
    weights = chosen_weights(ground.metric, direction, few, few_truth)
    weights = np.where(weights < LEAST_WEIGHT, 0.0, weights)
    weights /= weights.sum()
    ensemble, single = judged_apart(ground.metric, direction, few, few_truth, seed)
    return _Found(
        members=[m for m, w in zip(members, weights, strict=True) if w > 0],
        weights=[float(w) for w in weights if w > 0],
        trained=members,
        score=metric_of(ground.metric, averaged(answers, weights), truth),
        apart=(
            metric_of(ground.metric, ensemble, few_truth),
            metric_of(ground.metric, single, few_truth),
        ),
        gain=gain_over_rows(ground.metric, direction, ensemble, single, few_truth),
    )


def _finished(
    asked: Asked, events: Sequence[EventDict], ground: Ground, found: _Found
) -> dict[str, Any]:
    """The answer, once the networks that are exported are there and the zip is written."""
    spec, objective = asked.spec, asked.spec.objective_info
    replayed = replay(events, objective)
    best = replayed.best_trial
    assert best is not None
    data = training_data(spec, asked.home)
    exported = _exported(asked, events, found)
    label = "log loss" if ground.metric == "log_loss" else metric_label(objective.metric)
    answer: dict[str, Any] = {
        "metric": objective.metric,
        "label": label,
        "direction": objective.direction,
        "folds": spec.folds,
        "rows": sum(len(turn.truth) for turn in ground.turns),
        "asked": len(found.trained),
        "members": [
            {"trial": m.trial, "weight": w, "score": m.score, "again": m.again, "same": m.same}
            for m, w in zip(found.members, found.weights, strict=True)
        ],
        "best": {"trial": best, "score": replayed.best_score},
        "score": found.score,
        "apart": {
            "ensemble": found.apart[0],
            "single": found.apart[1],
            **gain_json(found.gain),
        },
        "test": None,
    }
    if replayed.revealed is not None and replayed.revealed["trial"] == best:
        answer["test"] = _on_test(asked, exported, best)
    answer["sentence"] = ensemble_words(answer)
    asked.progress(0.95, "Writing the file")
    lines = [answer["sentence"], *number_words(answer)]
    export_ensemble(exported, asked.files.ensemble(asked.options.k), spec, data, asked.home, lines)
    return answer


def _exported(asked: Asked, events: Sequence[EventDict], found: _Found) -> list[EnsembleMember]:
    """The networks that are exported; with folds each is refitted on all rows outside the test."""
    spec, trainer = asked.spec, cache(lambda: whole_trainer(asked.spec, asked.files, asked.home))
    members = []
    for member, share in zip(found.members, found.weights, strict=True):
        weights = member.networks[member.best]
        if spec.folds > 1:
            tick = _tick(asked, 0, 1, f"Refitting trial {member.trial} on all training rows")
            fitted = refitted(
                trial_on_folds(events, spec, member.trial),
                spec,
                trainer(),
                partial(_go_on, tick),
            )
            assert fitted is not None, "nothing but an exception ends it"
            weights = fitted
        members.append(EnsembleMember(member.trial, member.config, member.seed, weights, share))
    return members


def _on_test(asked: Asked, members: Sequence[EnsembleMember], best: int) -> dict[str, Any]:
    """The ensemble beside the best single trial on the test rows."""
    ground = family_ground(asked, "test", best)
    [turn], single = ground.turns, ground.best
    if single is None:
        raise ExportError("The best model of the search is not there to compare with.")
    together = averaged(
        [
            turn.answers(said_by(ground.core(m.config, m.seed, m.weights), turn.held_x))
            for m in members
        ],
        [member.share for member in members],
    )
    gain = gain_over_rows(
        ground.metric, asked.spec.objective_info.direction, together, single, turn.truth
    )
    return {
        "rows": len(turn.truth),
        "ensemble": metric_of(ground.metric, together, turn.truth),
        "single": metric_of(ground.metric, single, turn.truth),
        **gain_json(gain),
    }
