"""A study's trials side by side, in lanes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from keras_tuner.engine import trial as kt_trial
from typing_extensions import override

from tuning_core.catalog import TrialStatus
from tuning_core.journal.events import Note
from tuning_core.training import Control, EpochProgress, EpochReport, TrialOutcome
from tuning_core.worker.lanes.lane import (
    Broken,
    Checkpoint,
    Lanes,
    Lost,
    Placed,
    Ready,
    Report,
    Train,
    Verdict,
)
from tuning_core.worker.search.ending import (
    KILLED,
    MOST_DEATHS_OVER_A_TRIAL,
    SearchBrokenError,
    SearchEditedError,
    SearchStoppedError,
    WorkerFullError,
    guarded,
    lost_too_often,
)
from tuning_core.worker.search.replay import started_by
from tuning_core.worker.search.search import SearchTuner

TICK_SECONDS = 0.1
"""How long the loop waits for a report before it looks for wishes of the user's."""
LEAST_LANE_MB = 500.0
"""Lanes share the growth that a worker is allowed, but each may take so much."""

_DEATH = "its process ended without a word"


@dataclass
class _Busy:
    """What a lane trains: a trial, the wish that it was sent last, and how lanes died over it.

    The trial was sent at ``sent`` (monotonic), perhaps to a lane that is not there yet.
    """

    trial: kt_trial.Trial
    number: int
    sent: float = 0.0
    wish: Control = Control.CONTINUE
    deaths: list[str] = field(default_factory=list)


