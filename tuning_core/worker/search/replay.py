"""What a journal says about a study: the trials, the best of them, the time spent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tuning_core.catalog import Objective, TrialStatus
from tuning_core.journal.events import EventDict, TrialStarted
from tuning_core.strategies import RecordError, Suggestion, TrialRecord


@dataclass
class ReplayedStudy:
    """The state of a study after its recorded events.

    ``elapsed`` is seconds of active search; ``trial_seconds`` those spent on a trial that has not
    ended. ``revealed`` is the last test_revealed event.
    """

    records: list[TrialRecord] = field(default_factory=list)
    best_trial: int | None = None
    best_score: float | None = None
    elapsed: float = 0.0
    trial_seconds: float = 0.0
    revealed: EventDict | None = None

    @property
    def added(self) -> int:
        """How many trials have begun that the user added."""
        return sum(record.suggestion.added for record in self.records)

    @property
    def waiting(self) -> TrialRecord | None:
        """The trial that was cut short, if any."""
        last = self.records[-1] if self.records else None
        return None if last is None or last.status.ended else last

    def end(self, record: TrialRecord, objective: Objective) -> bool:
        """Take in the end of the last trial. Returns whether its score is the best so far."""
        self.records[-1] = record
        self.trial_seconds = 0.0
        if record.score is None or not objective.better(record.score, self.best_score):
            return False
        self.best_trial, self.best_score = record.suggestion.number, record.score
        return True


def replay(events: Iterable[EventDict], objective: Objective) -> ReplayedStudy:
    """Read a journal's events, in order. Raises RecordError when they contradict one another."""
    state = ReplayedStudy()
    run_started, elapsed_before, trial_since = 0.0, 0.0, None
    last_time = 0.0
    for event in events:
        kind, time = event["kind"], float(event["time"])
        if kind == "study_started":
            if trial_since is not None:
                state.trial_seconds += max(0.0, last_time - trial_since)
                trial_since = None
            run_started, elapsed_before = time, float(event["elapsed"])
        elif kind == "trial_started":
            _start(state, suggestion_of(event))
            trial_since = time - float(event["suggested_in"])
        elif kind == "trial_ended":
            state.end(_ended(state, event), objective)
            trial_since = None
        elif kind == "test_revealed":
            state.revealed = event
            continue
        elif kind == "study_ended":
            if trial_since is not None:
                state.trial_seconds += max(0.0, time - trial_since)
                trial_since = None
            state.elapsed = float(event["seconds"])
            run_started = 0.0
        if run_started:
            state.elapsed = elapsed_before + max(0.0, time - run_started)
        last_time = time
    if trial_since is not None:
        state.trial_seconds += max(0.0, last_time - trial_since)
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


def started_by(suggestion: Suggestion, *, seed: int, suggested_in: float) -> TrialStarted:
    """The event that records a suggestion, which took so many seconds, and the trial's seed."""
    return TrialStarted.model_construct(
        trial=suggestion.number,
        config=suggestion.config,
        parent=suggestion.parent,
        epochs=suggestion.epochs,
        initial_epoch=suggestion.initial_epoch,
        bracket=suggestion.bracket,
        round=suggestion.round,
        added=suggestion.added,
        seed=seed,
        suggested_in=suggested_in,
    )


def _start(state: ReplayedStudy, suggestion: Suggestion) -> None:
    waiting = state.waiting
    if waiting is None and suggestion.number == len(state.records) + 1:
        state.records.append(TrialRecord(suggestion, TrialStatus.RUNNING))
    elif waiting is None or waiting.suggestion != suggestion:
        raise RecordError(
            f"The journal starts trial {suggestion.number} out of order. It was changed by hand; "
            "launch the study anew."
        )


def _ended(state: ReplayedStudy, event: EventDict) -> TrialRecord:
    waiting = state.waiting
    if waiting is None or waiting.suggestion.number != event["trial"]:
        raise RecordError(
            f"The journal ends trial {event['trial']}, which was not running. It was changed by "
            "hand; launch the study anew."
        )
    return TrialRecord(waiting.suggestion, TrialStatus(event["status"]), event["score"])


def reached_epochs(events: Iterable[EventDict]) -> dict[tuple[int, int], int]:
    """The last epoch that a journal has of each execution, by trial and execution."""
    reached: dict[tuple[int, int], int] = {}
    for event in events:
        if event["kind"] == "epoch":
            place = (event["trial"], event["execution"])
            reached[place] = max(event["epoch"], reached.get(place, 0))
    return reached
