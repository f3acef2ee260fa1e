"""Which trials a rule of early termination ends, while they are trained or looking back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import optuna
from optuna.pruners import BasePruner, MedianPruner, PercentilePruner, SuccessiveHalvingPruner
from optuna.samplers import RandomSampler
from optuna.trial import TrialState

from tuning_core.catalog import TERMINATION_RULES, TrialStatus

optuna.logging.set_verbosity(optuna.logging.WARNING)

_STATES = {TrialStatus.COMPLETED: TrialState.COMPLETE, TrialStatus.PRUNED: TrialState.PRUNED}


class Termination:
    """A rule of the catalog, a pruner of Optuna, and all trials so far as a study of Optuna.

    Trials are numbered from 1. A trial's value at an epoch is the objective of its first execution.
    Median and percentile compare with the trials that completed, successive halving with all that
    came as far. A trial is compared with those of earlier rounds (``parallel`` trials each, by
    number), whatever runs beside it: the same epochs lead to the same decisions in any order.
    """

    def __init__(
        self,
        rule: str,
        settings: Mapping[str, Any],
        direction: Literal["min", "max"],
        parallel: int = 1,
    ) -> None:
        self._rule = rule
        self._settings = {
            setting.id: settings.get(setting.id, setting.default)
            for setting in TERMINATION_RULES[rule].settings
        }
        self._direction = direction
        self._parallel = parallel
        self._values: dict[int, dict[int, float]] = {}
        self._ended: dict[int, tuple[TrialStatus, float | None]] = {}
        self._judged: dict[int, optuna.Trial] = {}
        self._told = 0
        self._study = self._new_study()

    def take(self, trial: int, epoch: int, value: float) -> None:
        """Takes in an epoch that was judged before; one that came again replaces the earlier."""
        self._values.setdefault(trial, {})[epoch] = value

    def judge(self, trial: int, epoch: int, value: float) -> str:
        """Takes in an epoch of a running trial; why the trial is to end now, or nothing."""
        values = self._values.setdefault(trial, {})
        running = self._judged.get(trial)
        if running is None or epoch in values:
            # Of an interrupted trial, the epochs up to its checkpoint; the others come again.
            self._values[trial] = values = {e: v for e, v in values.items() if e < epoch}
            running = self._judged[trial] = self._beside_earlier(trial)
            self._report(running, values)
        values[epoch] = value
        running.report(value, epoch)
        return self._reason(running, epoch) if running.should_prune() else ""

    def end(self, trial: int, status: str, score: float | None) -> None:
        """Takes in the end of a trial."""
        self._ended[trial] = TrialStatus(status), score
        while self._told + 1 in self._ended:
            self._told += 1
            became, value = self._ended.pop(self._told)
            state = _STATES.get(became, TrialState.FAIL)
            told = self._of_all(self._told)
            self._study.tell(told, value if state is TrialState.COMPLETE else None, state)

    def _of_all(self, trial: int) -> optuna.Trial:
        """An ended trial, with its values, in the study of all trials."""
        judged = self._judged.pop(trial, None)
        values = self._values.pop(trial, {})
        if judged is not None and judged.study is self._study:
            return judged
        whole = self._study.ask()
        self._report(whole, values)
        return whole

    def _new_study(self) -> optuna.Study:
        return optuna.create_study(
            direction="maximize" if self._direction == "max" else "minimize",
            sampler=RandomSampler(seed=0),
            pruner=_PRUNERS[self._rule](self._settings),
        )

    def _beside_earlier(self, trial: int) -> optuna.Trial:
        """A trial of a study in which only those of earlier rounds have been."""
        if self._parallel == 1 and trial not in self._judged:
            return self._study.ask()
        earlier = (trial - 1) // self._parallel * self._parallel
        study = self._new_study()
        study.add_trials(self._study.get_trials(deepcopy=False)[:earlier])
        if self._parallel == 1:
            self._study = study  # Where the trial has reached nothing yet.
        return study.ask()

    def _report(self, trial: optuna.Trial, values: Mapping[int, float]) -> None:
        for epoch, value in sorted(values.items()):
            trial.report(value, epoch)
            if isinstance(self._study.pruner, SuccessiveHalvingPruner):
                # Asking is also how this pruner learns which rung a trial has reached.
                trial.should_prune()

    def _reason(self, trial: optuna.Trial, epoch: int) -> str:
        maximize = self._direction == "max"
        *earlier, this = trial.study.get_trials(deepcopy=False)
        others = [other for other in earlier if epoch in other.intermediate_values]
        own = this.intermediate_values
        if self._rule == "successive_halving":
            factor = self._settings["factor"]
            return (
                f"ended early: {own[epoch]:.4g} at epoch {epoch}, not among the one in {factor} "
                f"of {len(others) + 1} trials that go on from there"
            )
        values = [
            other.intermediate_values[epoch]
            for other in others
            if other.state is TrialState.COMPLETE
        ]
        share = 50.0 if self._rule == "median" else float(self._settings["percentile"])
        limit = np.percentile(values, 100.0 - share if maximize else share)
        trials = f"{len(values)} trial{'s' if len(values) > 1 else ''}"
        best = (max if maximize else min)(own.values())
        if self._rule == "median":
            line = f"the median of {trials} was {limit:.4g}"
        else:
            line = f"the best {share:g} % of {trials} had {limit:.4g} or better"
        return f"ended early: {best:.4g} by epoch {epoch}, {line}"


def _patience(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "n_startup_trials": settings["startup_trials"],
        "n_warmup_steps": settings["warmup_epochs"],
    }


_PRUNERS: dict[str, Callable[[Mapping[str, Any]], BasePruner]] = {
    "median": lambda settings: MedianPruner(**_patience(settings)),
    "percentile": lambda settings: PercentilePruner(
        float(settings["percentile"]), **_patience(settings)
    ),
    "successive_halving": lambda settings: SuccessiveHalvingPruner(
        min_resource=settings["min_epochs"], reduction_factor=settings["factor"]
    ),
}
