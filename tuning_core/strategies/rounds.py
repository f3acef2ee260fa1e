"""Trials side by side: what must have ended before a strategy may suggest the next."""

from __future__ import annotations

from keras_tuner.engine import trial as kt_trial

from tuning_core.strategies.suggestion import NumbersTrials


class TrialRounds(NumbersTrials):
    """The part of a :class:`ReplayableOracle` that lets several trials run at once.

    Trials come in rounds of ``parallel``, by their numbers. Suggestion n stays a pure function of
    spec and trials: of a round, a strategy that learns knows the scores of earlier rounds alone,
    whichever trial ends first. ``create_trial`` answers IDLE while it must know more.
    """

    parallel: int
    judges_rounds: bool
    """Whether what ends trials, or the search, looks at the scores of earlier rounds."""

    @property
    def round_start(self) -> int:
        """The number of the first trial in the round that the next trial is in."""
        return len(self.trials) // self.parallel * self.parallel + 1

    def needs_ended(self) -> int:
        """All trials below this number must have ended before the next suggestion is made."""
        return 0

    def runs_below(self, number: int) -> bool:
        """Whether a trial runs whose number is below this one."""
        return any(self.number(trial.trial_id) < number for trial in self.ongoing_trials.values())

    def no_trial(self, status: kt_trial.TrialStatus) -> kt_trial.Trial:
        """What a tuner gets in place of a trial: IDLE or STOPPED."""
        return kt_trial.Trial(self.hyperparameters.copy(), "", status)

    def take_back(self, number: int, tuner_id: str) -> kt_trial.Trial:
        """The restored trial of this number, which a tuner has gone on with meanwhile."""
        trial = self.trials[self.trial_id(number)]
        self._retry_queue.remove(trial.trial_id)
        self.ongoing_trials[tuner_id] = trial
        return trial
