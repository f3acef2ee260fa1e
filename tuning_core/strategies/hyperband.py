"""Hyperband."""

from __future__ import annotations

from typing import Any

from keras_tuner.engine import trial as kt_trial
from keras_tuner.oracles import HyperbandOracle
from typing_extensions import override

from tuning_core.catalog.explanation import Explanation
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.replayable_oracle import ReplayableOracle
from tuning_core.strategies.suggestion import RecordError, Suggestion, TrialRecord

PARENT = "tuner/trial_id"
EPOCHS = "tuner/epochs"
INITIAL_EPOCH = "tuner/initial_epoch"
BRACKET = "tuner/bracket"
ROUND = "tuner/round"

Bracket = dict[str, Any]
"""Keras Tuner's record: ``bracket_num`` and ``rounds``, lists of {"id", "past_id"}."""


class HyperbandStrategy(ReplayableOracle, HyperbandOracle):
    """Many configurations on few epochs, the best of each round promoted to more.

    Li et al. 2018, "Hyperband", algorithm 1, with Keras Tuner's brackets and sizes. Each
    promotion is a trial with a parent. A trial that did not complete ranks last in its round
    and is never promoted; a round is as large as planned unless fewer trials before it
    completed, or fewer configurations exist.
    """

    _brackets: list[Bracket]

    def __init__(self, spec: StudySpec, factor: int = 3, iterations: int = 1) -> None:
        super().__init__(
            spec,
            max_epochs=spec.budget.epochs,
            factor=factor,
            hyperband_iterations=iterations,
        )

    @override
    def suggestion(self, trial: kt_trial.Trial) -> Suggestion:
        if trial.trial_id in self._given:
            return super().suggestion(trial)
        values = trial.hyperparameters.values
        parent = values.get(PARENT)
        return Suggestion(
            self.number(trial.trial_id),
            self.space.complete(values),
            epochs=values[EPOCHS],
            initial_epoch=values[INITIAL_EPOCH],
            parent=None if parent is None else self.number(parent),
            bracket=values[BRACKET],
            round=values[ROUND],
        )

    @override
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        while True:
            self._remove_completed_brackets()
            for bracket in self._brackets:
                values = self._new_trial(bracket, trial_id) or self._promotion(bracket, trial_id)
                if values is not None:
                    return self.running(values)
            if self.ongoing_trials:
                return {"status": kt_trial.TrialStatus.IDLE}
            last = self._current_iteration + 1 == self.hyperband_iterations
            if last and self._current_bracket == 0:
                if all(self._is_full(bracket) for bracket in self._brackets):
                    self.stop_reason = "brackets complete"
                return self.running(None)
            if self._brackets and not self._is_full(self._brackets[-1]):
                return self.running(None)
            self._next_bracket()

    @override
    def informs(self, suggestion: Suggestion) -> bool:
        # An added trial belongs to no bracket.
        return not suggestion.added and super().informs(suggestion)

    @override
    def account(self, suggestion: Suggestion) -> Explanation:
        bracket = next(
            b for b in self._brackets if b["bracket_num"] == suggestion.bracket and self._holds(b)
        )
        place, parent = suggestion.round or 0, suggestion.parent
        if parent is None:
            size = self._round_size(bracket, 0)
            more = self._get_size(bracket["bracket_num"], 1) if len(bracket["rounds"]) > 1 else 0
            on = f", and the best {more:,} of {size:,} go on" if more else ""
            words = (
                f"Drawn at random for bracket {suggestion.bracket}: every trial of its first round "
                f"trains {suggestion.epochs:,} epochs{on}."
            )
            return self.explanation(suggestion, "coverage", words)
        ranked = [self.number(trial_id) for trial_id in self._ranked(bracket, place - 1)]
        lost = [self.number(info["id"]) for info in bracket["rounds"][place - 1]]
        lost = [number for number in lost if number not in ranked]
        size = self._round_size(bracket, place)
        promoted, passed = ranked[:size], [*ranked[size:], *lost]
        words = (
            f"Trial {parent} was number {ranked.index(parent) + 1} of {len(ranked) + len(lost):,} "
            f"in round {place} of bracket {suggestion.bracket}; the best {size:,} go on, from "
            f"epoch {suggestion.initial_epoch:,} to {suggestion.epochs:,}."
        )
        roles = {"parent": [parent], "promoted": promoted, "passed": passed}
        return self.explanation(suggestion, "rounds", words, roles=roles)

    def _holds(self, bracket: Bracket) -> bool:
        """Whether the trial of the last suggestion is in this bracket."""
        last = self.start_order[-1]
        return any(info["id"] == last for infos in bracket["rounds"] for info in infos)

    @override
    def may_continue(self, suggestion: Suggestion) -> bool:
        return (suggestion.round or 0) < (suggestion.bracket or 0)

    def resumable_parents(self) -> set[int]:
        """Trials of a round whose next round has not ended yet."""
        self._remove_completed_brackets()
        return {
            self.number(info["id"])
            for bracket in self._brackets
            for round_number, infos in enumerate(bracket["rounds"][:-1])
            if not self._has_ended(bracket, round_number + 1)
            for info in infos
            if self.trials[info["id"]].status == kt_trial.TrialStatus.COMPLETED
        }

    def _rebuilt(self, record: TrialRecord) -> kt_trial.Trial:
        trial = super()._rebuilt(record)
        suggestion = record.suggestion
        parent = None if suggestion.parent is None else self.trial_id(suggestion.parent)
        if suggestion.round is None or suggestion.bracket is None:
            raise RecordError(f"Trial {suggestion.number} of the journal has no bracket.")
        if suggestion.round == 0:
            while self._current_bracket != suggestion.bracket or self._is_full(self._brackets[-1]):
                self._next_bracket()
        info = {"id": trial.trial_id, "past_id": parent}
        self._brackets[-1]["rounds"][suggestion.round].append(info)
        values = trial.hyperparameters.values
        values.update(self._schedule(self._brackets[-1], suggestion.round))
        if parent is not None:
            values[PARENT] = parent
        return trial

    def _new_trial(self, bracket: Bracket, trial_id: str) -> dict[str, Any] | None:
        """Random values for the first round, None when it is full or nothing is untried."""
        if self._is_full(bracket):
            return None
        values = self._random_values()
        if values is None:
            return None
        bracket["rounds"][0].append({"id": trial_id, "past_id": None})
        return {**values, **self._schedule(bracket, 0)}

    def _promotion(self, bracket: Bracket, trial_id: str) -> dict[str, Any] | None:
        """The best trial of a round that has ended and still owes the next one a trial."""
        for round_number in range(1, len(bracket["rounds"])):
            infos = bracket["rounds"][round_number]
            if len(infos) >= self._round_size(bracket, round_number):
                continue
            if not self._has_ended(bracket, round_number - 1):
                return None
            promoted = {info["past_id"] for info in infos}
            parent = next(t for t in self._ranked(bracket, round_number - 1) if t not in promoted)
            infos.append({"id": trial_id, "past_id": parent})
            values = self.trials[parent].hyperparameters.values
            return {**values, **self._schedule(bracket, round_number), PARENT: parent}
        return None

    def _schedule(self, bracket: Bracket, round_number: int) -> dict[str, int]:
        number = bracket["bracket_num"]
        before = self._get_epochs(number, round_number - 1) if round_number else 0
        return {
            EPOCHS: self._get_epochs(number, round_number),
            INITIAL_EPOCH: before,
            BRACKET: number,
            ROUND: round_number,
        }

    def _ranked(self, bracket: Bracket, round_number: int) -> list[str]:
        """Ids of the completed trials of a round, the best first, ties by number."""
        ids = [info["id"] for info in bracket["rounds"][round_number]]
        completed = [i for i in ids if self.trials[i].status == kt_trial.TrialStatus.COMPLETED]
        sign = -1.0 if self.objective.direction == "max" else 1.0
        return sorted(completed, key=lambda i: (sign * self.trials[i].score, self.number(i)))

    def _round_size(self, bracket: Bracket, round_number: int) -> int:
        size: int = self._get_size(bracket["bracket_num"], round_number)
        return min(size, len(self._ranked(bracket, round_number - 1))) if round_number else size

    def _is_full(self, bracket: Bracket) -> bool:
        return len(bracket["rounds"][0]) >= self._round_size(bracket, 0)

    def _has_ended(self, bracket: Bracket, round_number: int) -> bool:
        """Whether no trial of the round is running or still to come."""
        if round_number and not self._has_ended(bracket, round_number - 1):
            return False
        infos = bracket["rounds"][round_number]
        running = (kt_trial.TrialStatus.RUNNING, kt_trial.TrialStatus.INVALID)
        if any(self.trials[info["id"]].status in running for info in infos):
            return False
        # A first round that is not full has ended all the same once nothing is untried.
        return round_number == 0 or len(infos) >= self._round_size(bracket, round_number)

    def _remove_completed_brackets(self) -> None:
        self._brackets = [b for b in self._brackets if not self._is_complete(b)]

    def _is_complete(self, bracket: Bracket) -> bool:
        return self._is_full(bracket) and self._has_ended(bracket, len(bracket["rounds"]) - 1)

    def _next_bracket(self) -> None:
        self._increment_bracket_num()
        self._start_new_bracket()
