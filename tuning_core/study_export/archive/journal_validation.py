"""Whether the events of a journal can follow one another as they do."""

from __future__ import annotations

from collections.abc import Mapping

from tuning_core.catalog.hyperparameter import Value
from tuning_core.catalog.objectives import EPOCH_METRICS
from tuning_core.journal.events import (
    Edited,
    Epoch,
    Event,
    StudyEnded,
    StudyStarted,
    TestRevealed,
    TrialEnded,
    TrialStarted,
)
from tuning_core.space import SpecError
from tuning_core.space.entries import checked_value
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.study_export.archive.members import JOURNAL, ArchiveError


class JournalCheck:
    """Takes the events of a journal in order; ArchiveError at the first that cannot be.

    ``configs`` has the configurations of all trials. ``open`` is True while a run of the study has
    begun and not ended; ``seconds`` of searching were spent by then.
    """

    def __init__(self, spec: StudySpec) -> None:
        self.configs: dict[int, dict[str, Value]] = {}
        self.ended: set[int] = set()
        self.open = False
        self.time = 0.0
        self._spec = spec
        self._running: dict[int, TrialStarted] = {}
        self._epochs: dict[int, dict[int, int]] = {}
        self._begun = False
        self._elapsed = 0.0
        self._since = 0.0
        self._known = spec.known
        self._reported = _reported(spec)

    @property
    def seconds(self) -> float:
        """Seconds of active search so far."""
        return self._elapsed + (max(0.0, self.time - self._since) if self.open else 0.0)

    def take(self, event: Event) -> Event:
        """Go on with the next event; returns what is to be kept of it."""
        if isinstance(event, StudyStarted):
            self._begun = self.open = True
            self._epochs.clear()  # What came after a checkpoint is reported again.
            self._elapsed, self._since = event.elapsed, event.time
        elif isinstance(event, StudyEnded):
            self._need(self._begun, event, "ends the study before it begins")
            self.open, self._elapsed = False, event.seconds
        elif isinstance(event, TrialStarted):
            self._start(event)
        elif isinstance(event, Epoch):
            runs = event.trial in self._running
            self._need(runs, event, f"reports an epoch of trial {event.trial}, not running")
            most = self._spec.executions
            self._need(event.execution <= most, event, f"has an execution beyond {most}")
            self._check_metrics(event, event.metrics)
            epochs = self._epochs.setdefault(event.trial, {})
            before = epochs.get(event.execution, 0)
            forwards = event.epoch > before or self._spec.source is not None
            self._need(forwards, event, f"goes back from epoch {before}")
            epochs[event.execution] = event.epoch
        elif isinstance(event, TrialEnded):
            self._end(event)
        elif isinstance(event, TestRevealed):
            self._need(event.trial in self.ended, event, f"tests trial {event.trial}, not ended")
            self._check_metrics(event, event.metrics)
        elif isinstance(event, Edited):
            event = self._edit(event)
        self.time = max(self.time, event.time)
        return event

    def _start(self, event: TrialStarted) -> None:
        self._need(self._begun, event, "starts a trial before the study")
        running = self._running.get(event.trial)
        if self._spec.source is not None:
            # Elsewhere trials begin in any order, again after their end, and with more to them.
            self._check_config(event, event.config)
            self.configs[event.trial] = event.config
        elif running is None:
            most = self._spec.parallel
            self._need(len(self._running) < most, event, f"runs more than {most} trials at once")
            number = len(self.configs) + 1
            self._need(event.trial == number, event, f"starts trial {event.trial}, not {number}")
            self._check_config(event, event.config)
            self.configs[event.trial] = event.config
        else:
            # It may have another place than before, and it was not suggested anew.
            changed = ("seq", "time", "suggested_in", "lane", "node")
            again = {name: getattr(event, name) for name in changed}
            same = running.model_copy(update=again) == event
            self._need(same, event, f"starts trial {event.trial} again, and otherwise")
        parent = event.parent
        # No circle: whoever follows a trial to its first comes to an end.
        before = parent is None or (parent in self.ended and parent < event.trial)
        self._need(before, event, f"continues trial {parent}")
        self._running[event.trial] = event
        self._epochs.pop(event.trial, None)

    def _end(self, event: TrialEnded) -> None:
        runs = self._running.pop(event.trial, None) is not None
        self._need(runs, event, f"ends trial {event.trial}, which was not running")
        self._epochs.pop(event.trial, None)
        numbers = [execution.execution for execution in event.executions]
        good = len(set(numbers)) == len(numbers) <= self._spec.executions
        self._need(good, event, "has executions that the spec does not have")
        self.ended.add(event.trial)

    def _edit(self, event: Edited) -> Edited:
        for values in (event.config, event.values):
            if values is not None:
                self._check_config(event, values)
        if event.refused is not None:
            known = {"seq", "time", "kind", "edit", "asked", "refused"}
            return Edited.model_validate(event.model_dump(include=known))
        if event.spec is None:
            return event
        try:
            spec = parse_spec(event.spec)
        except SpecError as error:
            raise ArchiveError(f"{JOURNAL} line {event.seq:,} changes the spec: {error}") from None
        before = self._spec
        same = (spec.dataset, spec.model, spec.executions, spec.objective, spec.metrics) == (
            before.dataset,
            before.model,
            before.executions,
            before.objective,
            before.metrics,
        )
        self._need(same, event, "changes more of the spec than its space and budget")
        self._spec = spec
        # What was understood, every default written out: not what the file says.
        written = spec.model_dump(mode="json", exclude_none=True)
        space = None if event.space is None else written["space"]
        return event.model_copy(update={"spec": written, "space": space})

    def _check_metrics(self, event: Event, metrics: Mapping[str, float | None]) -> None:
        for name in metrics:
            self._need(name in self._reported, event, f"has the unknown metric {name[:40]!r}")

    def _check_config(self, event: Event, config: dict[str, Value]) -> None:
        """Names and types of the family; a user's own trial may lie outside the ranges."""
        for name, value in config.items():
            self._need(name in self._known, event, f"has the unknown hyperparameter {name[:40]!r}")
            try:
                checked_value(self._known[name], value, name)
            except SpecError as error:
                raise ArchiveError(f"{JOURNAL} line {event.seq:,}: {error}") from None

    @staticmethod
    def _need(good: bool, event: Event, what: str) -> None:
        if not good:
            raise ArchiveError(
                f"{JOURNAL} line {event.seq:,} {what}: this file was changed by hand or is "
                "damaged. Export the study anew."
            )


def _reported(spec: StudySpec) -> frozenset[str]:
    """The metrics that an epoch may report, and a test part."""
    names = EPOCH_METRICS if spec.metrics is None else tuple(spec.metrics)
    return frozenset((*names, *(name.removeprefix("val_") for name in names)))
