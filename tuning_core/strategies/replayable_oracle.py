"""What every strategy adds to Keras Tuner's oracle: replay, seeds, no disk, no repeats."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from keras_tuner.engine import trial as kt_trial
from keras_tuner.src.engine import objective as kt_objective
from keras_tuner.src.engine import oracle as kt_oracle
from typing_extensions import override

from tuning_core.catalog import Value
from tuning_core.catalog.statuses import TrialStatus
from tuning_core.space import ENUMERABLE, Config, SearchSpace
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.explanations import ExplainsTrials
from tuning_core.strategies.hyperparameters import hyperparameters_of
from tuning_core.strategies.rounds import TrialRounds
from tuning_core.strategies.suggestion import Suggestion, TrialRecord

MOST_TRIALS = 9_999_999
"""More than any study has."""
REJECTIONS = 200
"""Draws that may be repeats before one is taken evenly from what is untried."""


class ReplayableOracle(ExplainsTrials, TrialRounds):
    """Mixin for Keras Tuner oracles whose whole state is the list of recorded trials.

    Suggestion ``n`` is a pure function of the spec and of the trials before it: random numbers come
    from (seed, n), never from a state that is carried along. An oracle that was rebuilt by
    :meth:`restore` goes on exactly as the one that was lost.

    No configuration is suggested twice. A finite space is tried to its last point; then
    ``create_trial`` answers STOPPED and :attr:`stop_reason` is ``exhausted``. A trial that did not
    complete counts as failed and never aborts the search. Trials that the user added come first
    and beside the budget; they move no random number of the strategy's own. A trial outside the
    space, since it was added or since the ranges were changed after it, is *foreign*: it has a
    number and is counted, and the strategy never sees it.
    """

    stop_reason: str | None = None
    because: str = ""
    """How the last suggestion came about, in a word of the strategy's own."""

    def __init__(self, spec: StudySpec, **options: Any) -> None:
        objective = spec.objective_info
        self.strategy = spec.strategy.id
        self.epochs = spec.budget.epochs
        self.space: SearchSpace = spec.search_space
        super().__init__(
            objective=kt_objective.Objective(objective.id, objective.direction),
            hyperparameters=hyperparameters_of(self.space),
            allow_new_entries=False,
            tune_new_entries=False,
            seed=oracle_seed(spec.seed),
            **options,
        )
        self.budget = spec.trials
        self.parallel = spec.parallel
        self.judges_rounds = spec.early_termination is not None or spec.budget.ends_early
        # The budget is kept here: Keras Tuner would count the added trials, and write ids as wide.
        self.max_trials = MOST_TRIALS
        self.verbose = 0
        self._enumerated: list[tuple[str, Config]] | None = None
        self._given: dict[str, Suggestion] = {}
        self._foreign: set[str] = set()
        self._pending: list[Config] = []
        self._added = 0

    def suggestion(self, trial: kt_trial.Trial) -> Suggestion:
        """The trial as Keras Tuner holds it, as a complete configuration and its epochs."""
        given = self._given.get(trial.trial_id)
        if given is not None:
            return given
        config = self.space.complete(trial.hyperparameters.values)
        epochs = int(config.get("epochs", self.epochs))
        return Suggestion(self.number(trial.trial_id), config, epochs)

    def restore(self, records: Sequence[TrialRecord]) -> None:
        """Take in the recorded trials, in the order of their numbers from 1.

        A record that is still running is handed out again by the next ``create_trial``. Raises
        RecordError when a record cannot be of this strategy.
        """
        for record in records:
            suggestion = record.suggestion
            trial_id = self.trial_id(suggestion.number)
            informs = self.informs(suggestion)
            self._added += suggestion.added
            if suggestion.added or not informs:
                self._given[trial_id] = suggestion
            trial = self._rebuilt(record) if informs else self._as_trial(record)
            self.trials[trial_id] = trial
            if informs:
                self.start_order.append(trial_id)
                self._record_values(trial)
            else:
                self._foreign.add(trial_id)
            if not record.status.ended:
                self._retry_queue.insert(0, trial_id)  # It is taken from the end.
                continue
            self._run_times[trial_id] = 1
            if informs:
                self.end_order.append(trial_id)

    def enqueue(self, configs: Sequence[Config]) -> None:
        """Hand out these configurations of the user's first; call it after ``restore``."""
        self._pending = list(configs)

    @property
    def has_pending(self) -> bool:
        """Whether a trial that the user added is still to begin."""
        return bool(self._pending)

    @property
    def own_trials(self) -> int:
        """Trials begun that count in the budget: those that the strategy asked for."""
        return len(self.trials) - self._added

    def informs(self, suggestion: Suggestion) -> bool:
        """Whether the strategy takes a trial into account."""
        return self.space.contains(suggestion.config)

    def may_continue(self, suggestion: Suggestion) -> bool:
        """Whether a later trial may go on from where this one ends."""
        return False

    def resumable_parents(self) -> set[int]:
        """Numbers of the trials whose last training state a later trial may continue from."""
        return set()

    def close(self) -> None:
        """Forget the lock that Keras Tuner keeps for this oracle in a global table."""
        kt_oracle.LOCKS.pop(self, None)
        kt_oracle.THREADS.pop(self, None)

    def generator(self) -> np.random.Generator:
        """The random numbers of the next suggestion: a function of the seed and its number."""
        sequence = np.random.SeedSequence(self.seed, spawn_key=(self.own_trials,))
        return np.random.default_rng(sequence)

    def untried(self) -> list[Config]:
        """Untried configurations: all of a small space, one of a large, none of a continuous."""
        size = self.space.size()
        if size is None:
            return []
        if size >= ENUMERABLE:
            everything = self.space.configurations(sys.maxsize)
            return next(([c] for c in everything if not self._duplicate(c)), [])
        if self._enumerated is None:
            everything = self.space.configurations(ENUMERABLE)
            self._enumerated = [(self.space.key(config), config) for config in everything]
        return [config for key, config in self._enumerated if key not in self._tried_so_far]

    def searched_values(self, config: Mapping[str, Value]) -> dict[str, Value]:
        """The part of a configuration that Keras Tuner knows: searched and active."""
        names = {parameter.name for parameter in self.space.searched}
        return {name: value for name, value in config.items() if name in names}

    def running(self, values: Mapping[str, Value] | None) -> dict[str, Any]:
        """Keras Tuner's answer to a request: run these values, or stop when there are none."""
        if values is None:
            return {"status": kt_trial.TrialStatus.STOPPED, "values": None}
        return {"status": kt_trial.TrialStatus.RUNNING, "values": dict(values)}

    @override
    def create_trial(self, tuner_id: str) -> kt_trial.Trial:
        if not self._retry_queue and tuner_id not in self.ongoing_trials:
            if self.judges_rounds and self.runs_below(self.round_start):
                return self.no_trial(kt_trial.TrialStatus.IDLE)
            if self._pending:
                self._begin_pending(self._pending.pop(0))
            elif self.own_trials >= self.budget:
                self.stop_reason = "trials"
                return self.no_trial(kt_trial.TrialStatus.STOPPED)
            elif self.runs_below(self.needs_ended()):
                return self.no_trial(kt_trial.TrialStatus.IDLE)
        with self._lock_released():
            trial = super().create_trial(tuner_id)
        if trial.status == kt_trial.TrialStatus.STOPPED and self.stop_reason is None:
            self.stop_reason = "exhausted"
        return trial

    @override
    def update_trial(self, trial_id: str, metrics: dict[str, float], step: int = 0) -> Any:
        with self._lock_released():
            return super().update_trial(trial_id, metrics, step)

    @override
    def end_trial(self, trial: kt_trial.Trial) -> None:
        with self._lock_released():
            super().end_trial(trial)
        if trial.trial_id in self._foreign:
            self.end_order.remove(trial.trial_id)

    def save(self, *_: Any) -> None:
        """Nothing: the journal is the record, and a search that often diverges goes on."""

    _save_trial = _check_consecutive_failures = save

    def _record_values(self, trial: kt_trial.Trial) -> None:
        if trial.trial_id not in self._foreign:
            super()._record_values(trial)

    def _compute_values_hash(self, values: Mapping[str, Value]) -> str:
        return self.space.key(values)

    def _random_values(self) -> dict[str, Value] | None:
        rng = self.generator()
        for _ in range(REJECTIONS):
            config = self.space.sample(rng)
            if not self._duplicate(config):
                return self.searched_values(config)
        untried = self.untried()
        if not untried:
            return None
        return self.searched_values(untried[int(rng.integers(len(untried)))])

    def _begin_pending(self, config: Config) -> None:
        """Put an added trial where Keras Tuner takes the next one from."""
        number = len(self.trials) + 1
        epochs = int(config.get("epochs", self.epochs))
        suggestion = Suggestion(number, config, epochs, added=True)
        self.restore([TrialRecord(suggestion, TrialStatus.RUNNING)])

    def _rebuilt(self, record: TrialRecord) -> kt_trial.Trial:
        """The trial of a record that informs the strategy; Hyperband gives it its place."""
        return self._as_trial(record)

    def _as_trial(self, record: TrialRecord) -> kt_trial.Trial:
        suggestion = record.suggestion
        hyperparameters = self.hyperparameters.copy()
        hyperparameters.values = self.searched_values(suggestion.config)
        status = kt_trial.TrialStatus.RUNNING
        if record.status.ended:
            done = record.status is TrialStatus.COMPLETED and record.score is not None
            status = kt_trial.TrialStatus.COMPLETED if done else kt_trial.TrialStatus.FAILED
        trial = kt_trial.Trial(hyperparameters, self.trial_id(suggestion.number), status)
        if record.score is not None:
            trial.metrics.register(self.objective.name, self.objective.direction)
            trial.metrics.update(self.objective.name, record.score)
            trial.score = record.score
        return trial

    @contextmanager
    def _lock_released(self) -> Iterator[None]:
        """Release the oracle's lock when a synchronized method raises; Keras Tuner does not."""
        try:
            yield
        except BaseException:
            if kt_oracle.THREADS[self] == threading.current_thread().name:
                kt_oracle.THREADS[self] = None
                kt_oracle.LOCKS[self].release()
            raise


def oracle_seed(study_seed: int) -> int:
    """Seed of the oracle for a study's seed, never 0, which Keras Tuner takes for "none".

    Neighbouring study seeds, used as they are, would give shifted copies of the same draws.
    """
    return int(np.random.SeedSequence(study_seed).generate_state(1)[0]) or 1
