"""References: plain models on the study's own rows, beside the best network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean, stdev
from typing import Any

import numpy as np

from tuning_core.analysis.metric_intervals import Interval, mean_interval, share_interval
from tuning_core.analysis.references.paired import (
    Gain,
    gain_json,
    gain_of_intervals,
    gain_over_folds,
    gain_over_rows,
    metric_interval,
    metric_of,
)
from tuning_core.analysis.references.words import SUBJECTS, reference_words
from tuning_core.catalog.objectives import metric_label
from tuning_core.journal.events import EventDict
from tuning_core.journal.reading import read_events
from tuning_core.spec.study import StudySpec
from tuning_core.worker.assessments.asked import Asked
from tuning_core.worker.assessments.grounds import Ground, family_ground, own_ground
from tuning_core.worker.assessments.reference_models import Fitted, fitted, reference_models
from tuning_core.worker.search.replay import replay


@dataclass(frozen=True)
class Best:
    """The best trial of ``trials`` with a score; ``folds`` are its scores on them, if any."""

    trial: int
    score: float
    trials: int
    folds: tuple[float, ...] = ()


def assess(asked: Asked) -> dict[str, Any]:
    """Scores of the references and how the best network stands beside them. Raises ExportError.

    On the test part too, once that of the best model was revealed.
    """
    spec, events = asked.spec, read_events(asked.files.journal)
    best = best_of(events, spec)
    trial = None if best is None else best.trial
    asked.progress(0.0, "Reading the data")
    ground = own_ground(asked) if spec.model.own else family_ground(asked, "validation", trial)
    revealed = None if spec.model.own else _tested(events, spec, best)
    share = 1.0 if revealed is None else 0.5
    answer = _judged(asked, ground, best, "validation", (0.0, share))
    answer["test"] = None
    if revealed is not None:
        ground = family_ground(asked, "test", revealed.trial)
        answer["test"] = _judged(asked, ground, revealed, "test", (share, 1.0))
    return {"objective": spec.objective_info.id, **answer}


def _judged(
    asked: Asked, ground: Ground, best: Best | None, part: str, shares: tuple[float, float]
) -> dict[str, Any]:
    """The references fitted and judged on a part, as ``shares`` of the whole work."""
    models, found = reference_models(ground.task), []
    for place, model in enumerate(models):
        done = shares[0] + (shares[1] - shares[0]) * (place + 0.5) / len(models)
        tick = partial(asked.progress, done, f"Fitting: {model.label.lower()}")
        found.append(fitted(model, ground.turns, ground.outputs, ground.task, tick))
    return result(asked.spec, ground, found, best, part)


def result(
    spec: StudySpec, ground: Ground, found: Sequence[Fitted], best: Best | None, part: str
) -> dict[str, Any]:
    """The references of one part and the best network beside them, as plain JSON."""
    objective = spec.objective_info
    rows = [_row(one, ground) for one in found]
    scored = [row for row in rows if row["score"] is not None]
    label = "log loss" if ground.metric == "log_loss" else metric_label(objective.metric)
    answer: dict[str, Any] = {
        "metric": objective.metric,
        "label": label,
        "direction": objective.direction,
        "rows": sum(len(turn.truth) for turn in ground.turns),
        "folds": len(ground.turns),
        "baselines": rows,
        "best": None,
        "compared": [],
        "sentence": "",
    }
    if best is None or not scored:
        return answer
    if ground.best is not None:
        # Of several repeats it is the kept one that is compared, and of a loss without penalties.
        own = metric_of(ground.metric, ground.best, ground.turns[0].truth)
        best = replace(best, score=own)
    answer["best"] = {"trial": best.trial, "score": best.score, "trials": best.trials}
    gains = {
        row["id"]: _gain(objective.direction, ground, fit, row, best)
        for row, fit in zip(rows, found, strict=True)
        if row["score"] is not None
    }
    answer["compared"] = [
        {"id": name, **gain_json(gain)} for name, gain in gains.items() if gain is not None
    ]
    first = max if objective.direction == "max" else min
    top = first(scored, key=lambda row: row["score"])
    answer["sentence"] = reference_words(
        answer["best"], top, gains[top["id"]], label, spec.dataset_info.kind, part
    )
    return answer


def _row(one: Fitted, ground: Ground) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": one.model.id,
        "label": one.model.label,
        "name": SUBJECTS[one.model.id][0],
        "score": None,
        "note": one.note,
        "seconds": round(one.seconds, 3),
    }
    if not one.answers:
        return row
    truths = [turn.truth for turn in ground.turns]
    scores = [
        metric_of(ground.metric, answers, truth)
        for answers, truth in zip(one.answers, truths, strict=True)
    ]
    row["score"] = fmean(scores)
    if len(scores) > 1:
        found = mean_interval(np.array(scores))
        row |= {"folds": scores, "spread": stdev(scores)}
    else:
        found = metric_interval(ground.metric, one.answers[0], truths[0])
    # Of a single row nobody knows how sure it is.
    known = math.isfinite(found.low) and math.isfinite(found.high)
    row |= {"low": found.low, "high": found.high} if known else {"low": None, "high": None}
    return row


def _gain(direction: Any, ground: Ground, fit: Fitted, row: Any, best: Best) -> Gain | None:
    """How much better the best network is than a reference; None where nobody can tell."""
    gain = _paired(direction, ground, fit, row, best)
    return gain if gain is not None and gain.known else None


def _paired(direction: Any, ground: Ground, fit: Fitted, row: Any, best: Best) -> Gain | None:
    if len(ground.turns) > 1:
        if len(best.folds) != len(ground.turns):
            return None
        first = ground.turns[0]
        share = len(first.truth) / max(1, len(first.y))
        return gain_over_folds(direction, best.folds, row["folds"], share)
    truth = ground.turns[0].truth
    if ground.best is not None:
        return gain_over_rows(ground.metric, direction, ground.best, fit.answers[0], truth)
    if ground.metric != "accuracy":
        return None
    ours = share_interval(best.score * len(truth), len(truth))
    return gain_of_intervals(
        direction, ours, Interval(row["score"], row["low"], row["high"], len(truth))
    )


def best_of(events: Sequence[EventDict], spec: StudySpec) -> Best | None:
    """The best trial of a journal; None while no trial has a score."""
    trial = replay(events, spec.objective_info).best_trial
    ended = {e["trial"]: e for e in events if e["kind"] == "trial_ended"}
    if trial is None or trial not in ended:
        return None
    executions = {e["execution"]: e["score"] for e in ended[trial]["executions"]}
    folds: list[float] = []
    if spec.folds > 1:
        for fold in range(1, spec.folds + 1):
            # Repeats of a fold stand one round of folds apart.
            of_fold = [s for n, s in executions.items() if (n - fold) % spec.folds == 0]
            if any(score is None for score in of_fold) or not of_fold:
                break
            folds.append(fmean(of_fold))
    scored = sum(e["score"] is not None for e in ended.values())
    return Best(trial, float(ended[trial]["score"]), scored, tuple(folds))


def _tested(events: Sequence[EventDict], spec: StudySpec, best: Best | None) -> Best | None:
    """The best trial by its test score; None while that was not revealed."""
    revealed = replay(events, spec.objective_info).revealed
    if best is None or revealed is None or revealed["trial"] != best.trial:
        return None
    score = revealed["metrics"].get(spec.objective_info.metric)
    return None if score is None else replace(best, score=float(score), folds=())
