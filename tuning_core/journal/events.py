"""The events of a study: what each holds, and what of it a replay needs and a history shows.

A worker makes them unvalidated; those of a study file are validated. Journals are read as plain
dictionaries: earlier versions wrote fewer fields.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from tuning_core.catalog import StudyStatus, TrialStatus
from tuning_core.catalog.hyperparameter import Value
from tuning_core.spec.model import MAX_METRICS, MetricName
from tuning_core.spec.parts import MAX_EPOCHS, MOST_LANES

MOST_TRIALS = 1_000_000
"""Trials of the largest budget, and those that users added beside it."""

EventDict = dict[str, Any]
"""An event as its line of the journal has it."""

NEEDED = "needed"
"""Marks a field without which no search goes on from its event: a line that lacks it is damage."""

_MOST_EXECUTIONS = 400


def on_one_line(text: str) -> str:
    """A stranger's text without what a page or a terminal would not show as it is."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


Text = Annotated[str, Field(max_length=10_000), AfterValidator(on_one_line)]
Word = Annotated[str, Field(max_length=200), AfterValidator(on_one_line)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e39, le=1e39)]
Moment = Annotated[float, Field(ge=0, le=9e9)]  # That every part can draw: before 2262.
Seconds = Annotated[float, Field(ge=0, le=1e9)]
TrialNumber = Annotated[int, Field(ge=1, le=MOST_TRIALS)]
EpochNumber = Annotated[int, Field(ge=0, le=MAX_EPOCHS)]
ExecutionNumber = Annotated[int, Field(ge=1, le=_MOST_EXECUTIONS)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Values = Annotated[dict[Word, Value], Field(max_length=1_000)]


def _ended(status: TrialStatus) -> TrialStatus:
    if not status.ended:
        raise ValueError("Input should be the status of a trial that has ended")
    return status


def _inactive(status: StudyStatus) -> StudyStatus:
    if status.active:
        raise ValueError("Input should be the status of a study that nobody runs")
    return status


Ended = Annotated[TrialStatus, AfterValidator(_ended)]
Inactive = Annotated[StudyStatus, AfterValidator(_inactive)]


class Part(BaseModel):
    """Without unknown fields, without conversions between types, without NaN and infinity."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class JournalEvent(Part):
    """What all events have; the journal gives each its number and its time.

    ``remembered`` are the fields that the study's history shows, None for an event that is not in
    it. A ``durable`` one is on the disk itself once it is recorded; the others survive a killed
    process, but not a power cut.
    """

    seq: Annotated[int, Field(ge=1)] = 0
    time: Moment = 0.0
    kind: str

    remembered: ClassVar[tuple[str, ...] | None] = None
    durable: ClassVar[bool] = False

    def document(self) -> EventDict:
        """The event as its line of a journal; fields that were never set are left out."""
        fields = self.model_fields_set | _HEAD
        return {name: value for name, value in self.__dict__.items() if name in fields}


_HEAD = frozenset({"seq", "time", "kind"})


class StudyStarted(JournalEvent):
    """A worker begins or goes on."""

    kind: Literal["study_started"] = "study_started"
    remembered = ("resumed", "device", "after")
    pid: Count
    device: Word
    versions: Annotated[dict[Word, Word], Field(max_length=50)]
    resumed: bool
    rows: Annotated[dict[Word, Count], Field(max_length=10)]
    elapsed: Annotated[Seconds, NEEDED]
    after: Word = ""


class TrialStarted(JournalEvent):
    """A trial begins, or begins again after an interruption, in a lane (from 0) of a node."""

    kind: Literal["trial_started"] = "trial_started"
    trial: Annotated[TrialNumber, NEEDED]
    config: Annotated[Values, NEEDED]
    parent: Annotated[TrialNumber | None, NEEDED]
    epochs: Annotated[EpochNumber, NEEDED]
    initial_epoch: Annotated[EpochNumber, NEEDED]
    bracket: Annotated[Count | None, NEEDED]
    round: Annotated[Count | None, NEEDED]
    added: bool = False
    lane: Annotated[int, Field(ge=0, lt=MOST_LANES)] = 0
    node: Word = ""
    seed: Seed
    suggested_in: Annotated[Seconds, NEEDED]


class Epoch(JournalEvent):
    """An epoch of an execution; a metric that was no number is null."""

    kind: Literal["epoch"] = "epoch"
    trial: Annotated[TrialNumber, NEEDED]
    execution: Annotated[ExecutionNumber, NEEDED]
    epoch: Annotated[int, Field(ge=1, le=MAX_EPOCHS), NEEDED]
    metrics: Annotated[dict[MetricName, Number | None], Field(max_length=MAX_METRICS), NEEDED]
    seconds: Seconds | None


class Execution(Part):
    """One training of a trial that has ended."""

    execution: ExecutionNumber
    status: Ended
    score: Number | None
    best_epoch: EpochNumber | None
    epochs: EpochNumber


class TrialEnded(JournalEvent):
    """The end of the trial that ran; how long it took is null where another tool did not say."""

    kind: Literal["trial_ended"] = "trial_ended"
    durable = True
    trial: Annotated[TrialNumber, NEEDED]
    status: Annotated[Ended, NEEDED]
    score: Annotated[Number | None, NEEDED]
    best_epoch: EpochNumber | None
    best_execution: ExecutionNumber | None
    epochs: Count
    seconds: Seconds | None
    parameters: Count | None
    executions: Annotated[list[Execution], Field(max_length=_MOST_EXECUTIONS)]
    message: Text

    def document(self) -> EventDict:
        """The event as its line of a journal."""
        return {**super().document(), "executions": [dict(each) for each in self.executions]}


class StudyEnded(JournalEvent):
    """The end of a run of the study."""

    kind: Literal["study_ended"] = "study_ended"
    durable = True
    remembered = ("status", "reason", "message")
    status: Annotated[Inactive, NEEDED]
    reason: Word
    message: Text
    seconds: Annotated[Seconds, NEEDED]


class TestRevealed(JournalEvent):
    """The metrics of the best model on the test part."""

    kind: Literal["test_revealed"] = "test_revealed"
    durable = True
    remembered = ("trial",)
    trial: TrialNumber
    metrics: Annotated[dict[MetricName, Number | None], Field(max_length=MAX_METRICS)]


class Remark(JournalEvent):
    """Something that was said about the study, which no search depends on."""

    message: Text
    asked: Moment | None = None


class Note(Remark):
    """What a worker is doing."""

    kind: Literal["note"] = "note"


class Imported(Remark):
    """Where a study came from."""

    kind: Literal["imported"] = "imported"
    remembered = ("message",)


class Restored(Remark):
    """What the journal of a study had lost."""

    kind: Literal["restored"] = "restored"
    remembered = ("message", "asked")


class Edited(JournalEvent):
    """A user's change of a study that had begun; ``spec`` is the one in effect after it."""

    kind: Literal["edited"] = "edited"
    durable = True
    remembered = (
        *("what", "asked", "refused", "space", "trials", "seconds", "target", "settled"),
        *("values", "outside", "retries", "trial", "inside", "of"),
    )
    edit: Annotated[Word, NEEDED]
    asked: Moment | None = None
    what: Literal["space", "budget", "trial", "kill"] | None = None
    refused: Text | None = None
    space: dict[Word, Any] | None = None
    trials: TrialNumber | None = None
    seconds: Seconds | None = None
    target: Number | Literal["none"] | None = None
    settled: bool | None = None
    values: Values | None = None
    retries: TrialNumber | None = None
    trial: TrialNumber | None = None
    config: Values | None = None
    outside: bool | None = None
    spec: dict[str, Any] | None = None
    inside: Count | None = None
    of: Count | None = None

    @model_validator(mode="after")
    def _whole(self) -> Edited:
        """What a worker writes with each kind of change; a refused one changes nothing."""
        if self.refused is None:
            needed = _PARTS.get(self.what or "", ("what",))
            missing = [name for name in needed if getattr(self, name) is None]
            if missing:
                raise ValueError(f"{missing[0]} is missing")
        if self.spec is not None and (self.refused is not None or "spec" not in needed):
            raise ValueError("spec: expected with another space or budget alone")
        return self


_PARTS = {
    "space": ("space", "spec", "inside", "of"),
    "budget": ("spec",),
    "trial": ("values", "config", "outside"),
    "kill": ("trial",),
}
"""The fields that an edit which took effect has, by what it changes."""


class Asked(JournalEvent):
    """In the journal of confirmations: which trials are to be trained on how many new seeds."""

    kind: Literal["asked"] = "asked"
    trials: list[int]
    seeds: int


class Trained(JournalEvent):
    """In the journal of confirmations: a training on one of the seeds that has ended."""

    kind: Literal["trained"] = "trained"
    durable = True
    trial: int
    seed: int
    status: Ended
    score: Number | None
    best_epoch: EpochNumber | None
    seconds: Seconds
    message: Text


OfTrial = TrialStarted | Epoch | TrialEnded
Event = OfTrial | StudyStarted | StudyEnded | TestRevealed | Edited | Note | Imported | Restored
EVENTS: dict[str, type[JournalEvent]] = {
    model.model_fields["kind"].default: model for model in get_args(Event)
}
"""What the journal of a study may have, by kind; a later version may have written more."""
