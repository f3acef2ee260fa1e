"""Ends a trial early when others did better by then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.pruners import BasePruner, MedianPruner, PercentilePruner, SuccessiveHalvingPruner
from optuna.samplers import RandomSampler
from optuna.trial import TrialState

from tuning_core.catalog import TrialStatus
from tuning_core.journal.events import EventDict
from tuning_core.spec.study import EarlyTerminationSpec, StudySpec

FIRST = 1
"""The execution that is judged: those after it are trained whole once it has passed."""

_STATES = {TrialStatus.COMPLETED: TrialState.COMPLETE, TrialStatus.PRUNED: TrialState.PRUNED}


class EarlyTermination:
    """The rule of a study, a pruner of Optuna, and all trials so far as a study of Optuna.

    A trial's value at an epoch is the objective of its first execution. Median and percentile
    compare with the trials that completed, successive halving with all that came as far. The
    same epochs in the same order lead to the same decisions, so ``restore`` needs but the
    journal; a study without a rule never ends a trial.
    """

    def __init__(self, spec: StudySpec) -> None:
        self._rule = spec.early_termination
        self._objective = spec.objective_info
        self._waiting: dict[int, float] = {}
        self._trial: optuna.Trial | None = None
        if self._rule is None:
            return
        self._study = optuna.create_study(
            direction="maximize" if self._objective.direction == "max" else "minimize",
            sampler=RandomSampler(seed=0),
            pruner=_PRUNERS[self._rule.rule](self._rule),
        )

    def restore(self, events: Iterable[EventDict]) -> None:
        """Takes in a journal's events, in order."""
        if self._rule is None:
            return
        for event in events:
            if event["kind"] == "epoch" and event["execution"] == FIRST:
                # An epoch that was trained again stands here once more.
                self._waiting[event["epoch"]] = event["metrics"][self._objective.id]
            elif event["kind"] == "trial_ended":
                self.end(event["status"], event["score"])

    def judge(self, execution: int, epoch: int, value: float) -> str:
        """Takes in an epoch of the running trial; why the trial is to end now, or nothing."""
        if self._rule is None or execution != FIRST:
            return ""
        # Of an interrupted trial, the epochs up to its checkpoint; the others come again.
        self._replay({e: v for e, v in self._waiting.items() if e < epoch})
        self._running.report(value, epoch)
        return self._reason(epoch) if self._running.should_prune() else ""

    def end(self, status: str, score: float | None) -> None:
        """Takes in the end of the running trial."""
        if self._rule is None:
            return
        self._replay(self._waiting)
        state = _STATES.get(TrialStatus(status), TrialState.FAIL)
        completed = state is TrialState.COMPLETE
        self._study.tell(self._running, score if completed else None, state)
        self._trial = None

    @property
    def _running(self) -> optuna.Trial:
        if self._trial is None:
            self._trial = self._study.ask()
        return self._trial

    def _replay(self, values: Mapping[int, float]) -> None:
        for epoch, value in sorted(values.items()):
            self._running.report(value, epoch)
            if isinstance(self._study.pruner, SuccessiveHalvingPruner):
                # Asking is also how this pruner learns which rung a trial has reached.
                self._running.should_prune()
        self._waiting = {}

    def _reason(self, epoch: int) -> str:
        assert self._rule is not None
        maximize = self._objective.direction == "max"
        others = [
            trial
            for trial in self._study.get_trials(deepcopy=False)
            if epoch in trial.intermediate_values and trial.number != self._running.number
        ]
        own = self._study.get_trials(deepcopy=False)[self._running.number].intermediate_values
        if self._rule.rule == "successive_halving":
            factor = self._rule.setting("factor")
            return (
                f"ended early: {own[epoch]:.4g} at epoch {epoch}, not among the one in {factor} "
                f"of {len(others) + 1} trials that go on from there"
            )
        values = [
            trial.intermediate_values[epoch]
            for trial in others
            if trial.state is TrialState.COMPLETE
        ]
        share = _percentile(self._rule)
        limit = np.percentile(values, 100.0 - share if maximize else share)
        trials = f"{len(values)} trial{'s' if len(values) > 1 else ''}"
        best = (max if maximize else min)(own.values())
        if self._rule.rule == "median":
            line = f"the median of {trials} was {limit:.4g}"
        else:
            line = f"the best {share:g} % of {trials} had {limit:.4g} or better"
        return f"ended early: {best:.4g} by epoch {epoch}, {line}"


def _percentile(rule: EarlyTerminationSpec) -> float:
    return 50.0 if rule.rule == "median" else float(rule.setting("percentile"))


def _patience(rule: EarlyTerminationSpec) -> dict[str, Any]:
    return {
        "n_startup_trials": rule.setting("startup_trials"),
        "n_warmup_steps": rule.setting("warmup_epochs"),
    }


_PRUNERS: dict[str, Callable[[EarlyTerminationSpec], BasePruner]] = {
    "median": lambda rule: MedianPruner(**_patience(rule)),
    "percentile": lambda rule: PercentilePruner(_percentile(rule), **_patience(rule)),
    "successive_halving": lambda rule: SuccessiveHalvingPruner(
        min_resource=rule.setting("min_epochs"), reduction_factor=rule.setting("factor")
    ),
}
