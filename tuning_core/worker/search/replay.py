"""What a journal says about a study: the trials, the best of them, the time spent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tuning_core.catalog import Objective, TrialStatus
from tuning_core.journal.events import Epoch, EventDict, Execution, TrialEnded, TrialStarted
from tuning_core.strategies import RecordError, Suggestion, TrialRecord
from tuning_core.training import EpochReport, TrialOutcome


@dataclass
class ReplayedStudy:
    """The state of a study after its recorded events.

    ``elapsed`` is seconds of active search; ``trial_seconds`` those spent on each trial that has
    not ended, by number. ``revealed`` is the last test_revealed event.
    """

    records: list[TrialRecord] = field(default_factory=list)
    best_trial: int | None = None
    best_score: float | None = None
    elapsed: float = 0.0
    trial_seconds: dict[int, float] = field(default_factory=dict)
    revealed: EventDict | None = None

    @property
    def added(self) -> int:
        """How many trials have begun that the user added."""
        return sum(record.suggestion.added for record in self.records)

    @property
    def waiting(self) -> list[TrialRecord]:
        """The trials that have not ended: those that were cut short, or run."""
        return [self.records[number - 1] for number in sorted(self.trial_seconds)]

    def start(self, suggestion: Suggestion) -> None:
        """Take in that a trial begins, or begins again. Raises RecordError when it cannot."""
        number = suggestion.number
        if number == len(self.records) + 1:
            self.records.append(TrialRecord(suggestion, TrialStatus.RUNNING))
            self.trial_seconds[number] = 0.0
        elif number not in self.trial_seconds or self.records[number - 1].suggestion != suggestion:
            raise RecordError(
                f"The journal starts trial {number} out of order. It was changed by hand; launch "
                "the study anew."
            )

    def end(
        self, number: int, status: TrialStatus, score: float | None, objective: Objective
    ) -> bool:
        """Take in the end of a trial; whether its score is the best so far, the earlier of equals.

        Raises RecordError when it had not begun.
        """
        if self.trial_seconds.pop(number, None) is None:
            raise RecordError(
                f"The journal ends trial {number}, which was not running. It was changed by hand; "
                "launch the study anew."
            )
        self.records[number - 1] = replace(self.records[number - 1], status=status, score=score)
        if score is None or not self._leads(number, score, objective):
            return False
        self.best_trial, self.best_score = number, score
        return True

    def _leads(self, number: int, score: float, objective: Objective) -> bool:
        # Trials that ran side by side end in any order: the earlier trial stands for equals.
        equal = score == self.best_score and number < (self.best_trial or 0)
        return equal or objective.better(score, self.best_score)


def replay(events: Iterable[EventDict], objective: Objective) -> ReplayedStudy:
    """Read a journal's events, in order. Raises RecordError when they contradict one another."""
    state = ReplayedStudy()
    run_started, elapsed_before, last_time = 0.0, 0.0, 0.0
    since: dict[int, float] = {}

    def interrupted(time: float) -> None:
        """All trials that run are cut short at this time."""
        for number, started in since.items():
            state.trial_seconds[number] += max(0.0, time - started)
        since.clear()

    for event in events:
        kind, time = event["kind"], float(event["time"])
        if kind == "study_started":
            interrupted(last_time)
            run_started, elapsed_before = time, float(event["elapsed"])
        elif kind == "trial_started":
            state.start(suggestion_of(event))
            began = time - float(event["suggested_in"])
            before = began - since.get(event["trial"], began)
            state.trial_seconds[event["trial"]] += max(0.0, before)
            since[event["trial"]] = began
        elif kind == "trial_ended":
            state.end(event["trial"], TrialStatus(event["status"]), event["score"], objective)
            since.pop(event["trial"], None)
        elif kind == "test_revealed":
            state.revealed = event
            continue
        elif kind == "study_ended":
            interrupted(time)
            state.elapsed = float(event["seconds"])
            run_started = 0.0
        if run_started:
            state.elapsed = elapsed_before + max(0.0, time - run_started)
        last_time = time
    interrupted(last_time)
    return state


def suggestion_of(event: EventDict) -> Suggestion:
    """The suggestion that a trial_started event records."""
    return Suggestion(
        number=event["trial"],
        config=event["config"],
        epochs=event["epochs"],
        initial_epoch=event["initial_epoch"],
        parent=event["parent"],
        bracket=event["bracket"],
        round=event["round"],
        added=event.get("added", False),
    )


def started_by(
    suggestion: Suggestion, *, seed: int, suggested_in: float, place: tuple[int, str] = (0, "")
) -> TrialStarted:
    """The event that records a suggestion, which took so many seconds, the trial's seed and place.

    A place is a lane, from 0, and the machine of a cluster that it is on, "" for this one.
    """
    return TrialStarted.model_construct(
        trial=suggestion.number,
        config=suggestion.config,
        parent=suggestion.parent,
        epochs=suggestion.epochs,
        initial_epoch=suggestion.initial_epoch,
        bracket=suggestion.bracket,
        round=suggestion.round,
        added=suggestion.added,
        lane=place[0],
        node=place[1],
        seed=seed,
        suggested_in=suggested_in,
    )


def epoch_of(trial: int, epoch: EpochReport) -> Epoch:
    """The event that records an epoch of a trial."""
    return Epoch.model_construct(
        trial=trial,
        execution=epoch.execution,
        epoch=epoch.epoch,
        metrics={**epoch.metrics},
        seconds=epoch.seconds,
    )


def ended_by(trial: int, outcome: TrialOutcome, seconds: float) -> TrialEnded:
    """The event that records what came of a trial, which took so many seconds in all."""
    assert outcome.status is not None
    return TrialEnded.model_construct(
        trial=trial,
        status=outcome.status,
        score=outcome.score,
        best_epoch=outcome.best_epoch,
        best_execution=outcome.best_execution,
        epochs=outcome.epochs,
        seconds=seconds,
        parameters=outcome.parameters,
        executions=[
            Execution.model_construct(
                execution=execution.execution,
                status=execution.status,
                score=execution.score,
                best_epoch=execution.best_epoch,
                epochs=execution.epochs,
            )
            for execution in outcome.executions
            if execution.status is not None
        ],
        message=outcome.message,
    )


def reached_epochs(events: Iterable[EventDict]) -> dict[tuple[int, int], int]:
    """The last epoch that a journal has of each execution, by trial and execution."""
    reached: dict[tuple[int, int], int] = {}
    for event in events:
        if event["kind"] == "epoch":
            place = (event["trial"], event["execution"])
            reached[place] = max(event["epoch"], reached.get(place, 0))
    return reached
