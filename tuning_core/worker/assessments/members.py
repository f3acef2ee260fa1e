"""The best trials of a search, trained again as they were: the members of an ensemble."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tuning_core.catalog import TrialStatus, Value
from tuning_core.journal.events import EventDict
from tuning_core.model_export import ExportError
from tuning_core.spec.study import StudySpec
from tuning_core.training import Control, TrialOutcome, TrialTask
from tuning_core.training.checkpoints import ExecutionState, read_arrays, write_arrays
from tuning_core.worker.limited_trainer import AnyTrainer

_SAME = 1e-4
"""Share of a score by which a training may come out otherwise and be called the same."""


@dataclass(frozen=True)
class Member:
    """A trial trained again: ``networks`` has the best weights of each of its executions.

    ``score`` is that of the search, ``again`` that of this training; ``best`` the number, from 0,
    of the execution that had the best score.
    """

    trial: int
    seed: int
    config: dict[str, Value]
    score: float
    again: float
    best: int
    networks: list[list[np.ndarray]]

    @property
    def same(self) -> bool:
        """Whether it came out as in the search."""
        return math.isclose(self.score, self.again, rel_tol=_SAME, abs_tol=_SAME)


def candidates(events: Sequence[EventDict], spec: StudySpec, most: int) -> list[int]:
    """The best trials that were trained to their end, best first; of a promoted one the last."""
    started = {e["trial"]: e for e in events if e["kind"] == "trial_started"}
    ended = {e["trial"]: e for e in events if e["kind"] == "trial_ended"}
    sign = -1.0 if spec.objective_info.direction == "max" else 1.0
    ranked = sorted(
        (sign * e["score"], trial)
        for trial, e in ended.items()
        if e["score"] is not None and e["status"] == TrialStatus.COMPLETED
    )
    chosen: list[int] = []
    known: set[int] = set()
    for _, trial in ranked:
        line = _line(started, trial)
        if known.isdisjoint(line):
            chosen.append(trial)
            known.update(line)
    return chosen[:most]


def _line(started: dict[int, EventDict], trial: int) -> list[int]:
    """A trial and those that it continues, itself last."""
    line = [trial]
    while (parent := started[line[0]]["parent"]) is not None:
        line.insert(0, int(parent))
    return line


def trained_again(
    events: Sequence[EventDict],
    spec: StudySpec,
    trial: int,
    folder: Path,
    trainer: Callable[[], AnyTrainer],
    control: Callable[[], Control],
    tick: Callable[[float | None], None],
) -> Member:
    """A trial as it was trained, or as it is kept in ``folder``. Raises ExportError.

    ``tick`` gets the share that is done, None where it is as before, and may raise.
    """
    started = {e["trial"]: e for e in events if e["kind"] == "trial_started"}
    score = next(
        float(e["score"]) for e in events if e["kind"] == "trial_ended" and e["trial"] == trial
    )
    line = _line(started, trial)
    # A trial follows from this alone.
    recipe = [
        [started[n]["seed"], spec.in_effect(started[n]["config"]), started[n]["epochs"]]
        for n in line
    ]
    path = folder / f"{trial}.npz"
    kept = _kept(path, recipe)
    seed, config, _ = recipe[-1]
    if kept is None:
        outcome = _trained([started[n] for n in line], spec, trainer(), control, tick)
        best = (outcome.best_execution or 1) - 1
        networks = [execution.best_weights for execution in outcome.executions]
        assert outcome.score is not None
        folder.mkdir(exist_ok=True)
        noted: dict[str, Any] = {"recipe": recipe, "score": outcome.score, "best": best}
        write_arrays(path, {str(n): one for n, one in enumerate(networks)}, noted)
        kept = networks, noted
    networks, meta = kept
    return Member(trial, seed, config, score, meta["score"], meta["best"], networks)


def _kept(path: Path, recipe: Any) -> tuple[list[list[np.ndarray]], dict[str, Any]] | None:
    try:
        groups, meta = read_arrays(path)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None
    if meta.get("recipe") != recipe:
        return None
    return [groups[name] for name in sorted(groups, key=int)], meta


def _trained(
    line: Sequence[EventDict],
    spec: StudySpec,
    trainer: AnyTrainer,
    control: Callable[[], Control],
    tick: Callable[[float | None], None],
) -> TrialOutcome:
    states: tuple[ExecutionState | None, ...] = ()
    total = line[-1]["epochs"] * spec.executions
    for place, started in enumerate(line):
        last = place == len(line) - 1
        outcome = trainer.run_trial(
            TrialTask(
                config=spec.in_effect(started["config"]),
                seed=started["seed"],
                epochs=started["epochs"],
                objective=spec.objective_info,
                executions=spec.executions,
                resume=states,
                continued=place > 0,
                initial_epoch=started["initial_epoch"] if place > 0 else None,
                keep_states=not last,
            ),
            report=lambda e: tick(((e.execution - 1) * line[-1]["epochs"] + e.epoch) / total),
            control=control,
            checkpoint=lambda *_: None,
            report_progress=lambda _: tick(None),
        )
        if outcome.status is not TrialStatus.COMPLETED or outcome.score is None:
            raise ExportError(
                f"Trial {line[-1]['trial']} could not be trained again ({outcome.message or 'it'} "
                "was stopped). Try again, or with fewer members."
            )
        states = tuple(execution.state for execution in outcome.executions)
    return outcome
