"""What a search's own records say of shortcuts: ending trials early, short trainings, a surrogate.

Nothing is trained: the curves of full trainings are played again, or cut off.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from tuning_core.analysis.hindsight.replay import Replay, replay
from tuning_core.analysis.hindsight.short_trainings import FEWEST, ShortTrainings, short_trainings
from tuning_core.analysis.hindsight.surrogate import Surrogate, surrogate
from tuning_core.analysis.observations import Observations, from_json, to_json
from tuning_core.catalog import TERMINATION_RULES

NAME = "hindsight"
"""What the analysis and its file are called."""

MOST_EPOCHS = 200_000
"""Epochs that are played again: the first trials of a larger study."""


@dataclass(frozen=True)
class Training:
    """A trial that trained to its end: the objective by execution and epoch, from epoch 1.

    A value is None where it was no number; the score is None where the trial has none.
    """

    number: int
    status: str
    score: float | None
    curves: tuple[tuple[float | None, ...], ...]

    @property
    def epochs(self) -> int:
        """Epochs of all its executions."""
        return sum(map(len, self.curves))


@dataclass(frozen=True)
class Records:
    """What is looked back on: the ``trainings`` by number, and the table of all scored trials.

    ``trials`` counts the scored ones, in the table or not. ``own`` is the study's own rule with
    its settings, None without one. With ``parallel`` trials at once they are judged by rounds.
    """

    trainings: tuple[Training, ...]
    direction: Literal["min", "max"]
    parallel: int
    own: tuple[str, dict[str, Any]] | None
    trials: int
    observed: Observations


@dataclass(frozen=True)
class Hindsight:
    """What came of it, of a study with ``trials`` scored trials; what cannot be said is missing.

    ``looked_at`` full trainings, of ``full`` that there are, were played again.
    """

    trials: int
    full: int
    looked_at: int
    replays: tuple[Replay, ...] = ()
    short: ShortTrainings | None = None
    surrogate: Surrogate | None = None


_STORED = TypeAdapter(Hindsight)
_TRAININGS = TypeAdapter(tuple[Training, ...])


def hindsight_json(result: Hindsight) -> str:
    """The result as JSON."""
    return _STORED.dump_json(result).decode()


def hindsight_from(document: str | bytes) -> Hindsight | None:
    """The result that :func:`hindsight_json` wrote; None for anything else."""
    try:
        return _STORED.validate_json(document)
    except ValidationError:
        return None


def records_json(records: Records) -> str:
    """The records as JSON, for another process."""
    parts = {
        "trainings": [asdict(training) for training in records.trainings],
        "direction": records.direction,
        "parallel": records.parallel,
        "own": records.own,
        "trials": records.trials,
        "observed": to_json(records.observed),
    }
    return json.dumps(parts)


def records_from(document: str) -> Records:
    """The records that :func:`records_json` wrote."""
    parts = json.loads(document)
    return Records(
        trainings=_TRAININGS.validate_python(parts["trainings"]),
        direction=parts["direction"],
        parallel=parts["parallel"],
        own=None if parts["own"] is None else (parts["own"][0], parts["own"][1]),
        trials=parts["trials"],
        observed=from_json(parts["observed"]),
    )


def lack_of_curves(full: int, epochs: int) -> str:
    """Why nothing can be said of so many full trainings of at most so many epochs, or ""."""
    if full < FEWEST:
        return (
            f"Too few full trainings: this takes {FEWEST} trials that trained to their last epoch; "
            f"there {'is' if full == 1 else 'are'} {full}."
        )
    if epochs < 2:
        return "A training of one epoch cannot be cut short: there is nothing to compare."
    return ""


def hindsight(records: Records) -> Hindsight:
    """Everything that the records say; takes seconds. Deterministic."""
    kept = _first(records.trainings)
    longest = max((len(curve) for training in kept for curve in training.curves), default=0)
    scored = [training for training in kept if training.score is not None]
    told = not lack_of_curves(len(scored), longest)
    return Hindsight(
        trials=records.trials,
        full=len(records.trainings),
        looked_at=len(kept),
        replays=tuple(
            replay(kept, rule, settings, records.direction, records.parallel)
            for rule, settings in _rules(records.own)
        )
        if told
        else (),
        short=short_trainings(scored, records.direction) if told else None,
        surrogate=surrogate(records.observed),
    )


def _rules(own: tuple[str, dict[str, Any]] | None) -> list[tuple[str, Mapping[str, Any]]]:
    """The rules of the catalog with their defaults, and the study's own settings first."""
    rules: list[tuple[str, Mapping[str, Any]]] = [(rule, {}) for rule in TERMINATION_RULES]
    return [own, *rules] if own is not None and own[1] else rules


def _first(trainings: Sequence[Training]) -> list[Training]:
    kept: list[Training] = []
    epochs = 0
    for training in trainings:
        epochs += training.epochs
        if epochs > MOST_EPOCHS:
            break
        kept.append(training)
    return kept