class LaneSearch(SearchTuner):
    """Runs a study's trials in lanes, as many at a time as there are lanes.

    The oracle says when it must know more before it suggests again (IDLE). Which trials there are
    and what they come to does not depend on which lane is free when.
    """

    def __init__(
        self,
        *arguments: Any,
        lanes: Lanes,
        allowed: Callable[[], int],
        limit_mb: float,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._lanes = lanes
        self._allowed = allowed
        self._limit_mb = limit_mb
        self._busy: dict[int, _Busy] = {}

    def go_on_from(self, before: Self) -> None:
        """Take over the trials that run in lanes from the search before an edit."""
        self._running = before._running
        for lane, busy in before._busy.items():
            trial = self.oracle.take_back(busy.number, _name(lane))
            self._busy[lane] = replace(busy, trial=trial)

    @override
    def search(self, *_: Any, **__: Any) -> None:
        """Run trials until the oracle has no more, and all have ended."""
        self.on_search_begin()
        more = True
        while more or self._busy or self._edits.fresh:
            try:
                more = (more or self._edits.fresh) and self._hand_out()
            except WorkerFullError:
                self._wait_for_running()
                raise
            except SearchStoppedError as end:
                self._wait_for_running()
                if self._edits.fresh and end.reason != "stopped":
                    raise SearchEditedError from end
                raise
            if self._busy:
                self._step()
        if self._replayed.waiting:
            raise SearchStoppedError("stopped")
        self.on_search_end()

    def _wait_for_running(self) -> None:
        while self._busy:
            self._step()

    @override
    def run_trial(self, trial: kt_trial.Trial, *outcome: Any, **_: Any) -> dict[str, float]:
        """Take in what came of a trial, as :meth:`SearchTuner.score` does."""
        return self.score(trial, outcome[0])

    @override
    def _place_of(self, trial: kt_trial.Trial) -> tuple[int, str]:
        return next(
            (lane, self._lanes.node(lane))
            for lane in range(self._lanes.most)
            if self.oracle.ongoing_trials.get(_name(lane)) is trial
        )

    def _hand_out(self) -> bool:
        """Give a trial to each free lane; whether there may be more."""
        self._lanes.count = min(self._spec.parallel, self._allowed())
        for lane in range(self._lanes.most):
            if lane in self._busy:
                continue
            if lane >= self._lanes.count or (self._busy and not self._lanes.fits(lane)):
                self._lanes.end(lane)
                continue
            self.pre_create_trial()
            trial = self.oracle.create_trial(_name(lane))
            if trial.status == kt_trial.TrialStatus.STOPPED:
                return False
            if trial.status == kt_trial.TrialStatus.IDLE:
                if not self._busy:
                    raise SearchBrokenError("the strategy waits for a trial, and none runs")
                break
            self._lanes.start(lane)
            self.on_trial_begin(trial)
            busy = _Busy(trial, self.oracle.suggestion(trial).number)
            self._busy[lane] = busy
            self._train_in(lane, busy)
        return True

    def _train_in(self, lane: int, busy: _Busy) -> None:
        running = self._running[busy.number]
        order = Train(
            busy.number,
            guarded(self.task, running.suggestion),
            earlier=running.earlier + time.monotonic() - running.asked,
            judged=self._spec.early_termination is not None,
            sharers=1 if self._lanes.remote else self._lanes.count,
            limit_mb=max(LEAST_LANE_MB, self._limit_mb / self._lanes.count),
        )
        busy.sent = time.monotonic()
        self._lanes.send(lane, order)
        if busy.wish is not Control.CONTINUE:
            self._lanes.send(lane, busy.wish)

    def _step(self) -> None:
        """Take in what lanes report, then tell them what is wanted."""
        for lane, report in self._lanes.reports(TICK_SECONDS):
            busy = self._busy.get(lane)
            if busy is not None:
                guarded(self._take, lane, busy, report)
        self._clock.leave_out(self._lanes.idle_seconds())
        if told := self._lanes.news():
            for sentence in told:
                guarded(self._journal.append, Note.model_construct(message=sentence))
            self._journal.notify("nodes", nodes=self._lanes.nodes())
        guarded(self._pass_on_wishes)

    def _take(self, lane: int, busy: _Busy, report: Report) -> None:
        number = busy.number
        if isinstance(report, EpochReport):
            self._report(number, report)
            busy.deaths.clear()
            if self._spec.early_termination is not None:
                self._lanes.send(lane, Verdict(self._judge(number, report)))
        elif isinstance(report, EpochProgress):
            self._report_progress(number, report)
        elif isinstance(report, Checkpoint):
            self._checkpoint(number, report.execution, report.state)
        elif isinstance(report, TrialOutcome):
            self._settle(lane, busy, report)
        elif isinstance(report, Broken):
            raise report.error
        elif isinstance(report, Lost):
            self._replace(lane, busy)
        elif isinstance(report, Placed | Ready):
            # What a trial takes is counted from when there is a lane for it.
            self._running[number].asked += time.monotonic() - busy.sent
            if isinstance(report, Placed):
                self._begin_again(lane, number)

    def _settle(self, lane: int, busy: _Busy, outcome: TrialOutcome) -> None:
        """Record the end of a trial, unless it was stopped to be resumed."""
        del self._busy[lane]
        if outcome.status is None:
            del self._running[busy.number]
            return
        self._try_run_and_update_trial(busy.trial, outcome)
        self.on_trial_end(busy.trial)

    def _replace(self, lane: int, busy: _Busy) -> None:
        """After the death of a lane, have its trial go on in a new one, or end it."""
        busy.deaths.append(_DEATH)
        killed = busy.number in self._edits.killed
        if killed or len(busy.deaths) >= MOST_DEATHS_OVER_A_TRIAL:
            message = KILLED if killed else lost_too_often(busy.deaths)
            epochs = self._last_epoch(busy.number)
            lost = TrialOutcome(TrialStatus.FAILED, epochs=epochs, message=message)
            self._settle(lane, busy, lost)
            return
        self._lanes.start(lane)
        # The epochs after its last checkpoint come once more, as after an interruption.
        self._begin_again(lane, busy.number)
        self._train_in(lane, busy)

    def _begin_again(self, lane: int, number: int) -> None:
        """Record that a trial has another place."""
        suggestion = self._running[number].suggestion
        place = lane, self._lanes.node(lane)
        seed = self._seed(suggestion)
        self._journal.append(started_by(suggestion, seed=seed, suggested_in=0.0, place=place))

    def _last_epoch(self, number: int) -> int:
        return max((e for (trial, _), e in self._reached.items() if trial == number), default=0)

    def _pass_on_wishes(self) -> None:
        self._take_edits()
        wanted, skipped = self._wanted(), {*self._skips()}
        running = {busy.number for busy in self._busy.values()}
        if 0 in skipped and running:
            skipped.add(min(running))
        for lane, busy in self._busy.items():
            if busy.number in self._edits.killed:
                self._lanes.kill(lane)
            wish = self._wish_for(wanted, busy.number, skip=busy.number in skipped)
            if wish is not busy.wish and busy.wish is not Control.SKIP:
                busy.wish = wish
                self._lanes.send(lane, wish)

    @override
    def _forget_skips(self) -> None:
        """Nothing: other trials run, and the wish may be about one of them."""


def _name(lane: int) -> str:
    """A lane as Keras Tuner knows it."""
    return f"lane-{lane}"
