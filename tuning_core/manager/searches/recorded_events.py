"""The events of a study as its database has them, for a journal that lacks some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from tuning_core.catalog import StudyStatus
from tuning_core.journal.events import (
    Epoch,
    EventDict,
    Execution,
    StudyStarted,
    TrialEnded,
    TrialStarted,
)
from tuning_core.space import SpecError
from tuning_core.spec.edits import (
    BudgetEdit,
    SpaceEdit,
    TrialEdit,
    edited,
    informs,
    own_config,
    parse_edit,
)
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.store import HistoryRow, Store, StudyRow, TrialRow
from tuning_core.store.rows import EpochRow, ExecutionRow

_ENDED = (StudyStatus.FINISHED, StudyStatus.STOPPED, StudyStatus.PAUSED, StudyStatus.FAILED)
_EDIT = (
    *("what", "space", "trials", "seconds", "target", "settled"),
    *("values", "retries", "trial"),
)


class RecordedEvents:
    """What a store has of a study beyond the ``known`` first events of its journal.

    ``events`` follow the known ones in an order that a search can have had, without ``seq``;
    ``left_out`` are trials that cannot follow, since one before them is not known whole.
    """

    def __init__(
        self, store: Store, row: StudyRow, spec: StudySpec, known: list[EventDict]
    ) -> None:
        self.events: list[EventDict] = []
        self.left_out: list[int] = []
        self._row = row
        self._spec = spec
        self._trials = store.trials(row.id)
        self._suggested = store.suggested(row.id)
        self._epochs: dict[int, list[EpochRow]] = defaultdict(list)
        for epoch in store.epochs(row.id):
            self._epochs[epoch.trial].append(epoch)
        self._executions: dict[int, list[ExecutionRow]] = defaultdict(list)
        for execution in store.executions(row.id, [trial.number for trial in self._trials]):
            self._executions[execution.trial].append(execution)
        self._metrics = {name for rows in self._epochs.values() for e in rows for name in e.metrics}
        self._history = [h for h in store.history(row.id) if h.seq > len(known)]
        self._had = {_key(event) for event in known}
        self._time, self._elapsed = 0.0, 0.0
        self._since: float | None = None
        for event in known:
            self._follow(event)
        self._collect()

    def _collect(self) -> None:
        if not self._history and ("study_started",) not in self._had and self._trials:
            # A home of before there was a history.
            self._add(self._started(self._row.started or self._row.created, {}))
        for place, trial in enumerate(self._trials):
            self._add_history(before=trial.number)
            if trial.number != place + 1:
                self.left_out = [*range(place + 1, self._trials[-1].number + 1)]
                break
            for event in self._of_trial(trial):
                if _key(event) not in self._had:
                    self._add(event)
            if not trial.status.ended and place + 1 < len(self._trials):
                self.left_out = [t.number for t in self._trials[place + 1 :]]
                break
        else:
            self._add_history()
            row = self._row
            if self._since is not None and row.status in _ENDED:
                details = {"status": row.status, "reason": row.reason, "message": row.message}
                ended = row.ended or self._time
                self._add({"kind": "study_ended", "time": ended, "seconds": None, **details})
        if self.events and self.events[-1]["kind"] == "study_ended":
            self.events[-1]["seconds"] = max(self._row.seconds, 0.0)

    def _add(self, event: EventDict) -> None:
        event["time"] = max(float(event["time"]), self._time)
        self._follow(event)
        self.events.append(event)

    def _follow(self, event: EventDict) -> None:
        """Keep the time of searching, which is not in the database for each run."""
        self._time = max(self._time, float(event["time"]))
        so_far = self._elapsed + (self._time - self._since if self._since is not None else 0.0)
        if event["kind"] == "study_started":
            if event.get("elapsed") is None:
                event["elapsed"] = so_far
            self._since, self._elapsed = self._time, float(event["elapsed"])
        elif event["kind"] == "study_ended":
            if event["seconds"] is None:
                event["seconds"] = so_far
            self._since, self._elapsed = None, float(event["seconds"])
        elif event["kind"] == "edited" and "spec" in event:
            with suppress(SpecError):  # The worker refuses to go on from one that was changed.
                self._spec = parse_spec(event["spec"], local_files=True)

    def _of_trial(self, trial: TrialRow) -> Iterator[EventDict]:
        number, time = trial.number, trial.started or self._time
        seed, suggested_in = self._suggested[number]
        yield TrialStarted.model_construct(
            time=time,
            trial=number,
            config=trial.config,
            parent=trial.parent,
            epochs=trial.target_epochs,
            initial_epoch=trial.initial_epoch,
            bracket=trial.bracket,
            round=trial.round,
            added=trial.added,
            lane=trial.lane,
            node=trial.node,
            seed=seed,
            suggested_in=suggested_in,
        ).document()
        for row in self._epochs[number]:
            time += row.seconds or 0.0
            yield Epoch.model_construct(
                time=time,
                trial=number,
                execution=row.execution,
                epoch=row.epoch,
                metrics={name: row.metrics.get(name) for name in sorted(self._metrics)},
                seconds=row.seconds,
            ).document()
        if trial.status.ended:
            yield self._end_of(trial, time).document()

    def _end_of(self, trial: TrialRow, time: float) -> TrialEnded:
        last = max((row.epoch for row in self._epochs[trial.number]), default=trial.initial_epoch)
        return TrialEnded.model_construct(
            time=time,
            trial=trial.number,
            status=trial.status,
            score=trial.score,
            best_epoch=trial.best_epoch,
            best_execution=trial.best_execution,
            epochs=last,
            seconds=trial.seconds or 0.0,
            parameters=trial.parameters,
            executions=[
                Execution.model_construct(
                    execution=e.execution,
                    status=e.status,
                    score=e.score,
                    best_epoch=e.best_epoch,
                    epochs=e.epochs or 0,
                )
                for e in self._executions[trial.number]
            ],
            message=trial.message,
        )

    def _add_history(self, before: int | None = None) -> None:
        """Add what was done before a trial began."""
        while self._history and (before is None or self._history[0].trial < before):
            row = self._history.pop(0)
            event = self._remembered(row)
            if event is not None:
                self._add(event)

    def _remembered(self, row: HistoryRow) -> EventDict | None:
        details = row.details
        if row.kind == "study_started":
            return self._started(row.time, details)
        event: EventDict = {"kind": row.kind, "time": row.time, **details}
        if row.kind == "study_ended":
            event["seconds"] = None
        elif row.kind == "edited":
            event = {**event, "edit": f"restored-{row.seq}", **self._outcome(details)}
        elif row.kind == "test_revealed":
            if self._row.test is None or self._row.test_trial != details.get("trial"):
                return None
            event["metrics"] = self._row.test
        return event

    def _started(self, time: float, details: dict[str, Any]) -> EventDict:
        row = self._row
        event = StudyStarted.model_construct(
            time=time,
            pid=0,
            device=row.device,
            versions=row.versions,
            resumed=bool(details.get("resumed")),
            rows=row.rows,
            elapsed=0.0,
        ).document()
        after = {"after": details["after"]} if details.get("after") else {}
        # The seconds are reckoned once it is known what comes before it.
        return {**event, "elapsed": None, **after}

    def _outcome(self, details: dict[str, Any]) -> dict[str, Any]:
        """What an edit came to, which follows from the spec before it."""
        if "refused" in details:
            return {}
        try:
            edit = parse_edit({name: details[name] for name in _EDIT if name in details})
            if isinstance(edit, SpaceEdit | BudgetEdit):
                spec = edited(self._spec, edit)
                return {"spec": spec.model_dump(mode="json", exclude_none=True)}
            if isinstance(edit, TrialEdit):
                config = own_config(self._spec, edit.values)
                return {"config": config, "outside": not informs(self._spec, config)}
        except SpecError as error:
            return {"refused": str(error)}
        return {}


def _key(event: EventDict) -> tuple[Any, ...]:
    """What makes an event of a trial the same as another."""
    return (event["kind"], *(event[n] for n in ("trial", "execution", "epoch") if n in event))
